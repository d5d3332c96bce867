//! Why ours may differ from theirs.

use std::net::IpAddr;

use meridian::client::Prefix;
use meridian::geo::{Country, Database, Family};

use super::Said;

/// A rule of ours that gdnsd does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rule {
    /// Special-purpose space is nobody's country, whatever the database says, and is in nobody's scope.
    Special,
    /// A wrapped address is located as the one inside, from the length on at which that one can be told.
    Wrapped,
    /// A quantum (/24, /56) is answered as one, unknown space in it too: as whose share of it is largest.
    Quantum,
    /// A family that is answered alike is not everyone: never a scope of 0.
    Family,
}

impl Rule {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Special => "special-purpose space is nobody's country",
            Self::Wrapped => "wrapped addresses are located as the one inside",
            Self::Quantum => "a quantum of several countries, or with unknown space, is answered as one",
            Self::Family => "a whole family is not yet everyone",
        }
    }
}

/// What a family's database holds, run by run.
#[derive(Debug)]
pub(crate) struct Ground {
    family: Family,
    runs: Vec<(u128, u128, Option<Country>)>,
}

impl Ground {
    pub(crate) fn new(database: &Database, family: Family) -> Self {
        let runs =
            database.ranges(family).map(|(first, last, record)| (bits(first), bits(last), record.country));
        Self { family, runs: runs.collect() }
    }

    /// The rule that makes ours what it is; none: nothing here says why they differ.
    pub(crate) fn explain(&self, address: IpAddr, ours: &Said, theirs: &Said) -> Option<Rule> {
        // Where the regions differ, it is for what the quantum holds. Else one of both took the larger scope for
        // alike and the other did not: what it minded lies inside.
        let larger = ours.scope.min(theirs.scope);
        let length = if ours.region == theirs.region { larger } else { self.family.quantum() };
        let block = Prefix::around(address, length);
        let holds = |list: &str| {
            let prefixes = list.split_whitespace().map(|text| text.parse::<Prefix>().unwrap());
            let mut own = prefixes.filter(|prefix| Family::of(prefix.first()) == self.family);
            own.any(|prefix| block.contains(prefix.first()) || prefix.contains(block.first()))
        };
        match () {
            () if length == 0 => Some(Rule::Family),
            () if holds(WRAPPED) => Some(Rule::Wrapped),
            () if holds(SPECIAL) => Some(Rule::Special),
            () if self.is_mixed(&block) => Some(Rule::Quantum),
            () => None,
        }
    }

    /// Whether a quantum in the block, or around it, holds two countries or unknown space.
    fn is_mixed(&self, block: &Prefix) -> bool {
        let quantum = self.family.quantum();
        let whole = Prefix::around(block.first(), block.length().min(quantum));
        let (first, last) = (bits(whole.first()), bits(whole.last()));
        let from = self.runs.partition_point(|(_, end, _)| *end < first);
        let mut inside = self.runs[from..].iter().take_while(|(start, ..)| *start <= last);
        let unit = 1_u128 << (self.family.width() - quantum);
        // What no run covers is unknown, so that a run's end counts like the start of another.
        inside.any(|(start, end, _)| {
            (*start > first && !start.is_multiple_of(unit))
                || (*end < last && !(end + 1).is_multiple_of(unit))
        })
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_bits().into(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// IANA's special-purpose registries (RFC 6890), and what gdnsd takes for addresses inside addresses.
const SPECIAL: &str = "0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 \
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 \
    ::/128 ::1/128 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001:db8::/32 3fff::/20 5f00::/16 fc00::/7 \
    fe80::/10 ff00::/8";
const WRAPPED: &str = "::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 2002::/16 2001::/32";
