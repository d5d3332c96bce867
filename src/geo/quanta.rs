//! Runs of single addresses → ranges of whole quanta. A quantum that several places share becomes a mixture, and
//! a range of its own (`trie` relies on it: a range of more than one quantum is pure).

use std::net::IpAddr;

use super::{
    family::Family,
    partition::{Partition, Run},
    place::{LocationId, Member, Mixture, Place, PlaceId, Standing},
};

/// All space of a family as ranges of whole quanta. A start is the top 64 bits of a key; the first is 0.
#[derive(Clone, Debug)]
pub(super) struct Quanta {
    pub(super) family: Family,
    pub(super) starts: Vec<u64>,
    pub(super) locations: Vec<LocationId>,
    /// Locations from this number on are mixtures.
    pub(super) pure: u32,
}

impl Quanta {
    /// First address, last address, location.
    pub(super) fn ranges(&self) -> impl Iterator<Item = (IpAddr, IpAddr, LocationId)> + '_ {
        let address = |key| self.family.address(key);
        self.within(0, u128::MAX)
            .map(move |(first, last, location)| (address(first), address(last), location))
    }

    /// The ranges in a block, cut to it: first key, last key, location.
    pub(super) fn within(
        &self,
        first: u128,
        last: u128,
    ) -> impl Iterator<Item = (u128, u128, LocationId)> + '_ {
        let key = |start: &u64| u128::from(*start) << 64;
        let from = self.starts.partition_point(|start| key(start) <= first) - 1;
        let ends = self.starts[from + 1..].iter().map(move |next| key(next) - 1).chain([u128::MAX]);
        let ranges = self.starts[from..].iter().zip(ends).zip(&self.locations[from..]);
        ranges
            .map(move |((start, end), location)| (key(start).max(first), end.min(last), *location))
            .take_while(move |(from, _, _)| *from <= last)
    }

    /// How many addresses there are from one key to another.
    pub(super) fn addresses(&self, first: u128, last: u128) -> u128 {
        ((last - first) >> (128 - self.family.width())).saturating_add(1)
    }

    fn push(&mut self, first: u128, location: LocationId) {
        // Mixtures have numbers of their own, so only pure ranges grow.
        if self.locations.last() != Some(&location) {
            self.starts.push((first >> 64) as u64);
            self.locations.push(location);
        }
    }
}

/// The sweep over both families; mixtures are numbered through.
pub(super) struct Sweep<'a> {
    places: &'a [Place],
    /// For each place, what it counts as in a mixture.
    grounded: Vec<PlaceId>,
    pub(super) mixtures: Vec<Mixture>,
}

impl<'a> Sweep<'a> {
    pub(super) fn new(places: &'a [Place]) -> Self {
        let grounded = |place: &Place| {
            let at = places.binary_search(&place.grounded());
            PlaceId(at.expect("places hold the grounded form of each") as u32)
        };
        Self { places, grounded: places.iter().map(grounded).collect(), mixtures: Vec::new() }
    }

    pub(super) fn quanta(&mut self, family: Family, runs: &Partition<PlaceId>) -> Quanta {
        let pure = self.places.len() as u32;
        let mut quanta = Quanta { family, starts: Vec::new(), locations: Vec::new(), pure };
        let mut shared: Vec<Run<PlaceId>> = Vec::new();
        let within = u128::MAX >> family.quantum();
        for run in runs.runs() {
            let mut rest = run;
            if !shared.is_empty() {
                let end = rest.first | within;
                shared.push(Run { last: rest.last.min(end), ..rest });
                if rest.last < end {
                    continue;
                }
                self.mix(&mut quanta, &mut shared);
                if rest.last == end {
                    continue;
                }
                rest.first = end + 1;
            }
            self.whole(&mut quanta, &mut shared, rest, within);
        }
        quanta
    }

    /// A run that starts with a quantum: its whole quanta are pure, a broken one at its end is shared.
    fn whole(&self, quanta: &mut Quanta, shared: &mut Vec<Run<PlaceId>>, run: Run<PlaceId>, within: u128) {
        let ends_whole = run.last & within == within;
        let broken = run.last & !within;
        if ends_whole || broken > run.first {
            quanta.push(run.first, LocationId(run.value.0));
        }
        if !ends_whole {
            shared.push(Run { first: broken.max(run.first), ..run });
        }
    }

    /// Closes a shared quantum.
    fn mix(&mut self, quanta: &mut Quanta, shared: &mut Vec<Run<PlaceId>>) {
        let wrapped = shared.iter().map(|run| run.value).find(|place| self.is_wrapped(*place));
        let mut members: Vec<Member> = Vec::new();
        let start = shared[0].first;
        for run in shared.drain(..) {
            let addresses = quanta.addresses(run.first, run.last);
            add(&mut members, self.grounded[run.value.index()], addresses);
        }
        let location = match members.as_slice() {
            [only] if wrapped.is_none() => LocationId(only.place.0),
            _ => {
                self.mixtures.push(Mixture { members: members.into(), wrapped });
                LocationId(quanta.pure + self.mixtures.len() as u32 - 1)
            }
        };
        quanta.push(start, location);
    }

    fn is_wrapped(&self, place: PlaceId) -> bool {
        self.places[place.index()].standing == Standing::Wrapped
    }
}

/// Adds addresses to a place's part; the members stay in order.
pub(super) fn add(members: &mut Vec<Member>, place: PlaceId, addresses: u128) {
    match members.binary_search_by_key(&place, |member| member.place) {
        Ok(at) => members[at].addresses = members[at].addresses.saturating_add(addresses),
        Err(at) => members.insert(at, Member { place, addresses }),
    }
}
