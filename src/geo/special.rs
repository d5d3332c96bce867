//! Address space that is nobody's country: the IANA special-purpose registries and multicast, as of
//! 2026-11-20; and the IPv6 prefixes that wrap an IPv4 address.
//! Databases disagree about this space (192.168.0.0/16 is Australia in one), so it is laid over all of them.

use std::net::Ipv6Addr;

use super::{
    family::{Family, block},
    partition::Run,
    place::Standing,
};

/// How an IPv6 prefix carries an IPv4 address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Wrapping {
    pub(super) prefix: u128,
    pub(super) length: u8,
    /// Bits before the embedded address.
    pub(super) offset: u8,
    pub(super) bits: Embedded,
}

/// How the embedded bits are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Embedded {
    Plain,
    Inverted,
}

/// v4-mapped (RFC 4291), SIIT (RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056), Teredo (RFC 4380).
pub(super) const WRAPPINGS: [Wrapping; 5] = [
    wrapping([0, 0, 0, 0, 0, 0xffff, 0, 0], 96, 96, Embedded::Plain),
    wrapping([0, 0, 0, 0, 0xffff, 0, 0, 0], 96, 96, Embedded::Plain),
    wrapping([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96, 96, Embedded::Plain),
    wrapping([0x2002, 0, 0, 0, 0, 0, 0, 0], 16, 16, Embedded::Plain),
    wrapping([0x2001, 0, 0, 0, 0, 0, 0, 0], 32, 96, Embedded::Inverted),
];

impl Wrapping {
    /// Bits that this prefix shares with an address, all its length at most.
    pub(super) fn shared(&self, key: u128) -> u8 {
        ((self.prefix ^ key).leading_zeros() as u8).min(self.length)
    }
}

/// The overlay of a family: blocks that nest.
pub(super) fn overlay(family: Family) -> Vec<Run<Option<Standing>>> {
    let special = |first, length| run(first, length, Standing::Special);
    match family {
        Family::V4 => SPECIAL_V4
            .iter()
            .map(|(address, length)| special(u128::from(u32::from_be_bytes(*address)) << 96, *length))
            .collect(),
        Family::V6 => {
            let registry = SPECIAL_V6.iter().map(|(first, length)| special(bits(*first), *length));
            let wrapped = WRAPPINGS.iter().map(|wrap| run(wrap.prefix, wrap.length, Standing::Wrapped));
            registry.chain(wrapped).collect()
        }
    }
}

fn run(first: u128, length: u8, standing: Standing) -> Run<Option<Standing>> {
    let (first, last) = block(first, length);
    Run { first, last, value: Some(standing) }
}

const fn wrapping(prefix: [u16; 8], length: u8, offset: u8, embedded: Embedded) -> Wrapping {
    Wrapping { prefix: bits(prefix), length, offset, bits: embedded }
}

const fn bits(segments: [u16; 8]) -> u128 {
    let [a, b, c, d, e, f, g, h] = segments;
    Ipv6Addr::new(a, b, c, d, e, f, g, h).to_bits()
}

/// Service blocks of anycast (192.31.196.0/24, 192.52.193.0/24, 192.175.48.0/24) are not here: they are
/// globally reachable, and only unknown.
const SPECIAL_V4: [([u8; 4], u8); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

const SPECIAL_V6: [([u16; 8], u8); 12] = [
    ([0, 0, 0, 0, 0, 0, 0, 0], 128),
    ([0, 0, 0, 0, 0, 0, 0, 1], 128),
    ([0x64, 0xff9b, 1, 0, 0, 0, 0, 0], 48),
    ([0x100, 0, 0, 0, 0, 0, 0, 0], 64),
    ([0x100, 0, 0, 1, 0, 0, 0, 0], 64),
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
    ([0x5f00, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0xfc00, 0, 0, 0, 0, 0, 0, 0], 7),
    ([0xfe80, 0, 0, 0, 0, 0, 0, 0], 10),
    ([0xff00, 0, 0, 0, 0, 0, 0, 0], 8),
];

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::geo::{family::key, partition::Partition};

    fn standing(address: &str) -> Option<Standing> {
        let address: IpAddr = address.parse().unwrap();
        Partition::nested(overlay(Family::of(address)), None).at(key(address))
    }

    #[test]
    fn special_space_is_special_to_its_edges() {
        for address in [
            "0.0.0.0",
            "10.0.0.0",
            "10.255.255.255",
            "100.127.255.255",
            "172.31.255.255",
            "192.168.0.0",
            "198.19.255.255",
            "203.0.113.255",
            "224.0.0.0",
            "255.255.255.255",
            "::",
            "::1",
            "2001:db8::",
            "2001:1ff:ffff::",
            "3fff:fff::",
            "fe80::1",
            "ff02::1",
            "fdff::",
            "64:ff9b:1::",
        ] {
            assert_eq!(standing(address), Some(Standing::Special), "{address}");
        }
    }

    #[test]
    fn its_neighbours_are_not() {
        for address in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.128.0.0",
            "172.32.0.0",
            "198.20.0.0",
            "203.0.114.0",
            "223.255.255.255",
            "192.31.196.1",
            "::2",
            "2001:200::",
            "2001:db9::",
            "4000::",
            "2620:4f:8000::",
        ] {
            assert_eq!(standing(address), None, "{address}");
        }
    }

    #[test]
    fn wrapped_space_is_wrapped_even_inside_special_space() {
        for address in
            ["::ffff:10.0.0.1", "::ffff:0:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::", "2001::1"]
        {
            assert_eq!(standing(address), Some(Standing::Wrapped), "{address}");
        }
    }
}
