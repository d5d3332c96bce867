//! What happens when regions are lost: the load on each that remains, against its capacity, and what is left inside
//! each fence. Clients are weighed by country: its Internet users, or its measured share of queries.

use std::collections::{BTreeMap, HashMap};

use super::oracle::Holders;
use super::subject::{Level, Subject};
use super::survey::Survey;
use crate::geo::{ClassId, Country};
use crate::region::{RegionId, RegionSet};
use crate::steer::{Route, SLOTS, ServiceId, Tables};

/// How much each country counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights(BTreeMap<Country, f64>);

/// A set of regions that are lost, and what becomes of the rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Contingency {
    /// The regions that are lost.
    pub lost: Vec<RegionId>,
    /// Each that remains: its part of all clients, and its part of all capacity.
    pub loads: Vec<(RegionId, f64, f64)>,
    /// Each fence, and its regions that remain; none: its clients get the last resort.
    pub fences: Vec<(usize, Vec<RegionId>)>,
}

impl Weights {
    /// Internet users of each country.
    #[must_use]
    pub fn users() -> Self {
        Self(Country::all().map(|country| (country, country.users() as f64)).collect())
    }

    /// How much a country counts; nobody else counts.
    pub(super) fn of(&self, holders: Holders) -> f64 {
        let country = match holders.words()[..] {
            [code] => Country::from_code(code),
            _ => None,
        };
        country.and_then(|country| self.0.get(&country)).copied().unwrap_or(0.0)
    }

    /// How much all countries count together.
    pub(super) fn all(&self) -> f64 {
        self.0.values().sum::<f64>().max(f64::MIN_POSITIVE)
    }

    /// Rows `country,share`, in any unit.
    ///
    /// # Errors
    /// The number of the first line that is no such row.
    pub fn read(text: &str) -> Result<Self, usize> {
        let mut weights = BTreeMap::new();
        for (number, line) in (1_usize..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let row = line.split_once(',').and_then(|(code, share)| {
                let share: f64 =
                    share.trim().parse().ok().filter(|share: &f64| share.is_finite() && *share >= 0.0)?;
                Some((Country::from_code(code.trim())?, share))
            });
            let (country, share) = row.ok_or(number)?;
            *weights.entry(country).or_insert(0.0) += share;
        }
        Ok(Self(weights))
    }
}

/// Every set of up to `most` lost regions, smaller sets first, at most `limit` of them.
#[must_use]
pub fn lose(
    subject: &Subject<'_>,
    surveys: &[Survey],
    weights: &Weights,
    (most, limit): (usize, usize),
) -> Vec<Contingency> {
    let clients = clients(surveys, weights);
    let regions: Vec<RegionId> = (0..subject.catalog.regions.len() as u16).map(RegionId).collect();
    let mut sets: Vec<Vec<RegionId>> = vec![Vec::new()];
    let mut from = 0;
    for _ in 0..most.min(regions.len()) {
        let until = sets.len();
        for at in from..until {
            let last = sets[at].last().map_or(0, |last| last.index() + 1);
            let longer = regions[last..].iter().map(|region| [&sets[at][..], &[*region]].concat());
            let longer: Vec<_> = longer.take(limit.saturating_sub(sets.len())).collect();
            sets.extend(longer);
        }
        from = until;
    }
    sets.into_iter().map(|lost| contingency(subject, &clients, lost)).collect()
}

fn contingency(subject: &Subject<'_>, clients: &HashMap<ClassId, f64>, lost: Vec<RegionId>) -> Contingency {
    let states = subject.states(|region| if lost.contains(&region) { Level::Down } else { Level::Full });
    let mut loads = vec![0.0; subject.catalog.regions.len()];
    for service in (0..subject.catalog.services.len() as u32).map(ServiceId) {
        let Some(policy) = subject.plan.policy(service) else { continue };
        let mut tables = Tables::default();
        let mut decide = |view| (subject.decide)(view, policy.spread(), &states, &mut tables);
        let routes: Vec<Route> = policy.views().iter().map(&mut decide).collect();
        for (class, weight) in clients {
            match &routes[policy.view_of(*class)] {
                Route::One(region, _) => loads[region.index()] += weight,
                Route::Slots(slots) => {
                    slots.iter().for_each(|(region, _)| loads[region.index()] += weight / SLOTS as f64);
                }
                Route::Sink(_) => {}
            }
        }
    }
    let all: f64 = loads.iter().sum();
    let capacity: f64 = subject.catalog.regions.iter().map(|region| f64::from(region.capacity)).sum();
    let remaining = |region: &RegionId| !lost.contains(region);
    let regions = (0..).map(RegionId).zip(&subject.catalog.regions).filter(|(id, _)| remaining(id));
    let loads = regions.map(|(id, region)| {
        (id, if all > 0.0 { loads[id.index()] / all } else { 0.0 }, f64::from(region.capacity) / capacity)
    });
    let inside = |jurisdictions| {
        let inside: RegionSet = crate::steer::inside(jurisdictions, &subject.catalog.regions);
        inside.iter().filter(remaining).collect()
    };
    let fences = subject.catalog.fences.iter().enumerate();
    let (loads, fences) =
        (loads.collect(), fences.map(|(at, fence)| (at, inside(&fence.jurisdictions))).collect());
    Contingency { lost, loads, fences }
}

/// How much each class counts: a country's weight, parted among its classes by address space.
fn clients(surveys: &[Survey], weights: &Weights) -> HashMap<ClassId, f64> {
    let mut clients = HashMap::new();
    for (country, weight) in &weights.0 {
        let Some(holders) = Holders::country(country.code()) else { continue };
        let own = |survey: &Survey| {
            let of = survey.space.iter().filter(|((_, held), _)| *held == holders);
            of.map(|((class, _), quanta)| (*class, *quanta as f64)).collect::<Vec<_>>()
        };
        // IPv6 where a country has no IPv4: parts of both are in no common unit.
        let space = surveys.iter().map(own).find(|space| !space.is_empty()).unwrap_or_default();
        let all: f64 = space.iter().map(|(_, quanta)| quanta).sum();
        for (class, quanta) in space {
            *clients.entry(class).or_insert(0.0) += weight * quanta / all;
        }
    }
    clients
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measured_shares_are_read_and_a_bad_line_is_named() {
        let read = Weights::read("DE,0.5\n\nUS, 1.5\nDE,1\n").unwrap();
        let of = |code: &str| read.0.get(&Country::from_code(code).unwrap()).copied();
        assert_eq!((of("DE"), of("US"), of("FR")), (Some(1.5), Some(1.5), None));
        assert_eq!(Weights::read("DE,1\nXX,1").unwrap_err(), 2);
        assert_eq!(Weights::read("DE,-1").unwrap_err(), 1);
        assert_eq!(Weights::read("country,share").unwrap_err(), 1);
    }
}
