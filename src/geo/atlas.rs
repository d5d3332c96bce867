//! The compile step: a database, the special-purpose overlay, overrides and steering prefixes become, for each
//! family, sorted ranges of whole quanta, each with its location. One linear sweep.
//!
//! Who wins at an address: wrapped space, then the most specific override, then special space, then the database.
//! (Wrapped space is only asked about by sources that do not reach the address inside, so an override for such
//! clients is written with the inner, IPv4 prefix.)

use std::net::IpAddr;

use super::{
    country::Country,
    database::Database,
    family::{Family, block},
    leaders::Leaders,
    partition::Partition,
    place::{Location, LocationId, Member, Mixture, Place, PlaceId},
    quanta::{Quanta, Sweep, add},
    steering::Steering,
    survey::{Survey, overlay},
    unwrap::Lookup,
};
use crate::client::Prefix;

/// Where every quantum of both families is.
#[derive(Clone, Debug)]
pub struct Atlas {
    places: Vec<Place>,
    mixtures: Vec<Mixture>,
    leaders: Leaders,
    v4: Quanta,
    v6: Quanta,
    steering: Steering,
}

impl Atlas {
    /// Compiles the default database in some tens of milliseconds.
    pub fn compile(database: &Database, overrides: &[(Prefix, Country)], steering: Steering) -> Self {
        let mut survey = Survey::new(database);
        let mut runs = |family| {
            let overlay = overlay(family, overrides, &steering);
            database.runs(family).zip(&overlay, |record, over| survey.place(record, over))
        };
        let (v4, v6) = (runs(Family::V4), runs(Family::V6));
        let (places, rank) = survey.in_order();
        let mut sweep = Sweep::new(&places);
        let mut quanta =
            |family, runs: &Partition<u32>| sweep.quanta(family, &runs.map(|place| rank[place as usize]));
        let (v4, v6) = (quanta(Family::V4, &v4), quanta(Family::V6, &v6));
        let mixtures = sweep.mixtures;
        let leaders = Leaders::new(&places);
        Self { places, mixtures, leaders, v4, v6, steering }
    }

    /// Every place, in order: countries by code, then unlocated, special and wrapped.
    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// The place of a number.
    pub fn place(&self, id: PlaceId) -> &Place {
        &self.places[id.index()]
    }

    /// The location of a number.
    pub fn location(&self, id: LocationId) -> Location<'_> {
        match id.index().checked_sub(self.places.len()) {
            None => Location::Pure(PlaceId(id.0)),
            Some(mixture) => Location::Mixed(&self.mixtures[mixture]),
        }
    }

    /// The place that leads a location: of the country with most of its addresses (the lower code of equals), the
    /// place with most; without any country, the place with most.
    pub fn lead(&self, id: LocationId) -> PlaceId {
        match self.location(id) {
            Location::Pure(place) => place,
            Location::Mixed(mixture) => self.leaders.lead(&mixture.members),
        }
    }

    /// How many locations there are: numbers below this are valid.
    pub fn locations(&self) -> impl Iterator<Item = LocationId> + use<> {
        (0..(self.places.len() + self.mixtures.len()) as u32).map(LocationId)
    }

    /// The steering prefixes that places name.
    pub fn steering(&self) -> &Steering {
        &self.steering
    }

    /// All space of a family in order, whole quanta: first address, last address, location.
    pub fn ranges(&self, family: Family) -> impl Iterator<Item = (IpAddr, IpAddr, LocationId)> + '_ {
        self.quanta(family).ranges()
    }

    /// The places in the block of `source` bits around an address, with their addresses, in order of place. The
    /// address is unwrapped and cut to its quantum, as a table does it. For explanations: it looks at every range.
    pub fn members(&self, address: IpAddr, source: u8) -> Vec<Member> {
        let lookup = Lookup::new(address, source);
        let quanta = self.quanta(lookup.family);
        let length = lookup.length.min(lookup.family.quantum());
        let (first, last) = block(u128::from(lookup.key) << 64, length);
        let mut members = Vec::new();
        for (from, to, location) in quanta.within(first, last) {
            match self.location(location) {
                Location::Pure(place) => add(&mut members, place, quanta.addresses(from, to)),
                Location::Mixed(mixture) => {
                    for member in &mixture.members {
                        add(&mut members, member.place, member.addresses);
                    }
                }
            }
        }
        members
    }

    /// The leading member of some, in order of place: see [`Atlas::lead`].
    pub fn leading(&self, members: &[Member]) -> Option<PlaceId> {
        (!members.is_empty()).then(|| self.leaders.lead(members))
    }

    pub(super) fn leaders(&self) -> &Leaders {
        &self.leaders
    }

    pub(super) fn mixtures(&self) -> &[Mixture] {
        &self.mixtures
    }

    pub(super) fn quanta(&self, family: Family) -> &Quanta {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }
}
