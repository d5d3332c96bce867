//! The two address families on one scale: a *key* is an address moved to the top of 128 bits.
//! So one code serves both; a *quantum* is what an address is cut to before it is located.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::client::Prefix;

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// IPv4: quanta are /24.
    V4,
    /// IPv6: quanta are /56.
    V6,
}

impl Family {
    /// Both, in order.
    pub const BOTH: [Self; 2] = [Self::V4, Self::V6];

    /// The family of an address, as it is written (v4-mapped is IPv6).
    pub fn of(address: IpAddr) -> Self {
        if address.is_ipv4() { Self::V4 } else { Self::V6 }
    }

    /// Its name.
    pub const fn word(self) -> &'static str {
        match self {
            Self::V4 => "IPv4",
            Self::V6 => "IPv6",
        }
    }

    /// Bits of an address.
    pub const fn width(self) -> u8 {
        match self {
            Self::V4 => 32,
            Self::V6 => 128,
        }
    }

    /// Bits of a quantum.
    pub const fn quantum(self) -> u8 {
        match self {
            Self::V4 => 24,
            Self::V6 => 56,
        }
    }

    /// The address of a key.
    pub(super) fn address(self, key: u128) -> IpAddr {
        match self {
            Self::V4 => IpAddr::V4(Ipv4Addr::from_bits((key >> 96) as u32)),
            Self::V6 => IpAddr::V6(Ipv6Addr::from_bits(key)),
        }
    }
}

/// The key of an address.
pub(super) fn key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The first and last key of the block of `length` bits around `key`.
pub(super) fn block(key: u128, length: u8) -> (u128, u128) {
    let beyond = u128::MAX.checked_shr(u32::from(length)).unwrap_or(0);
    (key & !beyond, key | beyond)
}

/// The first and last key of a prefix.
pub(super) fn keys(prefix: &Prefix) -> (u128, u128) {
    block(key(prefix.first()), prefix.length())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gives_its_address_back() {
        for text in ["0.0.0.0", "203.0.113.7", "255.255.255.255", "::", "2001:db8::1"] {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(Family::of(address).address(key(address)), address);
        }
    }

    #[test]
    fn a_block_ends_where_its_prefix_ends() {
        let prefix: Prefix = "203.0.113.0/24".parse().unwrap();
        let (first, last) = keys(&prefix);
        assert_eq!(Family::V4.address(first), prefix.first());
        assert_eq!(Family::V4.address(last), prefix.last());
        assert_eq!(block(7, 0), (0, u128::MAX));
        assert_eq!(block(7, 128), (7, 7));
    }
}
