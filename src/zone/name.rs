//! Domain names as lookup keys: owned, lower case, in wire form, checked once when they are made.
//!
//! A name here has lost its case; record data keeps the case of the file (`master/`).

use std::cmp::Ordering;
use std::fmt;

use super::name_text::{self, NameError};

/// A whole domain name: lower case, wire form, at most 255 octets, labels of 1 to 63.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Name {
    wire: Box<[u8]>,
}

impl Name {
    /// The root, one octet long.
    pub fn root() -> Name {
        Name { wire: Box::new([0]) }
    }

    /// From master-file text; a name without a final dot continues with `origin`.
    pub fn from_text(text: &str, origin: &Name) -> Result<Name, NameError> {
        name_text::wire_from_text(text, origin.wire()).map(Name::from_checked)
    }

    /// From uncompressed wire octets that hold one name and nothing else.
    pub fn from_wire(wire: &[u8]) -> Result<Name, NameError> {
        let len = wire_len(wire).ok_or(NameError::Wire)?;
        if len != wire.len() {
            return Err(NameError::Wire);
        }
        Ok(Name::from_checked(wire.to_vec()))
    }

    fn from_checked(mut wire: Vec<u8>) -> Name {
        wire.make_ascii_lowercase(); // length octets are below 64, so no letter
        Name { wire: wire.into() }
    }

    /// The name's octets, final zero included.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    /// The labels, leftmost first, without the root's.
    pub fn labels(&self) -> Labels<'_> {
        Labels { rest: &self.wire }
    }

    /// Whether this is `ancestor` or lies below it.
    pub fn is_under(&self, ancestor: &Name) -> bool {
        let Some(start) = self.wire.len().checked_sub(ancestor.wire.len()) else {
            return false;
        };
        self.wire.get(start..) == Some(&ancestor.wire) && self.starts_label(start)
    }

    /// The name without its leftmost label; nothing above the root.
    pub fn parent(&self) -> Option<Name> {
        let first = self.labels().next()?;
        self.wire.get(1 + first.len()..).map(|rest| Name { wire: rest.into() })
    }

    /// Whether the leftmost label is `*` (RFC 4592 §2.1.1).
    pub fn is_wildcard(&self) -> bool {
        self.labels().next() == Some(b"*")
    }

    /// Whether this is the root.
    pub fn is_root(&self) -> bool {
        self.wire.len() == 1
    }

    /// Where each label starts, and how many there are.
    fn label_starts(&self) -> ([u8; MAX_LABELS], usize) {
        let mut starts = [0; MAX_LABELS];
        let (mut at, mut count) = (0_u8, 0);
        for (label, start) in self.labels().zip(&mut starts) {
            *start = at;
            at += 1 + label.len() as u8; // at most 255 in all, checked when the name was made
            count += 1;
        }
        (starts, count)
    }

    fn label_from(&self, start: u8) -> &[u8] {
        let mut labels = Labels { rest: self.wire.get(usize::from(start)..).unwrap_or_default() };
        labels.next().unwrap_or_default()
    }

    fn starts_label(&self, at: usize) -> bool {
        let mut labels = self.labels();
        while self.wire.len() - labels.rest.len() < at && labels.next().is_some() {}
        self.wire.len() - labels.rest.len() == at
    }
}

impl Ord for Name {
    /// Canonical order, RFC 4034 §6.1: a parent sorts right before what lies below it.
    fn cmp(&self, other: &Name) -> Ordering {
        let (ours, our_count) = self.label_starts();
        let (theirs, their_count) = other.label_starts();
        for depth in 1..=our_count.min(their_count) {
            let order =
                self.label_from(ours[our_count - depth]).cmp(other.label_from(theirs[their_count - depth]));
            if order.is_ne() {
                return order;
            }
        }
        our_count.cmp(&their_count)
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Name) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Name {
    /// Master-file text with a final dot; special octets are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        name_text::write(&self.wire, f)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// The labels of a name in wire form, leftmost first; ends at the root, and at octets that are no label.
#[derive(Clone)]
pub struct Labels<'a> {
    rest: &'a [u8],
}

impl<'a> Labels<'a> {
    pub(super) fn of(wire: &'a [u8]) -> Labels<'a> {
        Labels { rest: wire }
    }
}

impl<'a> Iterator for Labels<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (len, rest) = self.rest.split_first()?;
        if *len == 0 || *len > MAX_LABEL {
            return None;
        }
        let (label, rest) = rest.split_at_checked(usize::from(*len))?;
        self.rest = rest;
        Some(label)
    }
}

/// How many octets the uncompressed name at the start of `wire` takes; nothing when it is not a whole, legal name.
pub(super) fn wire_len(wire: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let len = *wire.get(at)?;
        at += 1;
        if len == 0 {
            return (at <= MAX_NAME).then_some(at);
        }
        if len > MAX_LABEL {
            return None;
        }
        at += usize::from(len);
    }
}

/// The most octets a name has, final zero included (RFC 1035 §2.3.4).
pub(super) const MAX_NAME: usize = 255;
/// The most octets a label has.
pub(super) const MAX_LABEL: u8 = 63;
/// The most labels 255 octets hold: 127 of one octet, and the root.
pub(super) const MAX_LABELS: usize = 127;

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::from_text(text, &Name::root()).unwrap()
    }

    #[test]
    fn under_means_equal_or_below_at_a_label_boundary() {
        let table = [
            ("example.com.", "example.com.", true),
            ("a.b.example.com.", "example.com.", true),
            ("badexample.com.", "example.com.", false),
            ("com.", "example.com.", false),
            ("anything.", ".", true),
            // the octets of `com.` stand at the end, but inside a label
            ("x\\003com.", "com.", false),
        ];
        for (below, above, expected) in table {
            assert_eq!(name(below).is_under(&name(above)), expected, "{below} under {above}");
        }
    }

    #[test]
    fn order_is_canonical() {
        // RFC 4034 §6.1's own example.
        let sorted = [
            "example.",
            "a.example.",
            "yljkjljk.a.example.",
            "Z.a.example.",
            "zABC.a.EXAMPLE.",
            "z.example.",
            "\\001.z.example.",
            "*.z.example.",
            "\\200.z.example.",
        ];
        let names: Vec<Name> = sorted.iter().map(|text| name(text)).collect();
        assert!(names.is_sorted(), "{names:?}");
    }

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(name("a.b.").parent(), Some(name("b.")));
        assert_eq!(name("b.").parent(), Some(Name::root()));
        assert_eq!(Name::root().parent(), None);
    }

    #[test]
    fn wire_octets_that_are_not_one_name_are_refused() {
        for wire in [&b""[..], b"\x03com", b"\x03com\0\0", b"\xc0\x0c", &[1; 300]] {
            assert_eq!(Name::from_wire(wire), Err(NameError::Wire), "{wire:?}");
        }
    }
}
