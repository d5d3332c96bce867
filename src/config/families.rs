//! Which address families a set of endpoints has; a name of elsewhere stands for all of them.

use std::fmt;
use std::net::IpAddr;

use crate::region::Endpoints;
use crate::steer::SteeredType;

/// A set of address families, or a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Families {
    v4: bool,
    v6: bool,
    alias: bool,
}

impl Families {
    /// The families of some addresses.
    pub(super) fn of(addresses: &[IpAddr]) -> Self {
        let (v4, v6) = (addresses.iter().any(IpAddr::is_ipv4), addresses.iter().any(IpAddr::is_ipv6));
        Self { v4, v6, alias: false }
    }

    /// The families of a region.
    pub(super) fn of_endpoints(endpoints: &Endpoints) -> Self {
        Self { alias: endpoints.alias().is_some(), ..Self::of(endpoints.addresses()) }
    }

    /// Whether it is a name.
    pub(super) const fn is_alias(self) -> bool {
        self.alias
    }

    /// Those of them that are steered.
    pub(super) fn steered(self, types: &[SteeredType]) -> Self {
        Self {
            v4: self.v4 && types.contains(&SteeredType::A),
            v6: self.v6 && types.contains(&SteeredType::Aaaa),
            alias: self.alias,
        }
    }

    /// The types that these families are answered with.
    pub(super) fn types(self) -> Vec<SteeredType> {
        if self.alias {
            return vec![SteeredType::Cname];
        }
        let v4 = self.v4.then_some(SteeredType::A);
        v4.into_iter().chain(self.v6.then_some(SteeredType::Aaaa)).collect()
    }

    /// The families of either.
    pub(super) const fn and(self, other: Self) -> Self {
        Self { v4: self.v4 || other.v4, v6: self.v6 || other.v6, alias: self.alias || other.alias }
    }

    /// Whether every family of `other` is here too.
    pub(super) const fn cover(self, other: Self) -> bool {
        (self.v4 || !other.v4) && (self.v6 || !other.v6)
    }
}

impl fmt::Display for Families {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.alias {
            return formatter.write_str("a CNAME target");
        }
        formatter.write_str(match (self.v4, self.v6) {
            (true, true) => "IPv4 and IPv6",
            (true, false) => "IPv4",
            (false, true) => "IPv6",
            (false, false) => "no family",
        })
    }
}
