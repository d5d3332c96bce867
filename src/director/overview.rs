//! What the page shows: the status, who serves each country, and how often each service is asked.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::rates::Rates;
use super::start::Director;
use crate::admin::{CountryView, FenceView, Overview, Refusal, RegionView, ServiceView};
use crate::answer::{self, Samples};
use crate::catalog::Catalog;
use crate::snapshot::Snapshot;
use crate::steer::{SLOTS, Service, ServiceId, Strategy};

/// What is kept between two looks.
#[derive(Debug, Default)]
pub(super) struct Figures {
    /// Addresses to ask for, and the generation of the config that they hold for.
    samples: Option<(u64, Arc<Samples>)>,
    pub(super) rates: Rates,
}

impl Director {
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
                    rate: rates.of_region(&region.name),
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
                    rate: rates.of_service(&service.name),
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
