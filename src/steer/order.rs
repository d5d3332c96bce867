//! The strategy's order: every region of a service, best first, for one place. Fences and health come later.

use std::cmp::Reverse;

use super::service::{GeoKey, GeoLists, Service, Strategy};
use crate::client::Prefix;
use crate::geo::{Country, Subdivision};
use crate::region::{Region, RegionId};

/// What a strategy may know of a client.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whereabouts {
    /// The country, where it is known.
    pub country: Option<Country>,
    /// Its subdivision, where the database tells.
    pub subdivision: Option<Subdivision>,
    /// The autonomous system, where the database tells.
    pub asn: Option<u32>,
    /// The prefixes of geo keys that contain the client.
    pub prefixes: Vec<Prefix>,
}

/// Every region of `service`, best first for a client at `place`; ties keep the service's own order.
#[must_use]
pub fn order(service: &Service, regions: &[Region], place: &Whereabouts) -> Vec<RegionId> {
    match &service.strategy {
        Strategy::Failover | Strategy::Weighted(_) => service.regions.clone(),
        Strategy::Nearest => nearest(service, regions, place.country),
        Strategy::Geo(lists) => listed(service, lists.list(place)),
    }
}

/// Distance that `nearest` compares, in kilometres divided by the region's bias; none where either end is unknown.
#[must_use]
pub fn biased_distance(region: &Region, country: Option<Country>) -> Option<f64> {
    let distance = country?.centroid()?.distance_km(region.coordinates?);
    Some(distance / region.bias)
}

fn nearest(service: &Service, regions: &[Region], country: Option<Country>) -> Vec<RegionId> {
    let distance = |id: &RegionId| {
        regions.get(id.index()).and_then(|region| biased_distance(region, country)).unwrap_or(f64::INFINITY)
    };
    let mut order = service.regions.clone();
    order.sort_by(|a, b| distance(a).total_cmp(&distance(b)));
    order
}

/// The listed regions, then those the list leaves out, so that a list never makes an answer poorer.
fn listed(service: &Service, list: &[RegionId]) -> Vec<RegionId> {
    let left_out = service.regions.iter().filter(|region| !list.contains(region));
    list.iter().chain(left_out).copied().collect()
}

impl GeoLists {
    /// The list of the most specific key that `place` matches.
    #[must_use]
    pub fn list(&self, place: &Whereabouts) -> &[RegionId] {
        self.rules
            .iter()
            .filter(|(key, _)| key.matches(place))
            .min_by_key(|(key, _)| key.specificity())
            .map_or(&self.default, |(_, list)| list)
    }
}

impl GeoKey {
    fn matches(&self, place: &Whereabouts) -> bool {
        match self {
            Self::Prefix(prefix) => place.prefixes.contains(prefix),
            Self::Asn(asn) => place.asn == Some(*asn),
            Self::Subdivision(subdivision) => place.subdivision == Some(*subdivision),
            Self::Country(country) => place.country == Some(*country),
            Self::Group(_, members) => place.country.is_some_and(|country| members.contains(&country)),
            Self::Continent(continent) => {
                place.country.is_some_and(|country| country.continent() == *continent)
            }
        }
    }

    /// Smaller is more specific: the contract's order of kinds, then the longest prefix or the smallest group.
    fn specificity(&self) -> (u8, Reverse<u8>, usize) {
        match self {
            Self::Prefix(prefix) => (0, Reverse(prefix.length()), 0),
            Self::Asn(_) => (1, Reverse(0), 0),
            Self::Subdivision(_) => (2, Reverse(0), 0),
            Self::Country(_) => (3, Reverse(0), 0),
            Self::Group(_, members) => (4, Reverse(0), members.len()),
            Self::Continent(_) => (5, Reverse(0), 0),
        }
    }
}
