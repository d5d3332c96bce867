//! The compile step: a database, the special-purpose overlay, overrides and steering prefixes become, for each
//! family, sorted ranges of whole quanta, each with its location. One linear sweep.
//!
//! Who wins at an address: wrapped space, then the most specific override, then special space, then the database.
//! (Wrapped space is only asked about by sources that do not reach the address inside, so an override for such
//! clients is written with the inner, IPv4 prefix.)

use std::{collections::HashMap, net::IpAddr};

use super::{
    Steering, SteeringId,
    country::Country,
    database::Database,
    family::{Family, block, keys},
    partition::{Partition, Run},
    place::{Location, LocationId, Member, Mixture, Place, PlaceId, Standing},
    quanta::{Quanta, Sweep, add},
    special,
    trie::Leaders,
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
            let overlay = survey.overlay(family, overrides, &steering);
            database
                .runs(family)
                .zip(&overlay, |record, over| survey.place(record, over))
        };
        let (v4, v6) = (runs(Family::V4), runs(Family::V6));
        let (places, rank) = survey.in_order();
        let mut sweep = Sweep::new(&places);
        let mut quanta =
            |family, runs: &Partition<u32>| sweep.quanta(family, &runs.map(|place| rank[place as usize]));
        let (v4, v6) = (quanta(Family::V4, &v4), quanta(Family::V6, &v6));
        let mixtures = sweep.mixtures;
        let leaders = Leaders::new(&places);
        Self {
            places,
            mixtures,
            leaders,
            v4,
            v6,
            steering,
        }
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

/// What is laid over a database at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Overlay {
    standing: Option<Standing>,
    steering: Option<SteeringId>,
}

/// Places as they are met, numbered in that order.
struct Survey<'a> {
    database: &'a Database,
    places: Vec<Place>,
    ids: HashMap<Place, u32>,
    /// By record, where nothing is laid over it.
    plain: Vec<Option<u32>>,
    overlaid: HashMap<(u32, Overlay), u32>,
}

impl<'a> Survey<'a> {
    fn new(database: &'a Database) -> Self {
        let plain = vec![None; database.records.len()];
        Self {
            database,
            places: Vec::new(),
            ids: HashMap::new(),
            plain,
            overlaid: HashMap::new(),
        }
    }

    fn overlay(
        &self,
        family: Family,
        overrides: &[(Prefix, Country)],
        steering: &Steering,
    ) -> Partition<Overlay> {
        let of_family = |prefix: &Prefix| Family::of(prefix.first()) == family;
        let overrides = overrides
            .iter()
            .map(|(prefix, country)| (prefix.canonical(), *country));
        let overrides = overrides
            .filter(|(prefix, _)| of_family(prefix))
            .map(|(prefix, country)| run(&prefix, Standing::Located(country)));
        let steering = steering
            .iter()
            .filter(|(_, prefix)| of_family(prefix))
            .map(|(id, prefix)| run(&prefix, id));
        let special = Partition::nested(special::overlay(family), None);
        let overrides = Partition::nested(overrides.collect(), None);
        let steering = Partition::nested(steering.collect(), None);
        let standing = special.zip(&overrides, |special, over| match special {
            Some(Standing::Wrapped) => special,
            _ => over.or(special),
        });
        standing.zip(&steering, |standing, steering| Overlay { standing, steering })
    }

    fn place(&mut self, record: u32, overlay: Overlay) -> u32 {
        let known = if overlay == Overlay::default() {
            self.plain[record as usize]
        } else {
            self.overlaid.get(&(record, overlay)).copied()
        };
        known.unwrap_or_else(|| self.meet(record, overlay))
    }

    fn meet(&mut self, record: u32, overlay: Overlay) -> u32 {
        let written = self.database.records[record as usize];
        let located = written.country.map_or(Standing::Unlocated, Standing::Located);
        let standing = overlay.standing.unwrap_or(located);
        let subdivision = written.subdivision.filter(|_| overlay.standing.is_none());
        let place = Place {
            standing,
            subdivision,
            asn: written.asn,
            steering: overlay.steering,
        };
        if standing.country().is_none() {
            self.number(place.grounded());
        }
        let id = self.number(place);
        if overlay == Overlay::default() {
            self.plain[record as usize] = Some(id);
        } else {
            self.overlaid.insert((record, overlay), id);
        }
        id
    }

    fn number(&mut self, place: Place) -> u32 {
        *self.ids.entry(place).or_insert_with(|| {
            self.places.push(place);
            (self.places.len() - 1) as u32
        })
    }

    /// The places in order, and for each number its place in that order. Nowhere is always among them.
    fn in_order(mut self) -> (Vec<Place>, Vec<PlaceId>) {
        self.number(Place::NOWHERE);
        let mut places = self.places.clone();
        places.sort_unstable();
        let rank = |place| PlaceId(places.binary_search(place).expect("sorted from the same places") as u32);
        let rank = self.places.iter().map(rank).collect();
        (places, rank)
    }
}

fn run<T>(prefix: &Prefix, value: T) -> Run<Option<T>> {
    let (first, last) = keys(prefix);
    Run {
        first,
        last,
        value: Some(value),
    }
}
