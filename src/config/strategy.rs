//! `services.S.strategy` and what it goes by: weights, geo lists, round trips, coordinates.

use super::countries::Groups;
use super::declared::Declared;
use super::geo::{self, Geography};
use super::item::Item;
use super::latency;
use super::reading::Reading;
use super::section::Section;
use crate::region::{Region, RegionId};
use crate::steer::Strategy;

/// The regions of one service, and all there are.
pub(super) struct Candidates<'r, 'a> {
    /// The service's own, in file order; none: the list is broken, and that was said.
    pub own: Option<&'r [RegionId]>,
    /// Every region.
    pub declared: &'r Declared<'a, Region>,
    /// Named groups of countries.
    pub groups: &'r Groups,
    /// Where tables of round trips are.
    pub files: &'r Reading<'r>,
}

impl<'a> Candidates<'_, 'a> {
    /// The region of the service that `name` means; none: it is none, and that was said.
    pub(super) fn refer(&self, item: &Item<'a>, name: &str) -> Option<RegionId> {
        let region = RegionId(self.declared.refer(item, name)? as u16);
        let ours = self.own.is_none_or(|own| own.contains(&region));
        if !ours {
            item.refuse(format_args!("region {name:?} is none of this service's; a region of its `regions`"));
        }
        ours.then_some(region)
    }

    /// The region that another file means by `name`: none, if it is another service's; or what is wrong with it.
    pub(super) fn find(&self, name: &str) -> Result<Option<RegionId>, String> {
        let position = self.declared.position(name);
        let region = position.map(|position| RegionId(position as u16));
        match region {
            None => Err(self.declared.absence(name)),
            Some(region) => Ok(Some(region).filter(|region| self.own.is_none_or(|own| own.contains(region)))),
        }
    }
}

/// Reads the keys `strategy`, `weights`, `geo` and `latency` of a service.
pub(super) fn read<'a>(
    section: &mut Section<'a>,
    candidates: &Candidates<'_, 'a>,
    geography: &mut Geography<'a>,
) -> Option<Strategy> {
    let kind = section.need("strategy", |item| kind(item, candidates));
    let weights = section.maybe("weights", |item| weights(item, candidates));
    let lists = section.maybe("geo", |item| geo::read(item.table()?, candidates, geography));
    let round_trips = section.maybe("latency", |item| latency::read(item, candidates, geography));
    for (key, owner) in [("weights", Kind::Weighted), ("geo", Kind::Geo), ("latency", Kind::Latency)] {
        if kind.is_some_and(|kind| kind != owner) {
            section.refuse_present(
                key,
                format_args!("only the strategy \"{}\" goes by it; leave it out", owner.word()),
            );
        }
    }
    match kind? {
        Kind::Nearest => Some(Strategy::Nearest),
        Kind::Failover => Some(Strategy::Failover),
        Kind::Weighted => {
            section.present("weights", weights, "the strategy \"weighted\"").map(Strategy::Weighted)
        }
        Kind::Geo => section.present("geo", lists, "the strategy \"geo\"").map(Strategy::Geo),
        Kind::Latency => {
            section.present("latency", round_trips, "the strategy \"latency\"").map(Strategy::Latency)
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nearest,
    Geo,
    Failover,
    Weighted,
    Latency,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Nearest, Self::Geo, Self::Failover, Self::Weighted, Self::Latency];

    const fn word(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Geo => "geo",
            Self::Failover => "failover",
            Self::Weighted => "weighted",
            Self::Latency => "latency",
        }
    }
}

fn kind(item: &Item<'_>, candidates: &Candidates<'_, '_>) -> Option<Kind> {
    let kind = item.choice(&Kind::ALL.map(|kind| (kind.word(), kind)))?;
    if kind == Kind::Nearest {
        refuse_missing_coordinates(item, candidates);
    }
    Some(kind)
}

fn refuse_missing_coordinates(item: &Item<'_>, candidates: &Candidates<'_, '_>) {
    let own = candidates.own.unwrap_or_default().iter();
    let nowhere: Vec<_> = own
        .filter_map(|id| candidates.declared.value(id.index()))
        .filter(|region| region.coordinates.is_none())
        .map(|region| format!("regions.{}", region.name))
        .collect();
    if !nowhere.is_empty() {
        item.refuse(format_args!(
            "\"nearest\" without coordinates in {}; coordinates = [latitude, longitude] in each region",
            nowhere.join(", ")
        ));
    }
}

/// One weight a region, in the service's order; a region without one has 1.
fn weights<'a>(item: &Item<'a>, candidates: &Candidates<'_, 'a>) -> Option<Vec<u32>> {
    let mut named = Vec::new();
    let mut valid = true;
    for (name, item) in item.table()?.entries() {
        let (region, weight) = (candidates.refer(&item.at_key(), name), item.integer(0..=MOST_WEIGHT));
        valid &= region.is_some() && weight.is_some();
        named.extend(region.zip(weight));
    }
    let weight = |id: &RegionId| named.iter().find(|(named, _)| named == id).map_or(1, |(_, weight)| *weight);
    let weights: Vec<u32> = candidates.own?.iter().map(weight).collect();
    if valid && weights.iter().all(|weight| *weight == 0) {
        item.refuse("every region of the service has the weight 0; at least one above 0");
    }
    valid.then_some(weights)
}

const MOST_WEIGHT: u64 = 65_535;
