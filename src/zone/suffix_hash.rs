//! A hash of a name that grows label by label from the root towards the leaf, so that one pass over a name
//! gives the hashes of all its suffixes: a name of 127 labels costs 127 steps, not 127².
//!
//! It need not resist an attacker: the keys are the operator's zones, and an asked name is compared, never stored.

use super::name::Labels;
use super::word::{first_octets, word_at};

/// The hash of a suffix of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct SuffixHash(u64);

impl SuffixHash {
    /// The root's.
    pub(super) const ROOT: SuffixHash = SuffixHash(0x243f_6a88_85a3_08d3);

    /// The hash of the name that has one more label (lower case) in front of this suffix: the one whose length octet
    /// stands at `start` of `wire`. Octets behind the label are ignored.
    #[inline]
    pub(super) fn child(self, wire: &[u8], start: usize) -> SuffixHash {
        #[cfg(test)]
        super::work::count();
        let octets = 1 + usize::from(wire.get(start).copied().unwrap_or(0));
        let hash = (0..octets)
            .step_by(8)
            .fold(self.0, |hash, at| mix(hash ^ first_octets(word_at(wire, start + at), octets - at)));
        SuffixHash(hash)
    }

    /// The hash of a whole name in wire form, lower case.
    pub(super) fn of(wire: &[u8]) -> SuffixHash {
        let mut at = 0;
        let mut starts: Vec<usize> = Vec::new();
        for label in Labels::of(wire) {
            starts.push(at);
            at += 1 + label.len();
        }
        starts.iter().rev().fold(SuffixHash::ROOT, |hash, start| hash.child(wire, *start))
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

    fn hash(text: &str) -> SuffixHash {
        SuffixHash::of(Name::from_text(text, &Name::root()).unwrap().wire())
    }

    #[test]
    fn a_name_hashes_as_its_parent_and_one_label_whatever_stands_behind() {
        for label in ["a", "seven77", "eight888", "a-very-long-label-indeed"] {
            let wire = [&[u8::try_from(label.len()).unwrap()], label.as_bytes(), b"behind it there is more"]
                .concat();
            let expected = hash(&format!("{label}.example.com."));
            assert_eq!(hash("example.com.").child(&wire, 0), expected, "{label}");
            assert_eq!(
                hash("example.com.").child(&wire[..1 + label.len()], 0),
                expected,
                "{label} at the end"
            );
        }
    }

    #[test]
    fn label_boundaries_change_the_hash() {
        for (one, other) in [("ab.c.", "a.bc."), ("a.b.", "b.a."), (".", "a."), ("a\\000.", "a.")] {
            assert_ne!(hash(one), hash(other), "{one} {other}");
        }
    }

    #[test]
    fn ten_thousand_sibling_names_hardly_collide() {
        let mut seen: Vec<u32> = (0..10_000).map(|i| hash(&format!("host{i}.")).split().1).collect();
        seen.sort_unstable();
        seen.dedup();
        assert!(seen.len() > 9_990, "{} distinct tags of 10000", seen.len());
    }
}
