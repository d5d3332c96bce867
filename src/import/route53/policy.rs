//! Routing policies as strategies.

use std::collections::BTreeMap;

use super::places::place;
use super::{GeoLocation, RecordSet};
use crate::import::draft::{Draft, Region, Service, Strategy};

/// How one set is chosen among those of its name.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Policy {
    Simple,
    Weighted(u32),
    /// By latency, of an AWS region.
    Latency(String),
    Primary,
    Secondary,
    /// A key of the `geo` strategy.
    Geo(String),
    Unknown(&'static str),
}

impl Policy {
    pub(super) fn of(set: &RecordSet) -> Self {
        match (&set.geo_location, set.failover.as_deref(), &set.region, set.weight) {
            _ if set.cidr_routing_config.is_some() => Self::Unknown("routing by CIDR collection"),
            _ if set.geo_proximity_location.is_some() => Self::Unknown("routing by geoproximity"),
            (Some(location), ..) => key(location).map_or(Self::Unknown("an empty location"), Self::Geo),
            (_, Some("PRIMARY"), ..) => Self::Primary,
            (_, Some(_), ..) => Self::Secondary,
            (_, _, Some(region), _) => Self::Latency(region.clone()),
            (.., Some(weight)) => Self::Weighted(weight),
            _ => Self::Simple,
        }
    }

    /// Defaults last, primaries first.
    fn rank(&self) -> (u8, String) {
        match self {
            Self::Geo(key) if key == "default" => (9, String::new()),
            Self::Geo(key) => (1, key.clone()),
            Self::Secondary => (2, String::new()),
            _ => (0, String::new()),
        }
    }
}

fn key(location: &GeoLocation) -> Option<String> {
    match (&location.continent_code, &location.country_code, &location.subdivision_code) {
        (_, Some(country), _) if country == "*" => Some("default".to_owned()),
        (_, Some(country), Some(part)) => Some(format!("subdivision:{country}-{part}")),
        (_, Some(country), None) => Some(format!("country:{country}")),
        (Some(continent), ..) => Some(format!("continent:{continent}")),
        _ => None,
    }
}

/// The service of a name, from its sets.
pub(super) fn service(name: &str, sets: &[RecordSet], draft: &mut Draft) {
    let mut policies: BTreeMap<&str, Policy> = BTreeMap::new();
    for set in sets {
        policies.entry(&set.set_identifier).or_insert_with(|| Policy::of(set));
    }
    let mut chosen: Vec<(&str, Policy)> = policies.into_iter().collect();
    chosen.sort_by_key(|(identifier, policy)| (policy.rank(), (*identifier).to_owned()));
    let label = name.split('.').next().unwrap_or(name);
    let mut members: Vec<(String, Policy)> = Vec::new();
    for (identifier, policy) in chosen {
        if let Policy::Geo(key) = &policy
            && key.starts_with("subdivision:")
        {
            draft.note(name, format!("{identifier}: {key} needs a city database; left out"));
            continue;
        }
        let values =
            sets.iter().filter(|set| set.set_identifier == identifier).flat_map(|set| &set.resource_records);
        let endpoints = values.filter_map(|record| record.value.parse().ok()).collect();
        let coordinates = match &policy {
            Policy::Latency(region) => place(region),
            _ => None,
        };
        let region =
            Region { name: format!("{label}-{}", word(identifier)), endpoints, coordinates, probe: None };
        members.push((draft.region(region), policy));
    }
    let ttl = sets.iter().filter_map(|set| set.ttl).min().unwrap_or(60).max(1);
    let strategy = strategy(name, &members, draft);
    let regions = members.into_iter().map(|(region, _)| region).collect();
    draft.services.push(Service { name: name.to_owned(), regions, strategy, ttl: (ttl, ttl) });
}

fn strategy(name: &str, members: &[(String, Policy)], draft: &mut Draft) -> Strategy {
    match members.first().map(|(_, policy)| policy) {
        Some(Policy::Geo(_)) => {
            let mut lists: Vec<(String, Vec<String>)> = members
                .iter()
                .filter_map(|(region, policy)| match policy {
                    Policy::Geo(key) => Some((key.clone(), vec![region.clone()])),
                    _ => None,
                })
                .collect();
            if lists.iter().all(|(key, _)| key != "default") {
                draft.note(name, "no default location: Route 53 answers others with nothing, Meridian with the first region");
                lists.push(("default".to_owned(), vec![members[0].0.clone()]));
            }
            Strategy::Geo(lists)
        }
        Some(Policy::Weighted(_)) => {
            draft.note(name, "weights are kept for each client's subnet; Route 53 draws anew for each query");
            let weights = members.iter().map(|(region, policy)| match policy {
                Policy::Weighted(weight) => (region.clone(), *weight),
                _ => (region.clone(), 0),
            });
            Strategy::Weighted(weights.collect())
        }
        Some(Policy::Latency(_)) => {
            draft.note(
                name,
                "latency: by distance to the AWS region; set strategy = \"latency\" with a table of your own",
            );
            Strategy::Nearest
        }
        _ => Strategy::Failover,
    }
}

/// An identifier as a region's name.
fn word(identifier: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    identifier.chars().map(allowed).collect()
}
