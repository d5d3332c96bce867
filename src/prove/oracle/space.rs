//! Address space that is nobody's country, and space that wraps another address: the oracle's own lists, as text.
//! IANA special-purpose registries (2026-11-20); RFC 4291, 2765, 6052, 3056, 4380.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use crate::client::Prefix;
use crate::geo::Family;

/// First and last address of a block, moved to the top of 128 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::prove) struct Span {
    pub(in crate::prove) first: u128,
    pub(in crate::prove) last: u128,
}

impl Span {
    pub(in crate::prove) fn of(prefix: &Prefix) -> Self {
        Self::around(top(prefix.first()), prefix.length())
    }

    /// The block of `length` bits around an address.
    pub(in crate::prove) fn around(at: u128, length: u8) -> Self {
        let beyond = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
        Self { first: at & !beyond, last: at | beyond }
    }
}

/// An address at the top of 128 bits.
pub(in crate::prove) fn top(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The address of a family at the top of 128 bits.
pub(in crate::prove) fn address(family: Family, at: u128) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4(Ipv4Addr::from_bits((at >> 96) as u32)),
        Family::V6 => IpAddr::V6(Ipv6Addr::from_bits(at)),
    }
}

/// Blocks that are nobody's country.
pub(super) fn special(family: Family) -> Vec<Span> {
    let list = match family {
        Family::V4 => SPECIAL_V4,
        Family::V6 => SPECIAL_V6,
    };
    list.split_whitespace().map(|text| Span::of(&listed(text))).collect()
}

/// IPv6 blocks that wrap IPv4 addresses.
pub(super) static WRAPPED: LazyLock<Vec<Prefix>> =
    LazyLock::new(|| WRAPPED_LIST.split_whitespace().map(listed).collect());

/// The address that another one wraps, and how many bits stand before it.
pub(in crate::prove) fn unwrapped(address: Ipv6Addr) -> Option<(Ipv4Addr, u8)> {
    let at = WRAPPED.iter().position(|prefix| prefix.contains(IpAddr::V6(address)))?;
    let bits = address.to_bits();
    match at {
        SIX_TO_FOUR => Some((Ipv4Addr::from_bits((bits >> 80) as u32), 16)),
        TEREDO => Some((Ipv4Addr::from_bits(!(bits as u32)), 96)),
        _ => Some((Ipv4Addr::from_bits(bits as u32), 96)),
    }
}

fn listed(text: &str) -> Prefix {
    text.parse().expect("a test reads every prefix of the lists")
}

const SPECIAL_V4: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 \
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4";
const SPECIAL_V6: &str = "::/128 ::1/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 3fff::/20 \
    5f00::/16 fc00::/7 fe80::/10 ff00::/8";
const WRAPPED_LIST: &str = "::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 2002::/16 2001::/32";
const SIX_TO_FOUR: usize = 3;
const TEREDO: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_prefix_reads() {
        assert_eq!((special(Family::V4).len(), special(Family::V6).len(), WRAPPED.len()), (15, 12, 5));
    }

    #[test]
    fn a_wrapped_address_is_found_inside() {
        for (text, inside) in [
            ("::ffff:8.8.4.0", Some(("8.8.4.0", 96))),
            ("64:ff9b::8.8.4.0", Some(("8.8.4.0", 96))),
            ("2002:808:400::1", Some(("8.8.4.0", 16))),
            ("2001:0:4136:e378:8000:63bf:f7f7:fbff", Some(("8.8.4.0", 96))),
            ("2a00::1", None),
        ] {
            let inside = inside.map(|(text, bits)| (text.parse().unwrap(), bits));
            assert_eq!(unwrapped(text.parse().unwrap()), inside, "{text}");
        }
    }
}
