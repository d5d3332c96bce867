//! Whom each quantum of a family holds: the database, what lies over it, and the cut to /24 and /56, all in the
//! oracle's own way. Runs of quanta with equal holders, in order, without gaps.

use super::holders::Holders;
use super::records::Records;
use super::rules::Rules;
use super::space::{Span, WRAPPED, special, top};
use crate::geo::Family;

/// Runs of quanta: where each starts (the top 64 bits of its first address) and whom it holds.
#[derive(Debug)]
pub struct Ground {
    pub(in crate::prove) family: Family,
    pub(in crate::prove) starts: Vec<u64>,
    pub(in crate::prove) holders: Vec<Holders>,
}

impl Ground {
    /// Lays the rules' overrides and special space over the records, and cuts to quanta.
    #[must_use]
    pub fn new(rules: &Rules, records: &Records, family: Family) -> Self {
        let mut ground = Self { family, starts: Vec::new(), holders: Vec::new() };
        let mut open: Option<(u64, Holders)> = None;
        stretches(records.of(family), &overlays(rules, family), |span, holders| {
            ground.take(&mut open, span, holders);
        });
        if let Some((quantum, holders)) = open {
            ground.push(quantum, holders);
        }
        ground
    }

    /// Whom the quantum around an address holds.
    #[must_use]
    pub(in crate::prove) fn at(&self, address: std::net::IpAddr) -> Holders {
        let after = self.starts.partition_point(|start| *start <= (top(address) >> 64) as u64);
        self.holders[after - 1]
    }

    /// Takes the next stretch: the quanta it shares with others, then those it has alone.
    fn take(&mut self, open: &mut Option<(u64, Holders)>, span: Span, holders: Holders) {
        let quantum = |at: u128| (Span::around(at, self.family.quantum()).first >> 64) as u64;
        let (first, last) = (quantum(span.first), quantum(span.last));
        let mut from = first;
        if let Some((shared, before)) = *open {
            if shared == first {
                *open = Some((shared, before.and(holders)));
                if last == first {
                    return;
                }
                from = first + self.step();
            }
            let (shared, held) = open.take().expect("it was looked at");
            self.push(shared, held);
        }
        if from < last {
            self.push(from, holders);
        }
        *open = Some((last, holders));
    }

    fn push(&mut self, start: u64, holders: Holders) {
        if self.holders.last() != Some(&holders) {
            self.starts.push(start);
            self.holders.push(holders);
        }
    }

    const fn step(&self) -> u64 {
        1 << (64 - self.family.quantum())
    }
}

/// What lies over the database: blocks and whom they hold, from the weakest to the strongest.
fn overlays(rules: &Rules, family: Family) -> Vec<(Span, Holders)> {
    let mut overlays: Vec<_> = special(family).into_iter().map(|span| (span, Holders::UNLOCATED)).collect();
    let mut overrides: Vec<_> = rules.overrides.iter().collect();
    overrides.sort_by_key(|(prefix, _)| prefix.length());
    let of_family = overrides.into_iter().filter(|(prefix, _)| Family::of(prefix.first()) == family);
    overlays.extend(of_family.map(|(prefix, country)| (Span::of(prefix), *country)));
    if family == Family::V6 {
        overlays.extend(WRAPPED.iter().map(|prefix| (Span::of(prefix), Holders::UNLOCATED)));
    }
    overlays
}

/// All space in order, in stretches with one holder each.
fn stretches(records: &[(Span, Holders)], overlays: &[(Span, Holders)], mut give: impl FnMut(Span, Holders)) {
    let ends = overlays.iter().flat_map(|(span, _)| [Some(span.first), span.last.checked_add(1)]);
    let mut cuts: Vec<u128> = ends.flatten().chain([0]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut records = records.iter().peekable();
    for (at, first) in cuts.iter().enumerate() {
        let last = cuts.get(at + 1).map_or(u128::MAX, |next| next - 1);
        let over = overlays.iter().rev().find(|(span, _)| span.first <= *first && last <= span.last);
        if let Some((_, holders)) = over {
            give(Span { first: *first, last }, *holders);
        }
        let mut from = Some(*first);
        while let Some((span, country)) = records.peek().filter(|(span, _)| span.first <= last) {
            if let Some(at) = from.filter(|at| over.is_none() && *at <= span.last) {
                if at < span.first {
                    give(Span { first: at, last: span.first - 1 }, Holders::UNLOCATED);
                }
                give(Span { first: span.first.max(at), last: span.last.min(last) }, *country);
                from = span.last.checked_add(1);
            }
            if span.last > last {
                break;
            }
            records.next();
        }
        if let Some(first) = from.filter(|at| over.is_none() && *at <= last) {
            give(Span { first, last }, Holders::UNLOCATED);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn ground(text: &str, family: Family) -> Ground {
        Ground::new(&Rules::read(text).unwrap(), &Records::built_in(), family)
    }

    fn words(ground: &Ground, text: &str) -> String {
        ground.at(text.parse::<IpAddr>().unwrap()).words().join(" ")
    }

    #[test]
    fn special_space_is_unlocated_unless_an_override_says_better() {
        let text = "[geoip]\noverrides = { \"198.51.100.0/24\" = \"DE\", \"81.2.69.0/30\" = \"FR\" }";
        let v4 = ground(text, Family::V4);
        for (address, held) in [
            ("198.51.100.7", "DE"),
            ("203.0.113.7", "unlocated"),
            ("192.168.1.1", "unlocated"),
            ("255.255.255.255", "unlocated"),
            ("0.0.0.0", "unlocated"),
            ("81.2.69.160", "FR GB"),
            ("81.2.70.1", "GB"),
        ] {
            assert_eq!(words(&v4, address), held, "{address}");
        }
        let v6 = ground(text, Family::V6);
        for (address, held) in
            [("2001:db8::1", "unlocated"), ("2002::1", "unlocated"), ("2606:4700::1", "US")]
        {
            assert_eq!(words(&v6, address), held, "{address}");
        }
    }

    #[test]
    fn runs_are_in_order_and_neighbours_differ() {
        for family in Family::BOTH {
            let ground = ground("", family);
            assert_eq!(ground.starts[0], 0);
            assert!(ground.starts.is_sorted_by(|one, next| one < next));
            assert!(ground.holders.windows(2).all(|pair| pair[0] != pair[1]));
        }
    }
}
