//! Which address families a set of endpoints has.

use std::fmt;
use std::net::IpAddr;

use crate::steer::SteeredType;

/// A set of address families.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Families {
    v4: bool,
    v6: bool,
}

impl Families {
    /// The families of some addresses.
    pub(super) fn of(addresses: &[IpAddr]) -> Self {
        Self { v4: addresses.iter().any(IpAddr::is_ipv4), v6: addresses.iter().any(IpAddr::is_ipv6) }
    }

    /// Those of them that are steered.
    pub(super) fn steered(self, types: &[SteeredType]) -> Self {
        Self {
            v4: self.v4 && types.contains(&SteeredType::A),
            v6: self.v6 && types.contains(&SteeredType::Aaaa),
        }
    }

    /// The address types that these families are asked for by.
    pub(super) fn types(self) -> Vec<SteeredType> {
        let v4 = self.v4.then_some(SteeredType::A);
        v4.into_iter().chain(self.v6.then_some(SteeredType::Aaaa)).collect()
    }

    /// Whether every family of `other` is here too.
    pub(super) const fn cover(self, other: Self) -> bool {
        (self.v4 || !other.v4) && (self.v6 || !other.v6)
    }
}

impl fmt::Display for Families {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match (self.v4, self.v6) {
            (true, true) => "IPv4 and IPv6",
            (true, false) => "IPv4",
            (false, true) => "IPv6",
            (false, false) => "no family",
        })
    }
}
