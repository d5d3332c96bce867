//! What another location database would change: who would be answered by another region, and which prefixes would
//! come under other fences. Every region is up here: drift is about places, not about health.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::net::IpAddr;

use super::contingency::Weights;
use super::oracle::Ground;
use super::oracle::Holders;
use super::oracle::space::{Span, address, top};
use super::subject::{Level, Subject};
use crate::client::Prefix;
use crate::geo::{ClassId, Family};
use crate::steer::{FenceId, Policy, Route, ServiceId, Tables};

/// What changes for one service.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drift {
    /// Part of the IPv4 quanta that any database locates, 0 to 1, that another region would answer.
    pub v4: f64,
    /// The same of IPv6.
    pub v6: f64,
    /// Part of all weight (Internet users, or measured queries) that another region would answer.
    pub weight: f64,
    /// Stretches that come under other fences: those of IPv4 first, the largest of each family first.
    pub crossings: Vec<Crossing>,
}

impl Drift {
    /// The largest part: of IPv4, of IPv6, or of clients.
    #[must_use]
    pub fn most(&self) -> f64 {
        self.v4.max(self.v6).max(self.weight)
    }
}

/// A stretch of addresses that comes under other fences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// Where it starts: the largest prefix at its first address.
    pub prefix: Prefix,
    /// Its last address.
    pub last: IpAddr,
    /// The fences that held it.
    pub before: Vec<FenceId>,
    /// The fences that would hold it.
    pub after: Vec<FenceId>,
}

impl Crossing {
    /// How many quanta it is long.
    #[must_use]
    pub fn quanta(&self) -> u64 {
        let quantum = u32::from(Family::of(self.last).quantum());
        ((top(self.last) - top(self.prefix.first())) >> (128 - quantum)) as u64 + 1
    }
}

/// A policy compiled with one database, and what the oracle reads in that database.
#[derive(Clone, Copy, Debug)]
pub struct Located<'a> {
    /// The policy.
    pub subject: Subject<'a>,
    /// Whom its quanta hold.
    pub grounds: &'a [Ground; 2],
}

/// Compares two databases under one policy, for every service.
#[must_use]
pub fn drift(before: Located<'_>, after: Located<'_>, weights: &Weights) -> Vec<Drift> {
    let services = before.subject.catalog.services.len();
    let mut drifts = vec![Drift::default(); services];
    let mut met = Vec::new();
    let routes = [before, after].map(|located| routes(&located.subject, &mut met));
    for (at, family) in Family::BOTH.into_iter().enumerate() {
        let pieces = pieces(&before, &after, family, at);
        let mut space: HashMap<Holders, f64> = HashMap::new();
        for piece in &pieces {
            *space.entry(piece.holders).or_insert(0.0) += piece.quanta;
        }
        let known: f64 = pieces.iter().filter(|piece| piece.is_known()).map(|piece| piece.quanta).sum();
        let density: HashMap<Holders, f64> =
            space.iter().map(|(holders, quanta)| (*holders, weights.of(*holders) / quanta)).collect();
        let weigh = |piece: &Piece| density[&piece.holders] * piece.quanta;
        for (service, drift) in (0..).map(ServiceId).zip(&mut drifts) {
            let view =
                |located: &Located<'_>, class| located.subject.plan.view_of(service, class).unwrap_or(0);
            let policy = before.subject.plan.policy_of()[service.index()] as usize;
            let other = after.subject.plan.policy_of()[service.index()] as usize;
            for piece in &pieces {
                let [old, new] = [view(&before, piece.classes[0]), view(&after, piece.classes[1])];
                if routes[0][policy][old] != routes[1][other][new] {
                    let part = if known > 0.0 && piece.is_known() { piece.quanta / known } else { 0.0 };
                    match family {
                        Family::V4 => {
                            (drift.v4, drift.weight) = (drift.v4 + part, drift.weight + weigh(piece));
                        }
                        Family::V6 => drift.v6 += part,
                    }
                }
                let fences = |located: &Located<'_>, policy: usize, view: usize| {
                    located.subject.plan.policies()[policy].views()[view].fences.to_vec()
                };
                let [held, holds] = [fences(&before, policy, old), fences(&after, other, new)];
                if held != holds {
                    drift.cross(family, piece, held, holds);
                }
            }
        }
    }
    let all = weights.all();
    for drift in &mut drifts {
        drift.weight /= all;
        let size = |crossing: &Crossing| (Family::of(crossing.last), Reverse(crossing.quanta()));
        drift.crossings.sort_by_key(size);
    }
    drifts
}

impl Drift {
    /// Notes a stretch, as part of the one before it where both came from and go to the same.
    fn cross(&mut self, family: Family, piece: &Piece, before: Vec<FenceId>, after: Vec<FenceId>) {
        let (first, last) = (address(family, piece.span.first), address(family, piece.span.last));
        if let Some(open) = self.crossings.last_mut()
            && (&open.before, &open.after) == (&before, &after)
            && Family::of(open.last) == family
            && top(open.last).checked_add(1 << (128 - u32::from(family.width()))) == Some(top(first))
        {
            open.last = last;
            open.prefix = largest(open.prefix.first(), last);
            return;
        }
        self.crossings.push(Crossing { prefix: largest(first, last), last, before, after });
    }
}

/// The largest prefix that starts at an address and ends no later than another one.
fn largest(first: IpAddr, last: IpAddr) -> Prefix {
    let fits = |length: &u8| {
        let prefix = Prefix::around(first, *length);
        prefix.first() == first && prefix.last() <= last
    };
    let length = (0..=Family::of(first).width()).find(fits).unwrap_or(u8::MAX);
    Prefix::around(first, length)
}

/// The answer of every view of every policy with all regions up, as its position among those met.
fn routes(subject: &Subject<'_>, met: &mut Vec<Route>) -> Vec<Vec<usize>> {
    let states = subject.states(|_| Level::Full);
    let mut tables = Tables::default();
    let mut position = |route: Route| {
        met.iter().position(|known| *known == route).unwrap_or_else(|| {
            met.push(route);
            met.len() - 1
        })
    };
    let mut of_policy = |policy: &Policy| {
        let views = policy.views().iter();
        views.map(|view| position((subject.decide)(view, policy.spread(), &states, &mut tables))).collect()
    };
    subject.plan.policies().iter().map(&mut of_policy).collect()
}

/// A stretch of quanta that is one class before and one after.
struct Piece {
    span: Span,
    classes: [ClassId; 2],
    /// Whom it held before.
    holders: Holders,
    quanta: f64,
}

impl Piece {
    fn is_known(&self) -> bool {
        self.holders != Holders::UNLOCATED
    }
}

fn pieces(before: &Located<'_>, after: &Located<'_>, family: Family, at: usize) -> Vec<Piece> {
    let (held, table) = (&before.grounds[at], before.subject.plan.table());
    let other = after.subject.plan.table();
    let key = |address: IpAddr| (top(address) >> 64) as u64;
    let starts = table.ranges(family).chain(other.ranges(family)).map(|(first, ..)| key(first));
    let mut starts: Vec<u64> = starts.chain(held.starts.iter().copied()).collect();
    starts.sort_unstable();
    starts.dedup();
    let classes = |table: &crate::geo::Table| -> Vec<(u64, ClassId)> {
        table.ranges(family).map(|(first, _, class)| (key(first), class)).collect()
    };
    let (mut old, mut new) = (Cursor::new(classes(table)), Cursor::new(classes(other)));
    let mut holders = Cursor::new(held.starts.iter().copied().zip(held.holders.iter().copied()).collect());
    let ends = starts.iter().skip(1).map(|next| next - 1).chain([u64::MAX]);
    let pieces = starts.iter().zip(ends).map(|(first, last)| Piece {
        span: Span { first: u128::from(*first) << 64, last: u128::from(last) << 64 | u128::from(u64::MAX) },
        classes: [old.at(*first), new.at(*first)],
        holders: holders.at(*first),
        quanta: (((last - first) >> (64 - family.quantum())) + 1) as f64,
    });
    pieces.collect()
}

/// Sorted starts and their values, asked in order.
struct Cursor<T> {
    runs: Vec<(u64, T)>,
    at: usize,
}

impl<T: Copy> Cursor<T> {
    const fn new(runs: Vec<(u64, T)>) -> Self {
        Self { runs, at: 0 }
    }

    /// The value at a key no smaller than the last one asked for.
    fn at(&mut self, key: u64) -> T {
        while self.runs.get(self.at + 1).is_some_and(|(next, _)| *next <= key) {
            self.at += 1;
        }
        self.runs[self.at].1
    }
}

#[cfg(test)]
mod tests {

    #[test]
    fn a_stretch_is_named_by_the_largest_prefix_at_its_start() {
        let largest = |first: &str, last: &str| {
            super::largest(first.parse().unwrap(), last.parse().unwrap()).to_string()
        };
        assert_eq!(largest("10.0.0.0", "10.0.3.255"), "10.0.0.0/22");
        assert_eq!(largest("10.0.1.0", "10.0.3.255"), "10.0.1.0/24");
        assert_eq!(largest("2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"), "2001:db8::/32");
    }

    #[test]
    fn a_stretch_is_as_long_as_its_quanta_not_as_the_prefix_at_its_start() {
        let crossing = |prefix: &str, last: &str| super::Crossing {
            prefix: prefix.parse().unwrap(),
            last: last.parse().unwrap(),
            before: Vec::new(),
            after: Vec::new(),
        };
        assert_eq!(crossing("10.0.1.0/24", "10.0.3.255").quanta(), 3);
        assert_eq!(crossing("2001:db8::/32", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff").quanta(), 1 << 24);
    }
}
