//! Which region serves each country now: the decision that every query gets, asked for one address a country.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::geo::{Atlas, Country, Family, Location, PlaceId};
use crate::now::Now;
use crate::region::RegionId;
use crate::snapshot::Snapshot;
use crate::steer::{FenceId, Reason, SLOTS, ServiceId};

/// An address of each country that an atlas knows, in order of code: where most of its addresses are alike, the first
/// of their longest stretch. They hold for as long as the atlas does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Samples(Vec<(Country, IpAddr)>);

impl Samples {
    /// Looks at every range: some milliseconds for the default database.
    #[must_use]
    pub fn of(atlas: &Atlas) -> Self {
        let mut found: BTreeMap<Country, IpAddr> = BTreeMap::new();
        for family in Family::BOTH {
            for (country, address) in samples(atlas, family) {
                found.entry(country).or_insert(address);
            }
        }
        Self(found.into_iter().collect())
    }
}

/// One country under one service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Served {
    /// The country.
    pub country: Country,
    /// The fences that hold its clients, in config order.
    pub fences: Box<[FenceId]>,
    /// Who answers how many of the 4096 slots, most first; none: a sink.
    pub parts: Vec<(RegionId, usize)>,
    /// Why, in the slot of the address that was asked for.
    pub reason: Reason,
}

/// Who serves each country that `samples` know.
#[must_use]
pub fn served(snapshot: &Snapshot, samples: &Samples, service: ServiceId) -> Vec<Served> {
    let one = |(country, address): &(Country, IpAddr)| served_at(snapshot, service, *country, *address);
    samples.0.iter().filter_map(one).collect()
}

fn served_at(snapshot: &Snapshot, service: ServiceId, country: Country, address: IpAddr) -> Option<Served> {
    let quantum = Family::of(address).quantum();
    let location = snapshot.locate(address, Some((address, quantum)));
    let decision = snapshot.decide(service, &location)?;
    let policy = snapshot.plan().policy(service)?;
    let view = policy.view_of(location.class);
    let route = snapshot.board(service)?.route(view);
    let candidates = policy.views()[view].candidates();
    let slots = candidates.map(|region| (region, route.slots_of(region)));
    let mut parts: Vec<(RegionId, usize)> = slots.filter(|(_, slots)| *slots > 0).collect();
    parts.sort_by_key(|(region, slots)| (SLOTS - slots, *region));
    Some(Served { country, fences: policy.views()[view].fences.clone(), parts, reason: decision.reason })
}

/// The shortest and the longest TTL that answers of `service` carry now, in seconds.
#[must_use]
pub fn lifetimes(snapshot: &Snapshot, service: ServiceId, now: Now) -> Option<(u32, u32)> {
    let board = snapshot.board(service)?;
    let bounds = snapshot.bounds(service)?;
    let views = 0..snapshot.plan().policy(service)?.views().len();
    let ttls = views.map(|view| crate::steer::ttl(bounds, board.pending(view), now.monotonic));
    let all = |ttls: Option<(u32, u32)>, ttl: u32| {
        let (least, most) = ttls.unwrap_or((ttl, ttl));
        Some((least.min(ttl), most.max(ttl)))
    };
    ttls.fold(None, all)
}

/// What is alike of one country: how many addresses, and the longest stretch of them.
#[derive(Clone, Copy)]
struct Alike {
    addresses: u128,
    longest: u128,
    first: IpAddr,
}

fn samples(atlas: &Atlas, family: Family) -> BTreeMap<Country, IpAddr> {
    let mut places: BTreeMap<PlaceId, Alike> = BTreeMap::new();
    for (first, last, location) in atlas.ranges(family) {
        let Location::Pure(place) = atlas.location(location) else { continue };
        if atlas.place(place).standing.country().is_some() {
            let length = number(last).saturating_sub(number(first)).saturating_add(1);
            let alike = places.entry(place).or_insert(Alike { addresses: 0, longest: 0, first });
            alike.addresses = alike.addresses.saturating_add(length);
            if length > alike.longest {
                (alike.longest, alike.first) = (length, first);
            }
        }
    }
    let mut most: BTreeMap<Country, Alike> = BTreeMap::new();
    for (place, alike) in places {
        let Some(country) = atlas.place(place).standing.country() else { continue };
        let held = most.entry(country).or_insert(alike);
        if alike.addresses > held.addresses {
            *held = alike;
        }
    }
    most.into_iter().map(|(country, alike)| (country, alike.first)).collect()
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Database, Detail, Gate, Steering};

    #[test]
    fn every_country_of_a_database_has_an_address_in_it() {
        let bytes = include_bytes!("../../tests/data/maxmind-test/GeoIP2-Country-Test.mmdb");
        let database = Database::read(bytes, Detail::default(), Gate::FIXTURE).unwrap();
        let overridden = ("198.51.100.0/24".parse().unwrap(), Country::from_code("DE").unwrap());
        let atlas = Atlas::compile(&database, &[overridden], Steering::default());
        let Samples(samples) = Samples::of(&atlas);
        assert!(samples.len() > 20, "{samples:?}");
        for (country, address) in samples {
            let members = atlas.members(address, 128);
            let places: Vec<_> = members.iter().map(|member| atlas.place(member.place).standing).collect();
            assert!(
                places.iter().all(|place| place.country() == Some(country)),
                "{country} {address} {places:?}"
            );
        }
    }
}
