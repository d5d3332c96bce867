//! What is proven about: the compiled policy, and the very functions that a query's answer comes from.

use crate::catalog::Catalog;
use crate::geo::{Located, SetId, Table};
use crate::region::{RegionId, RegionSet};
use crate::steer::{self, Plan, Rejection, Route, SLOTS, ServiceId, Spread, State, Tables, View};

/// A policy as it would be served.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// The config as used.
    pub catalog: &'a Catalog,
    /// The config as compiled.
    pub plan: &'a Plan,
    /// The decision; tests put a broken one here and expect to be told.
    pub(super) decide: fn(&View, &Spread, &[State], &mut Tables) -> Route,
    /// The scope; likewise.
    pub(super) scope: fn(&Table, &Located, &dyn Fn(SetId) -> bool) -> u8,
}

/// A region's state, as far as an answer can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Level {
    /// An operator took it out.
    Drained,
    /// An operator forced it down.
    ForcedDown,
    /// The probes say down.
    Down,
    /// Up, with a weight of 0.
    Weightless,
    /// Up, and held back: it comes only where nothing else is up.
    Held,
    /// Up, with a part of its share.
    Reduced,
    /// Up, with all of its share; also what a region forced up is.
    Full,
}

impl Level {
    #[cfg(test)]
    pub(super) const ALL: [Self; 7] = [
        Self::Drained,
        Self::ForcedDown,
        Self::Down,
        Self::Weightless,
        Self::Held,
        Self::Reduced,
        Self::Full,
    ];

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Drained => "drained",
            Self::ForcedDown => "forced down",
            Self::Down => "down",
            Self::Weightless => "weight 0",
            Self::Held => "held",
            Self::Reduced => "weight 30",
            Self::Full => "up",
        }
    }

    pub(super) const fn state(self, seed: u64) -> State {
        let (rejection, weight) = match self {
            Self::Drained => (Some(Rejection::Drained), 100),
            Self::ForcedDown => (Some(Rejection::ForcedDown), 100),
            Self::Down => (Some(Rejection::Down), 100),
            Self::Weightless => (None, 0),
            Self::Held => (Some(Rejection::Held), 100),
            Self::Reduced => (None, 30),
            Self::Full => (None, 100),
        };
        State { rejection, weight, share: SLOTS as u16, seed }
    }
}

impl<'a> Subject<'a> {
    /// The policy with the functions that serve.
    #[must_use]
    pub fn new(catalog: &'a Catalog, plan: &'a Plan) -> Self {
        let scope =
            |table: &Table, located: &Located, uniform: &dyn Fn(SetId) -> bool| table.scope(located, uniform);
        Self { catalog, plan, decide: steer::decide_with, scope }
    }

    /// The states of all regions, where `level` says each one's.
    pub(super) fn states(&self, level: impl Fn(RegionId) -> Level) -> Vec<State> {
        let regions = (0..).map(RegionId).zip(&self.catalog.regions);
        regions.map(|(id, region)| level(id).state(steer::seed(&region.name))).collect()
    }

    pub(super) fn region(&self, region: RegionId) -> &str {
        self.catalog.regions.get(region.index()).map_or("?", |region| &region.name)
    }

    pub(super) fn service(&self, service: ServiceId) -> &str {
        &self.catalog.services[service.index()].name
    }

    /// The names of regions, in words.
    pub(super) fn names(&self, regions: &RegionSet) -> String {
        let names: Vec<&str> = regions.iter().map(|region| self.region(region)).collect();
        if names.is_empty() { "no region".to_owned() } else { names.join(", ") }
    }
}
