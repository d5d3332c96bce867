//! The strategy's order: every region of a service, best first, for one place. Fences and health come later.

use std::cmp::Reverse;

use super::latency::RoundTrip;
use super::service::{GeoKey, GeoLists, Service, Strategy};
use crate::client::Prefix;
use crate::geo::{Country, Place, Steering, Subdivision};
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

impl Whereabouts {
    /// What is known of a place.
    #[must_use]
    pub fn of(place: &Place, steering: &Steering) -> Self {
        let holding = std::iter::successors(place.steering, |id| steering.parent(*id));
        Self {
            country: place.standing.country(),
            subdivision: place.subdivision,
            asn: place.asn,
            prefixes: holding.map(|id| steering.prefix(id)).collect(),
        }
    }
}

/// Every region of `service`, best first for a client at `place`; ties keep the service's own order.
#[must_use]
pub fn order(service: &Service, regions: &[Region], place: &Whereabouts) -> Vec<RegionId> {
    match &service.strategy {
        Strategy::Failover | Strategy::Weighted(_) => service.regions.clone(),
        Strategy::Nearest => closest(service, |id| biased_distance(regions.get(id.index())?, place.country)),
        Strategy::Latency(latencies) => closest(service, |id| {
            let region = regions.get(id.index())?;
            latencies.round_trip(id, region, place).map(RoundTrip::milliseconds)
        }),
        Strategy::Geo(lists) => listed(service, lists.list(place)),
    }
}

/// Distance that `nearest` compares, in kilometres divided by the region's bias; none where either end is unknown.
#[must_use]
pub fn biased_distance(region: &Region, country: Option<Country>) -> Option<f64> {
    let distance = country?.centroid()?.distance_km(region.coordinates?);
    Some(distance / region.bias)
}

/// Least first; what is not known comes last.
fn closest(service: &Service, far: impl Fn(RegionId) -> Option<f64>) -> Vec<RegionId> {
    let far = |id: &RegionId| far(*id).unwrap_or(f64::INFINITY);
    let mut order = service.regions.clone();
    order.sort_by(|a, b| far(a).total_cmp(&far(b)));
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
        self.rule(place).map_or(&self.default, |at| &self.rules[at].1)
    }

    /// Position of the rule with the most specific key that `place` matches; none: the default decides.
    #[must_use]
    pub fn rule(&self, place: &Whereabouts) -> Option<usize> {
        let matching = self.rules.iter().enumerate().filter(|(_, (key, _))| key.matches(place));
        matching.min_by_key(|(_, (key, _))| key.specificity()).map(|(at, _)| at)
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

#[cfg(test)]
mod tests {
    use super::super::latency::{Latencies, LatencyKey};
    use super::super::small::{self, service};
    use super::*;
    use crate::geo::{Continent, Coordinates};

    fn region(name: &str, latitude: f64, longitude: f64) -> Region {
        Region { coordinates: Coordinates::new(latitude, longitude).ok(), ..small::region(name, "X") }
    }

    fn regions() -> [Region; 3] {
        [region("us", 38.95, -77.45), region("eu", 50.11, 8.68), region("sg", 1.35, 103.82)]
    }

    fn place(code: &str) -> Whereabouts {
        Whereabouts { country: Country::from_code(code), ..Whereabouts::default() }
    }

    fn ids(order: &[RegionId]) -> Vec<u16> {
        order.iter().map(|id| id.0).collect()
    }

    #[test]
    fn nearest_is_by_distance_and_a_bias_reaches_further() {
        let mut regions = regions();
        let nearest = service(Strategy::Nearest);
        assert_eq!(ids(&order(&nearest, &regions, &place("DE"))), [1, 0, 2]);
        assert_eq!(ids(&order(&nearest, &regions, &place("JP"))), [2, 1, 0]);
        assert_eq!(ids(&order(&nearest, &regions, &Whereabouts::default())), [0, 1, 2], "as listed");
        regions[0].bias = 100.0;
        assert_eq!(ids(&order(&nearest, &regions, &place("DE"))), [0, 1, 2]);
    }

    #[test]
    fn a_measured_round_trip_outranks_distance_and_a_prefix_its_country() {
        let office: Prefix = "198.18.7.0/24".parse().unwrap();
        let mut latencies = Latencies::default();
        let germany = Country::from_code("DE").unwrap();
        assert!(latencies.insert(LatencyKey::Country(germany), RegionId(2), 1.0));
        assert!(latencies.insert(LatencyKey::Prefix(office), RegionId(0), 0.5));
        assert!(!latencies.insert(LatencyKey::Prefix(office), RegionId(0), 0.6), "one row each");
        let regions = regions();
        let trip = |id: u16, place: &Whereabouts| {
            latencies.round_trip(RegionId(id), &regions[usize::from(id)], place)
        };
        assert_eq!(trip(2, &place("DE")), Some(RoundTrip::Measured(1.0)));
        assert!(
            matches!(trip(0, &place("DE")), Some(RoundTrip::Estimated(ms)) if (80.0..130.0).contains(&ms))
        );
        assert_eq!(trip(0, &Whereabouts::default()), None);
        let there = Whereabouts { prefixes: vec![office], ..place("DE") };
        let service = service(Strategy::Latency(latencies.clone()));
        assert_eq!(ids(&order(&service, &regions, &place("DE"))), [2, 1, 0]);
        assert_eq!(ids(&order(&service, &regions, &there)), [0, 2, 1]);
        assert_eq!(ids(&order(&service, &regions, &place("FR"))), [1, 0, 2], "nobody measured: by distance");
    }

    #[test]
    fn the_most_specific_geo_key_decides() {
        let germany = Country::from_code("DE").unwrap();
        let group = |name: &str, codes: &[&str]| {
            GeoKey::Group(name.into(), codes.iter().filter_map(|code| Country::from_code(code)).collect())
        };
        let office: Prefix = "198.18.7.0/24".parse().unwrap();
        let lists = GeoLists {
            rules: vec![
                (GeoKey::Continent(Continent::Europe), vec![RegionId(0)]),
                (group("@large", &["DE", "FR", "IT"]), vec![RegionId(1)]),
                (group("@small", &["DE", "FR"]), vec![RegionId(2)]),
                (GeoKey::Country(germany), vec![RegionId(1), RegionId(2)]),
                (GeoKey::Asn(64500), vec![RegionId(2), RegionId(0)]),
                (GeoKey::Prefix(office), vec![RegionId(0), RegionId(2)]),
            ],
            default: vec![RegionId(2)],
        };
        let rule = |place: &Whereabouts| lists.rule(place);
        assert_eq!(rule(&place("PL")), Some(0));
        assert_eq!(rule(&place("IT")), Some(1));
        assert_eq!(rule(&place("FR")), Some(2));
        assert_eq!(rule(&place("DE")), Some(3));
        let member = Whereabouts { asn: Some(64500), ..place("DE") };
        assert_eq!(rule(&member), Some(4));
        assert_eq!(rule(&Whereabouts { prefixes: vec![office], ..member }), Some(5));
        assert_eq!(rule(&place("US")), None);
        let order = order(&service(Strategy::Geo(lists)), &regions(), &place("DE"));
        assert_eq!(ids(&order), [1, 2, 0], "what a list leaves out comes behind it");
    }
}
