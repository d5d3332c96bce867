//! Change → World → Snapshot: one owner of everything that moves. Pure: time, evidence and orders arrive as arguments.
//!
//! The director applies changes one after the other and then asks for a snapshot; what did not change is shared with
//! the snapshot before.

mod conditions;
mod event;
mod overrides;
mod publish;
mod refusal;
mod safety;
mod stamped;
mod status;

pub use event::{Event, Evidence, Holds};
pub use overrides::{Override, OverrideKind, Place, Sort};
pub use publish::Supposed;
pub use refusal::Refusal;
pub use stamped::StampedEvent;
pub use status::{EndpointStatus, LayerStatus, RegionStatus, Status};

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::catalog::Catalog;
use crate::health::{Effect, Observation, ProbePlan, RegionHealth, Step, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId};
use crate::snapshot::Snapshot;
use crate::steer::{Plan, PlanError};

/// Everything that changes, and the last snapshot made of it.
#[derive(Debug)]
pub struct World {
    catalog: Arc<Catalog>,
    plan: Arc<Plan>,
    generation: u64,
    /// One for each region of the catalog.
    health: Vec<RegionHealth>,
    overrides: Vec<Override>,
    started: u64,
    last: Option<Arc<Snapshot>>,
    /// Services, and the fences inside which they are at their last resort.
    last_resorts: BTreeSet<(Box<str>, Box<str>)>,
}

/// A catalog with its policy compiled: all that can fail in a load is behind it.
#[derive(Debug)]
pub struct Compiled {
    catalog: Catalog,
    plan: Plan,
}

impl Compiled {
    /// Compiles; takes some tens of milliseconds with a whole database.
    pub fn new(catalog: Catalog) -> Result<Self, PlanError> {
        let plan = Plan::new(&catalog.sources())?;
        Ok(Self { catalog, plan })
    }

    /// What was compiled.
    #[must_use]
    pub const fn catalog(&self) -> &Catalog {
        &self.catalog
    }
}

/// What an observation did.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Whether a verdict or a doubt changed, and with it what is answered or for how long.
    pub moved: bool,
    /// What flipped.
    pub events: Vec<Event>,
}

/// What outlives a process: brought back by the store at a start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Overrides whose end may have passed meanwhile.
    pub overrides: Vec<Override>,
    /// The last verdicts.
    pub verdicts: Vec<KeptVerdict>,
}

/// The verdict of one endpoint as it was last known.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptVerdict {
    /// The region's name.
    pub region: Box<str>,
    /// The endpoint's address.
    pub endpoint: std::net::IpAddr,
    /// What was held.
    pub verdict: Verdict,
    /// Unix seconds since which the region's verdict held.
    pub since: u64,
}

impl World {
    /// A world as a process finds it at its start.
    #[must_use]
    pub fn new(compiled: Compiled, kept: Kept, now: Now) -> Self {
        let Compiled { catalog, plan } = compiled;
        let health = catalog.regions.iter().map(|region| revive(region, &kept.verdicts, now)).collect();
        let mut world = Self {
            catalog: Arc::new(catalog),
            plan: Arc::new(plan),
            generation: 1,
            health,
            overrides: kept.overrides,
            started: now.unix,
            last: None,
            last_resorts: BTreeSet::new(),
        };
        world.overrides.retain(|held| held.until > now.unix);
        world
    }

    /// The config as used.
    #[must_use]
    pub fn catalog(&self) -> &Arc<Catalog> {
        &self.catalog
    }

    /// How many pairs of service and fence are at their last resort in the last snapshot.
    #[must_use]
    pub fn last_resorts(&self) -> usize {
        self.last_resorts.len()
    }

    /// Overrides that hold.
    #[must_use]
    pub fn overrides(&self) -> &[Override] {
        &self.overrides
    }

    /// What is held about a region.
    #[must_use]
    pub fn health(&self, region: RegionId) -> Option<&RegionHealth> {
        self.health.get(region.index())
    }

    /// Takes in one observation. None: it names nothing that is probed.
    pub fn observe(&mut self, seen: &Observation, now: Now) -> Option<Observed> {
        let region = self.catalog.regions.get(seen.region.index())?;
        let plan = self.catalog.plans.get(region.plan?)?;
        let health = self.health.get_mut(seen.region.index())?;
        let effect = health.observe(seen, plan, now)?;
        let rounds = if effect.endpoint_was == Verdict::Down { plan.rise } else { plan.fall };
        let evidence = Evidence { layer: seen.layer, fault: seen.result.err(), rounds };
        let moved = effect.endpoint != Step::Same;
        Some(Observed { moved, events: transitions(region, health, seen, effect, evidence) })
    }

    /// Takes in the one round that comes before the first answer, when nothing is kept: its results decide at once.
    pub fn observe_first(&mut self, seen: &[Observation], now: Now) {
        for seen in seen {
            let plan = self.catalog.regions.get(seen.region.index()).and_then(|region| region.plan);
            let Some(plan) = plan.and_then(|plan| self.catalog.plans.get(plan)) else {
                continue;
            };
            let at_once = ProbePlan { rise: 1, fall: 1, ..plan.clone() };
            if let Some(health) = self.health.get_mut(seen.region.index()) {
                health.observe(seen, &at_once, now);
            }
        }
    }

    /// Takes an operator's word, in place of an earlier one of the same kind. Check it with [`World::judge`] first.
    pub fn impose(&mut self, order: Override) {
        self.overrides.retain(|held| !held.same_place(&order));
        self.overrides.push(order);
    }

    /// Takes an operator's word back; none when there is no such override.
    pub fn lift(&mut self, place: &Place) -> Option<Override> {
        let at = self.overrides.iter().position(|held| held.place() == *place)?;
        Some(self.overrides.remove(at))
    }

    /// Ends the overrides whose time has come.
    pub fn expire(&mut self, now: Now) -> Vec<Override> {
        self.overrides.extract_if(.., |held| held.until <= now.unix).collect()
    }

    /// Replaces the config; evidence about endpoints that stay is kept.
    pub fn reload(&mut self, compiled: Compiled, now: Now) -> Event {
        let Compiled { catalog, plan } = compiled;
        let kept = self.verdicts();
        self.health = catalog
            .regions
            .iter()
            .map(|region| match self.unchanged(region, &catalog) {
                Some(health) => health.clone(),
                None => revive(region, &kept, now),
            })
            .collect();
        let config_sha256 = catalog.config_sha256.clone();
        self.catalog = Arc::new(catalog);
        self.plan = Arc::new(plan);
        self.generation += 1;
        Event::Reloaded { config_sha256 }
    }

    /// Every endpoint's verdict, for the store.
    #[must_use]
    pub fn verdicts(&self) -> Vec<KeptVerdict> {
        let of_region = |(region, health): (&Region, &RegionHealth)| {
            let verdict =
                |(endpoint, held): (&std::net::IpAddr, &crate::health::EndpointHealth)| KeptVerdict {
                    region: region.name.clone(),
                    endpoint: *endpoint,
                    verdict: held.verdict(),
                    since: health.since(),
                };
            region.endpoints.iter().zip(health.endpoints()).map(verdict).collect::<Vec<_>>()
        };
        self.catalog.regions.iter().zip(&self.health).flat_map(of_region).collect()
    }

    /// The evidence about a region that the new catalog describes as the old one did.
    fn unchanged(&self, region: &Region, catalog: &Catalog) -> Option<&RegionHealth> {
        let id = self.catalog.region(&region.name)?;
        let old = self.catalog.regions.get(id.index())?;
        let same_plan = |plan: usize, old: usize| catalog.plans.get(plan) == self.catalog.plans.get(old);
        let same = old.endpoints == region.endpoints
            && old.min_endpoints == region.min_endpoints
            && match (region.plan, old.plan) {
                (Some(plan), Some(old)) => same_plan(plan, old),
                (None, None) => true,
                _ => false,
            };
        same.then(|| self.health.get(id.index()))?
    }
}

/// A region's health from kept verdicts. Without a probe it is simply up.
fn revive(region: &Region, kept: &[KeptVerdict], now: Now) -> RegionHealth {
    let of = |endpoint: &std::net::IpAddr| {
        kept.iter().find(|held| held.region == region.name && held.endpoint == *endpoint)
    };
    let verdict = |endpoint| match region.plan {
        None => Verdict::Up,
        Some(_) => of(endpoint).map_or(Verdict::Unknown, |held| held.verdict),
    };
    let mut health = RegionHealth::new(region.endpoints.iter().map(verdict), region.min_endpoints, now.unix);
    if let Some(since) = region.endpoints.iter().find_map(of).map(|held| held.since) {
        health.keep_since(since);
    }
    health
}

fn transitions(
    region: &Region,
    health: &RegionHealth,
    seen: &Observation,
    effect: Effect,
    evidence: Evidence,
) -> Vec<Event> {
    let mut events = Vec::new();
    let at = usize::from(seen.endpoint);
    if let (Step::Flipped, Some(address), Some(held)) =
        (effect.endpoint, region.endpoints.get(at), health.endpoints().get(at))
    {
        events.push(Event::Endpoint {
            region: region.name.clone(),
            endpoint: address.to_string().into(),
            from: effect.endpoint_was,
            to: held.verdict(),
            evidence,
        });
    }
    if health.verdict() != effect.region_was {
        let (from, to) = (effect.region_was, health.verdict());
        events.push(Event::Region { region: region.name.clone(), from, to });
    }
    events
}
