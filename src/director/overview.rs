//! What the page shows: the status, who serves each country, and how often each service is asked, which budgets go by.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use super::start::Director;
use crate::admin::{CountryView, FenceView, Overview, Refusal, RegionView, ServiceView};
use crate::answer::{self, Samples};
use crate::catalog::Catalog;
use crate::metrics::{ANSWERS, Total};
use crate::now::Now;
use crate::snapshot::Snapshot;
use crate::steer::{SLOTS, Service, ServiceId, Strategy};

/// What is kept between two looks.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Addresses to ask for, and the generation of the config that they hold for.
    samples: Option<(u64, Arc<Samples>)>,
    rates: Rates,
}

/// How often each decision was given lately.
#[derive(Debug, Default)]
struct Rates {
    /// When the counters were last read, and what they had reached.
    last: Option<(Duration, Vec<Total<3>>)>,
    /// Answers a second, by service, region and reason.
    per_second: Vec<(Total<3>, f64)>,
}

impl Rates {
    /// Takes in what the counters have reached; whether there is a rate.
    fn read(&mut self, totals: Vec<Total<3>>, now: Duration) -> bool {
        if let Some((then, before)) = &self.last {
            let passed = now.saturating_sub(*then).as_secs_f64().max(f64::MIN_POSITIVE);
            let reached = |total: &Total<3>| {
                before.iter().find(|old| old.labels == total.labels).map_or(0.0, |old| old.value)
            };
            let rate = |total: &Total<3>| (total.clone(), (total.value - reached(total)).max(0.0) / passed);
            self.per_second = totals.iter().map(rate).collect();
        }
        self.last.replace((now, totals)).is_some()
    }

    /// Answers a second whose label at `position` is `value`.
    fn of(&self, position: usize, value: &str) -> f64 {
        let those = self.per_second.iter().filter(|(total, _)| total.labels[position] == value);
        those.map(|(_, rate)| rate).sum()
    }
}

impl Director {
    /// Once a second, where there is a page or a budget: now and then reads how often decisions were given. Whether a
    /// TTL moved for it.
    pub(super) fn watch_rates(&mut self, now: Now) -> bool {
        let due = self.figures.rates.last.as_ref().is_none_or(|(then, _)| now.monotonic >= *then + EVERY);
        let catalog = Arc::clone(self.world.catalog());
        let services = (0..).map(ServiceId).zip(&catalog.services);
        let mut budgets = services.filter(|(_, service)| service.budget.is_some()).peekable();
        if !due || (self.web.is_none() && budgets.peek().is_none()) {
            return false;
        }
        let rates = &mut self.figures.rates;
        if !rates.read(self.exposition.totals(&ANSWERS), now.monotonic) {
            return false;
        }
        let world = &mut self.world;
        budgets.fold(false, |moved, (id, service)| world.ask(id, rates.of(0, &service.name), now) || moved)
    }

    /// All that the page shows, with the map of `service`.
    pub(super) fn overview(&mut self, service: Option<&str>) -> Result<Overview, Refusal> {
        let snapshot = self.snapshots.load_full();
        let catalog = snapshot.catalog();
        let mapped = match service {
            Some(name) => Some(catalog.service(name).ok_or_else(|| unknown(catalog, name))?),
            None => (!catalog.services.is_empty()).then_some(ServiceId(0)),
        };
        let now = self.clock.now();
        let countries = mapped.map(|mapped| self.countries(&snapshot, mapped)).unwrap_or_default();
        let (rates, users) = (&self.figures.rates, users(&countries, catalog.regions.len()));
        Ok(Overview {
            status: self.status(),
            regions: catalog
                .regions
                .iter()
                .zip(users)
                .map(|(region, users)| RegionView {
                    jurisdiction: region.jurisdiction.0.clone(),
                    coordinates: region.coordinates,
                    capacity: region.capacity,
                    users,
                    rate: rates.of(1, &region.name),
                })
                .collect(),
            services: (0..)
                .map(ServiceId)
                .zip(&catalog.services)
                .map(|(id, service)| ServiceView {
                    name: service.name.clone(),
                    strategy: strategy(service),
                    regions: service.regions.iter().map(|region| region.index()).collect(),
                    bounds: (service.ttl.min, service.ttl.max),
                    ttl: answer::lifetimes(&snapshot, id, now).unwrap_or((service.ttl.min, service.ttl.max)),
                    rate: rates.of(0, &service.name),
                })
                .collect(),
            fences: catalog
                .fences
                .iter()
                .map(|fence| FenceView {
                    name: fence.name.clone(),
                    jurisdictions: fence.jurisdictions.iter().map(|one| one.0.clone()).collect(),
                })
                .collect(),
            mapped: mapped.map(ServiceId::index),
            countries,
        })
    }

    fn countries(&mut self, snapshot: &Snapshot, service: ServiceId) -> Vec<CountryView> {
        let samples = match &self.figures.samples {
            Some((generation, samples)) if *generation == snapshot.generation() => Arc::clone(samples),
            _ => {
                let samples = Arc::new(Samples::of(&snapshot.catalog().atlas));
                self.figures.samples = Some((snapshot.generation(), Arc::clone(&samples)));
                samples
            }
        };
        let part = |slots: usize| slots as f64 / SLOTS as f64;
        let served = answer::served(snapshot, &samples, service).into_iter();
        served
            .map(|served| CountryView {
                country: served.country,
                fences: served.fences.iter().map(|fence| fence.index()).collect(),
                parts: served.parts.iter().map(|(region, slots)| (region.index(), part(*slots))).collect(),
                reason: served.reason,
            })
            .collect()
    }

    /// The newest events, for the page.
    pub(super) fn recent(
        &mut self,
        limit: u32,
        reply: oneshot::Sender<Result<Vec<crate::world::StampedEvent>, Refusal>>,
    ) {
        let store = self.record.store();
        self.reads.spawn(async move {
            let events = match store {
                Some(store) => {
                    store.newest_events(limit).await.map_err(|error| Refusal::Store(error.to_string()))
                }
                None => Ok(Vec::new()),
            };
            let _asker_left = reply.send(events);
        });
    }
}

/// The part of all users that each region serves.
fn users(countries: &[CountryView], regions: usize) -> Vec<f64> {
    let all: f64 = countries.iter().map(|one| one.country.users() as f64).sum();
    let mut users = vec![0.0; regions];
    for one in countries {
        for (region, part) in &one.parts {
            users[*region] += one.country.users() as f64 * part / all.max(1.0);
        }
    }
    users
}

fn unknown(catalog: &Catalog, name: &str) -> Refusal {
    let names: Vec<&str> = catalog.services.iter().map(|service| &*service.name).collect();
    let steered = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Refusal::Unknown(format!("{name} is not steered; the steered names are {steered}"))
}

const fn strategy(service: &Service) -> &'static str {
    match service.strategy {
        Strategy::Nearest => "nearest",
        Strategy::Geo(_) => "geo",
        Strategy::Latency(_) => "latency",
        Strategy::Failover => "failover",
        Strategy::Weighted(_) => "weighted",
    }
}

/// Between two readings of the counters.
const EVERY: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn total(service: &str, region: &str, value: f64) -> Total<3> {
        Total { labels: [service, region, "preferred"].map(str::to_owned), value }
    }

    #[test]
    fn a_rate_is_what_was_added_between_two_readings() {
        let mut rates = Rates::default();
        rates.read(vec![total("a", "x", 100.0)], Duration::from_secs(1));
        assert_eq!(rates.of(0, "a"), 0.0, "one reading says nothing of a rate");
        rates.read(vec![total("a", "x", 150.0), total("a", "y", 5.0)], Duration::from_secs(6));
        assert_eq!((rates.of(0, "a"), rates.of(1, "x"), rates.of(1, "y")), (11.0, 10.0, 1.0));
    }
}
