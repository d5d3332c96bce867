//! The name of a question: copied out of the message, lower case, with its labels found; on the stack.
//!
//! Strict (RFC 1035 §4.1.2): no compression pointer, no other label type, at most 255 octets.

use super::Name;
use super::name::{MAX_LABEL, MAX_LABELS, MAX_NAME};
use super::suffix_hash::SuffixHash;
use super::word::{lower, word_at};

/// A name that is looked up: lower case, checked, no allocation. Octets behind the name are of no meaning.
#[derive(Clone)]
pub struct QueryName {
    wire: [u8; PADDED],
    len: u8,
    starts: [u8; MAX_LABELS],
    count: u8,
}

/// Why the octets of a message are not a question's name: each is a FORMERR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// The message ends inside the name.
    #[error("the name is cut short")]
    Truncated,
    /// A compression pointer, or a label type that RFC 6891 §5 retired.
    #[error("a label that is neither plain nor the root's")]
    LabelType,
    /// Over 255 octets.
    #[error("a name over 255 octets")]
    TooLong,
}

impl QueryName {
    /// No name yet: the root, to [`QueryName::read`] into.
    #[inline]
    pub fn root() -> QueryName {
        QueryName { wire: [0; PADDED], len: 1, starts: [0; MAX_LABELS], count: 0 }
    }

    /// Reads the name that starts at `at`; gives it and the position behind it.
    #[inline]
    pub fn parse(message: &[u8], at: usize) -> Result<(QueryName, usize), BadName> {
        let mut name = QueryName::root();
        let end = name.read(message, at)?;
        Ok((name, end))
    }

    /// Becomes the name that starts at `at`, and gives the position behind it: [`QueryName::parse`] without a copy of
    /// 400 octets. After an error it is no name to look up.
    #[inline]
    pub fn read(&mut self, message: &[u8], at: usize) -> Result<usize, BadName> {
        let rest = message.get(at..).ok_or(BadName::Truncated)?;
        let (mut end, mut count) = (0_u8, 0_u8);
        loop {
            let len = *rest.get(usize::from(end)).ok_or(BadName::Truncated)?;
            if len == 0 {
                break;
            }
            if len > MAX_LABEL {
                return Err(BadName::LabelType);
            }
            *self.starts.get_mut(usize::from(count)).ok_or(BadName::TooLong)? = end;
            count += 1;
            end = end
                .checked_add(1 + len)
                .filter(|end| usize::from(*end) < MAX_NAME)
                .ok_or(BadName::TooLong)?;
        }
        self.count = count;
        self.len = end + 1;
        let (words, _) = self.wire.as_chunks_mut::<8>();
        for (word, at) in words.iter_mut().zip((0..=usize::from(end)).step_by(8)) {
            *word = lower(word_at(rest, at)).to_le_bytes(); // length octets are below 64, so no letter
        }
        Ok(at + usize::from(self.len))
    }

    /// The name's octets, lower case, final zero included.
    #[inline]
    pub fn wire(&self) -> &[u8] {
        self.wire.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// How many labels the name has, the root's not counted.
    #[inline]
    pub fn labels(&self) -> usize {
        usize::from(self.count)
    }

    /// The name with the labels from `kept` octets on replaced by `target`: what a DNAME makes of it (RFC 6672 §2.2).
    /// None when it would be longer than a name can be.
    #[must_use]
    pub fn renamed(&self, kept: usize, target: &Name) -> Option<QueryName> {
        let (end, mut at) = (kept + target.wire().len(), kept);
        if end > MAX_NAME {
            return None;
        }
        let mut name = self.clone();
        name.wire.get_mut(kept..end)?.copy_from_slice(target.wire());
        name.len = u8::try_from(end).ok()?;
        let mut count = self.starts.get(..self.labels())?.partition_point(|start| usize::from(*start) < kept);
        for label in target.labels() {
            *name.starts.get_mut(count)? = u8::try_from(at).ok()?;
            (count, at) = (count + 1, at + 1 + label.len());
        }
        name.count = u8::try_from(count).ok()?;
        Some(name)
    }

    /// The hash of the suffix that has one label more than the one of `labels` labels, which hashes to `hash`.
    #[inline]
    pub(super) fn child_hash(&self, hash: SuffixHash, labels: usize) -> SuffixHash {
        let at = (self.labels().checked_sub(labels + 1)).and_then(|at| self.starts.get(at));
        at.map_or(hash, |start| hash.child(&self.wire, usize::from(*start)))
    }

    /// The hash of the whole name.
    #[inline]
    pub(super) fn hash(&self) -> SuffixHash {
        self.starts().rev().fold(SuffixHash::ROOT, |hash, start| hash.child(&self.wire, start))
    }

    /// The suffixes of the name with their hashes: the root first, the whole name last.
    #[inline]
    pub(super) fn suffixes(&self) -> impl Iterator<Item = (SuffixHash, &[u8])> {
        let below = self.starts().rev().scan(SuffixHash::ROOT, |hash, start| {
            *hash = hash.child(&self.wire, start);
            Some((*hash, self.wire().get(start..).unwrap_or_default()))
        });
        std::iter::once((SuffixHash::ROOT, &[0][..])).chain(below)
    }

    /// The last `labels` labels of the name.
    #[inline]
    pub(super) fn suffix(&self, labels: usize) -> &[u8] {
        let above = self.labels().saturating_sub(labels);
        let start = match labels {
            0 => usize::from(self.len).saturating_sub(1),
            _ => self.starts.get(above).map_or(0, |start| usize::from(*start)),
        };
        self.wire().get(start..).unwrap_or_default()
    }

    /// Where the labels start, leftmost first.
    #[inline]
    fn starts(&self) -> impl DoubleEndedIterator<Item = usize> {
        self.starts.get(..self.labels()).unwrap_or_default().iter().map(|start| usize::from(*start))
    }
}

impl From<&Name> for QueryName {
    fn from(name: &Name) -> QueryName {
        let (name, _) = QueryName::parse(name.wire(), 0).expect("a Name is a whole, legal wire name");
        name
    }
}

/// Room for a name and a word behind it, so that a hash reads whole words.
const PADDED: usize = MAX_NAME + 9;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_are_lowered_and_the_position_behind_them_is_given() {
        let (name, end) = QueryName::parse(b"....\x03WwW\x07Example\x00\x00\x01", 4).unwrap();
        assert_eq!((name.wire(), name.labels(), end), (&b"\x03www\x07example\x00"[..], 2, 17));
        let suffixes: Vec<_> = name.suffixes().collect();
        assert_eq!(
            suffixes.iter().map(|(_, wire)| *wire).collect::<Vec<_>>(),
            [&b"\0"[..], b"\x07example\0", name.wire()]
        );
        assert!(suffixes.iter().all(|(hash, wire)| *hash == SuffixHash::of(wire)));
        assert!(suffixes.iter().enumerate().all(|(labels, (_, wire))| name.suffix(labels) == *wire));
        assert_eq!(name.hash(), SuffixHash::of(name.wire()));
    }

    #[test]
    fn the_longest_names_are_read() {
        let labels: Vec<u8> = [1, b'A'].repeat(127).into_iter().chain([0]).collect();
        assert_eq!(QueryName::parse(&labels, 0).map(|(name, end)| (name.labels(), end)), Ok((127, 255)));
    }

    #[test]
    fn illegal_names_are_refused() {
        let long: Vec<u8> = [63; 64].repeat(4).into_iter().chain([0]).collect();
        let many: Vec<u8> = [1, b'a'].repeat(128).into_iter().chain([0]).collect();
        let table: [(&[u8], BadName); 8] = [
            (b"", BadName::Truncated),
            (b"\x03ab", BadName::Truncated),
            (b"\x03abc", BadName::Truncated),
            (b"\xc0\x0c", BadName::LabelType),
            (b"\x01a\x40", BadName::LabelType),
            (b"\x80", BadName::LabelType),
            (&long, BadName::TooLong),
            (&many, BadName::TooLong),
        ];
        for (message, expected) in table {
            assert_eq!(QueryName::parse(message, 0).err(), Some(expected), "{message:?}");
        }
        assert_eq!(QueryName::parse(b"\0", 2).err(), Some(BadName::Truncated));
    }

    #[test]
    fn a_renamed_name_is_the_name_that_its_octets_say() {
        let parsed = |text: &str| QueryName::from(&Name::from_text(text, &Name::root()).unwrap());
        let target = |text: &str| Name::from_text(text, &Name::root()).unwrap();
        for (name, kept, to, expected) in [
            ("a.b.old.example.", 4, "new.test.", "a.b.new.test."),
            ("a.b.old.example.", 2, ".", "a."),
            ("a.b.", 2, "x.y.z.", "a.x.y.z."),
        ] {
            let (renamed, expected) = (parsed(name).renamed(kept, &target(to)).unwrap(), parsed(expected));
            assert_eq!((renamed.wire(), renamed.labels()), (expected.wire(), expected.labels()));
            assert!(renamed.starts().eq(expected.starts()), "{name} to {to}");
        }
        let long = Name::from_text(&"a.".repeat(126), &Name::root()).unwrap();
        assert!(parsed("x.old.").renamed(2, &long).is_some());
        assert!(parsed("xy.old.").renamed(3, &long).is_none());
    }

    proptest! {
        #[test]
        fn no_octets_panic(message in prop::collection::vec(any::<u8>(), 0..600), at in 0_usize..700) {
            if let Ok((name, end)) = QueryName::parse(&message, at) {
                prop_assert_eq!(end - at, name.wire().len());
                prop_assert!(Name::from_wire(name.wire()).is_ok());
            }
        }
    }
}
