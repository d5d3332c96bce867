//! Every place there is: what a database says of an address and what is laid over it, put together.

use std::collections::HashMap;

use super::{
    country::Country,
    database::Database,
    family::{Family, keys},
    partition::{Partition, Run},
    place::{Place, PlaceId, Standing},
    special,
    steering::{Steering, SteeringId},
};
use crate::client::Prefix;

/// What is laid over a database at an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Overlay {
    standing: Option<Standing>,
    steering: Option<SteeringId>,
}

/// What is laid over a family: wrapped space, else the smallest override, else special space; and steering.
pub(super) fn overlay(
    family: Family,
    overrides: &[(Prefix, Country)],
    steering: &Steering,
) -> Partition<Overlay> {
    let of_family = |prefix: &Prefix| Family::of(prefix.first()) == family;
    let overrides = overrides.iter().map(|(prefix, country)| (prefix.canonical(), *country));
    let overrides = overrides
        .filter(|(prefix, _)| of_family(prefix))
        .map(|(prefix, country)| run(&prefix, Standing::Located(country)));
    let steering =
        steering.iter().filter(|(_, prefix)| of_family(prefix)).map(|(id, prefix)| run(&prefix, id));
    let special = Partition::nested(special::overlay(family), None);
    let overrides = Partition::nested(overrides.collect(), None);
    let steering = Partition::nested(steering.collect(), None);
    let standing = special.zip(&overrides, |special, over| match special {
        Some(Standing::Wrapped) => special,
        _ => over.or(special),
    });
    standing.zip(&steering, |standing, steering| Overlay { standing, steering })
}

/// Places as they are met, numbered in that order.
pub(super) struct Survey<'a> {
    database: &'a Database,
    places: Vec<Place>,
    ids: HashMap<Place, u32>,
    /// By record, where nothing is laid over it.
    plain: Vec<Option<u32>>,
    overlaid: HashMap<(u32, Overlay), u32>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(database: &'a Database) -> Self {
        let plain = vec![None; database.records.len()];
        Self { database, places: Vec::new(), ids: HashMap::new(), plain, overlaid: HashMap::new() }
    }

    pub(super) fn place(&mut self, record: u32, overlay: Overlay) -> u32 {
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
        let place = Place { standing, subdivision, asn: written.asn, steering: overlay.steering };
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
    pub(super) fn in_order(mut self) -> (Vec<Place>, Vec<PlaceId>) {
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
    Run { first, last, value: Some(value) }
}
