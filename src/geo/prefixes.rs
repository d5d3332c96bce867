//! A list of prefixes, matched on whole addresses: resolvers that say nothing of their users.

use std::net::IpAddr;

use super::{
    family::{Family, key, keys},
    partition::{Partition, Run},
};
use crate::client::Prefix;

/// A set of prefixes that is asked for single addresses.
#[derive(Clone, Debug)]
pub struct Prefixes {
    v4: Partition<bool>,
    v6: Partition<bool>,
}

impl Prefixes {
    /// Prefixes in any order; they may overlap.
    pub fn new(prefixes: &[Prefix]) -> Self {
        let of = |family| {
            let prefixes = prefixes.iter().map(|prefix| prefix.canonical());
            let mine = prefixes.filter(|prefix| Family::of(prefix.first()) == family);
            let inside = mine.map(|prefix| {
                let (first, last) = keys(&prefix);
                Run { first, last, value: true }
            });
            Partition::nested(inside.collect(), false)
        };
        Self { v4: of(Family::V4), v6: of(Family::V6) }
    }

    /// Whether one of them holds the address; a v4-mapped address is its IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        match Family::of(address) {
            Family::V4 => self.v4.at(key(address)),
            Family::V6 => self.v6.at(key(address)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_holds_what_its_prefixes_hold_to_the_last_bit() {
        let list = ["203.0.113.53/32", "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/127"];
        let list = Prefixes::new(&list.map(|text| text.parse().unwrap()));
        for inside in
            ["203.0.113.53", "10.0.0.0", "10.1.2.3", "10.255.255.255", "2001:db8::1", "::ffff:10.0.0.1"]
        {
            assert!(list.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["203.0.113.52", "203.0.113.54", "11.0.0.0", "2001:db8::2", "::"] {
            assert!(!list.contains(outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_empty_list_holds_nothing() {
        assert!(!Prefixes::new(&[]).contains("10.0.0.1".parse().unwrap()));
    }
}
