//! How often services with a budget are asked, and how far that has raised the least TTL of each.

use std::sync::Arc;
use std::time::Duration;

use super::World;
use super::alarm::{AlarmKind, Alarms};
use crate::catalog::Catalog;
use crate::now::Now;
use crate::steer::{Budget, Service, ServiceId, TtlBounds};

/// Bounds of every service's TTL as they are now, and what is known of those with a budget.
#[derive(Clone, Debug)]
pub(super) struct Budgets {
    bounds: Arc<[TtlBounds]>,
    loads: Vec<Load>,
}

/// What is known of a service with a budget.
#[derive(Clone, Copy, Debug)]
struct Load {
    service: ServiceId,
    budget: Budget,
    /// Queries a second; none: not told yet.
    value: Option<f64>,
    /// When its least TTL was last moved; none: never.
    moved: Option<Duration>,
}

/// How often a service with a budget is asked, and what comes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// The service's name.
    pub service: Box<str>,
    /// Queries a second above which its TTL rises.
    pub budget: u32,
    /// Queries a second as they were last told; none: not yet.
    pub load: Option<f64>,
    /// Bounds of its TTL now.
    pub bounds: TtlBounds,
    /// Whether the lower one is above the config's.
    pub raised: bool,
}

impl Asked {
    /// Says that its TTL is raised, where it is.
    pub(super) fn alarm(&self, alarms: &mut Alarms) {
        if !self.raised {
            return;
        }
        let TtlBounds { min, max } = self.bounds;
        let load = self.load.unwrap_or_default();
        let (service, budget) = (&self.service, self.budget);
        let far = if min == max { ", the maximum: a change may take as long to be seen" } else { "" };
        let what = format!(
            "{service} was asked more than its budget of {budget} queries a second, now {load:.0}: its TTL is at least {min} s{far}"
        );
        alarms.raise(AlarmKind::BudgetExceeded, &**service, what);
    }
}

impl Budgets {
    /// Nothing is known of any load.
    pub(super) fn new(catalog: &Catalog) -> Self {
        let load = |(service, of): (ServiceId, &Service)| {
            Some(Load { service, budget: of.budget?, value: None, moved: None })
        };
        Self {
            bounds: catalog.services.iter().map(|service| service.ttl).collect(),
            loads: (0..).map(ServiceId).zip(&catalog.services).filter_map(load).collect(),
        }
    }

    /// For another catalog: services that keep their name and a budget keep what is known, within their new bounds.
    pub(super) fn anew(&self, old: &Catalog, new: &Catalog) -> Self {
        let mut anew = Self::new(new);
        let mut bounds: Vec<TtlBounds> = anew.bounds.to_vec();
        for load in &mut anew.loads {
            let name = &new.services[load.service.index()].name;
            let before = old.service(name).and_then(|id| self.loads.iter().find(|load| load.service == id));
            if let Some(before) = before {
                (load.value, load.moved) = (before.value, before.moved);
                let bounds = &mut bounds[load.service.index()];
                bounds.min = self.bounds[before.service.index()].min.clamp(bounds.min, bounds.max);
            }
        }
        anew.bounds = bounds.into();
        anew
    }

    /// One a service. Shared with the pictures before, until one moves.
    pub(super) fn bounds(&self) -> Arc<[TtlBounds]> {
        Arc::clone(&self.bounds)
    }

    /// Takes in a load; whether bounds moved.
    fn take(&mut self, service: ServiceId, ttl: TtlBounds, load: f64, now: Duration) -> bool {
        let Some(known) = self.loads.iter_mut().find(|known| known.service == service) else {
            return false;
        };
        known.value = Some(load);
        let held = known.moved.map_or(Duration::MAX, |moved| now.saturating_sub(moved));
        let least = self.bounds[service.index()].min;
        let next = known.budget.step(ttl, least, load, held);
        if next != least {
            known.moved = Some(now);
            let raised = |(at, bounds): (usize, &TtlBounds)| {
                if at == service.index() { TtlBounds { min: next, ..*bounds } } else { *bounds }
            };
            self.bounds = self.bounds.iter().enumerate().map(raised).collect();
        }
        next != least
    }
}

impl World {
    /// Takes in how many queries a second a service was asked lately. Whether the picture has to be made anew.
    pub fn ask(&mut self, service: ServiceId, load: f64, now: Now) -> bool {
        let ttl = self.catalog.services.get(service.index()).map(|service| service.ttl);
        ttl.is_some_and(|ttl| self.budgets.take(service, ttl, load, now.monotonic))
    }

    /// Every service with a budget.
    pub fn asked(&self) -> impl Iterator<Item = Asked> + '_ {
        self.budgets.loads.iter().map(|load| {
            let service = &self.catalog.services[load.service.index()];
            let bounds = self.budgets.bounds[load.service.index()];
            Asked {
                service: service.name.clone(),
                budget: load.budget.0.get(),
                load: load.value,
                bounds,
                raised: bounds.min > service.ttl.min,
            }
        })
    }
}
