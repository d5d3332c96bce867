//! A hash of a name that grows label by label from the root towards the leaf, so that one pass over a name
//! gives the hashes of all its suffixes: a name of 127 labels costs 127 steps, not 127².
//!
//! It need not resist an attacker: the keys are the operator's zones, and an asked name is compared, never stored.

/// The hash of a suffix of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SuffixHash(u64);

impl SuffixHash {
    /// The root's.
    pub(super) const ROOT: SuffixHash = SuffixHash(0x243f_6a88_85a3_08d3);

    /// The hash of the name that has `label` (lower case) in front of this suffix.
    #[inline]
    pub(super) fn child(self, label: &[u8]) -> SuffixHash {
        let mut hash = mix(self.0 ^ label.len() as u64);
        let (words, tail) = label.as_chunks::<8>();
        for word in words {
            hash = mix(hash ^ u64::from_le_bytes(*word));
        }
        if !tail.is_empty() {
            hash = mix(hash ^ tail.iter().fold(0, |word, octet| (word << 8) | u64::from(*octet)));
        }
        SuffixHash(hash)
    }

    /// The hash of a whole name, given its labels leaf first.
    pub(super) fn of<'a>(labels: impl Iterator<Item = &'a [u8]>) -> SuffixHash {
        let labels: Vec<&[u8]> = labels.collect();
        labels.iter().rev().fold(SuffixHash::ROOT, |hash, label| hash.child(label))
    }

    /// The slot to start at and the tag to compare first.
    #[inline]
    pub(super) fn split(self) -> (usize, u32) {
        ((self.0 >> 32) as usize, self.0 as u32)
    }
}

/// Multiply, then fold the high half down: the low bits carry the tag, the high ones the slot.
#[inline]
fn mix(word: u64) -> u64 {
    let wide = u128::from(word) * 0x9e37_79b9_7f4a_7c15;
    (wide as u64) ^ ((wide >> 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::super::Name;
    use super::*;

    #[test]
    fn a_name_hashes_as_its_parent_and_one_label() {
        let name = Name::from_text("a.very-long-label-indeed.example.com.", &Name::root()).unwrap();
        let parent = SuffixHash::of(name.parent().unwrap().labels());
        assert_eq!(SuffixHash::of(name.labels()), parent.child(b"a"));
    }

    #[test]
    fn label_boundaries_change_the_hash() {
        let hash = |text| SuffixHash::of(Name::from_text(text, &Name::root()).unwrap().labels());
        assert_ne!(hash("ab.c."), hash("a.bc."));
        assert_ne!(hash("a.b."), hash("b.a."));
        assert_ne!(hash("."), hash("a."));
    }

    #[test]
    fn ten_thousand_sibling_names_hardly_collide() {
        let mut seen: Vec<u32> = (0..10_000).map(|i| SuffixHash::ROOT.child(format!("host{i}").as_bytes()).split().1).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 9_990, "{} distinct tags of 10000", seen.len());
    }
}
