//! An address that wraps another one (v4-mapped, SIIT, NAT64, 6to4, Teredo) is located as the inner one.
//! A source too short to reach the inner address is left as it is: the atlas calls that space `Wrapped`.

use std::net::IpAddr;

use super::{
    family::{Family, key},
    special::{Embedded, WRAPPINGS, Wrapping},
};

/// What to look up for an address, and what that does to the scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Lookup {
    pub(super) family: Family,
    /// The top 64 bits of the key.
    pub(super) key: u64,
    /// Bits that are known, within the family's width.
    pub(super) length: u8,
    /// Bits that an inner scope is moved by: 0, 16 or 96.
    pub(super) offset: u8,
    /// The shortest scope that keeps clear of wrapped neighbours in the same quantum.
    pub(super) floor: u8,
}

impl Lookup {
    /// For the block of `source` bits around `address`; a source beyond the address means all of it.
    #[inline]
    pub(super) fn new(address: IpAddr, source: u8) -> Self {
        let family = Family::of(address);
        let (key, length) = (key(address), source.min(family.width()));
        let whole = Self { family, key: (key >> 64) as u64, length, offset: 0, floor: 0 };
        match family {
            Family::V4 => whole,
            Family::V6 if !may_wrap(key) => whole,
            Family::V6 => WRAPPINGS
                .iter()
                .find_map(|wrapping| wrapping.unwrap(key, length))
                .unwrap_or(Self { floor: floor(key, length), ..whole }),
        }
    }
}

impl Wrapping {
    fn unwrap(&self, key: u128, length: u8) -> Option<Lookup> {
        if self.shared(key) < self.length || length <= self.offset {
            return None;
        }
        let inner = (key << self.offset >> 96) as u32;
        let inner = match self.bits {
            Embedded::Plain => inner,
            Embedded::Inverted => !inner,
        };
        Some(Lookup {
            family: Family::V4,
            key: u64::from(inner) << 32,
            length: (length - self.offset).min(32),
            offset: self.offset,
            floor: self.offset,
        })
    }
}

/// All wrapping prefixes begin with these bits.
#[inline]
fn may_wrap(key: u128) -> bool {
    matches!((key >> 112) as u16, 0 | 0x64 | 0x2001 | 0x2002)
}

/// Beside a /96 that wraps, a long source must not be answered for the whole quantum: a scope just long enough
/// to leave the /96 out.
fn floor(key: u128, length: u8) -> u8 {
    let reaches = WRAPPINGS.iter().filter(|wrapping| length > wrapping.offset);
    let near = reaches.map(|wrapping| wrapping.shared(key)).filter(|shared| *shared >= Family::V6.quantum());
    near.max().map_or(0, |shared| shared + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(address: &str, source: u8) -> (IpAddr, u8, u8) {
        let lookup = Lookup::new(address.parse().unwrap(), source);
        (lookup.family.address(u128::from(lookup.key) << 64), lookup.length, lookup.offset)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn an_inner_address_is_found_in_every_wrapping() {
        for (address, offset) in [
            ("::ffff:8.8.4.0", 96),
            ("::ffff:0:8.8.4.0", 96),
            ("64:ff9b::8.8.4.0", 96),
            ("2002:808:400::1", 16),
            ("2001:0:4136:e378:8000:63bf:f7f7:fbff", 96),
        ] {
            assert_eq!(look(address, 128), (ip("8.8.4.0"), 32, offset), "{address}");
        }
    }

    #[test]
    fn a_source_keeps_its_meaning_inside() {
        assert_eq!(look("::ffff:8.8.4.0", 120), (ip("8.8.4.0"), 24, 96));
        assert_eq!(look("2002:808:400::", 40), (ip("8.8.4.0"), 24, 16));
        assert_eq!(look("2002:808:400::", 56), (ip("8.8.4.0"), 32, 16));
        assert_eq!(look("8.8.4.0", 129), (ip("8.8.4.0"), 32, 0));
    }

    #[test]
    fn a_source_that_does_not_reach_is_left_as_it_is() {
        assert_eq!(look("::ffff:0.0.0.0", 96), (ip("::"), 96, 0));
        assert_eq!(look("2002::", 16), (ip("2002::"), 16, 0));
        assert_eq!(look("2001:0:4136:e378::", 96), (ip("2001:0:4136:e378::"), 96, 0));
    }

    #[test]
    fn a_long_source_beside_a_wrapped_prefix_gets_a_scope_that_leaves_it_out() {
        let floor = |address: &str, source| Lookup::new(address.parse().unwrap(), source).floor;
        assert_eq!(floor("64:ff9b:0:1::", 128), 64);
        assert_eq!(floor("64:ff9b::1:0:0", 128), 96);
        assert_eq!(floor("::1", 128), 81, "::ffff:0:0/96 begins to differ at bit 80, ::ffff:0:0:0/96 at 64");
        assert_eq!(floor("64:ff9b:0:1::", 96), 0);
        assert_eq!(floor("64:ff9c::", 128), 0);
        assert_eq!(floor("2003::", 128), 0);
    }
}
