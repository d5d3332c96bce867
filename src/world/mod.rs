//! Change → World → Snapshot: one owner of everything that moves. Pure: time, evidence and orders arrive as arguments.
//!
//! The director applies changes one after the other and then asks for a snapshot; what did not change is shared with
//! the snapshot before.

mod absent;
mod alarm;
mod alarms;
mod budgets;
mod canary;
mod comeback;
mod compiled;
mod conditions;
mod event;
mod evidence;
mod families;
mod holds;
mod kept;
mod observe;
mod overrides;
mod portion;
mod publish;
mod push;
mod refusal;
mod release;
mod remark;
mod safety;
mod spills;
mod stamped;
mod status;
mod track;
mod word;

pub use alarm::{Alarm, AlarmKind, Alarms};
pub use budgets::Asked;
pub use compiled::Compiled;
pub use event::{Event, Evidence, Holds, Proven};
pub use kept::{Kept, KeptReturn, KeptVerdict, Returned};
pub use observe::Observed;
pub use overrides::{Override, OverrideKind, Place, Ramp, Sort};
pub use portion::{Portion, PortionError};
pub use push::{Push, PushRefusal, PushedState};
pub use refusal::Refusal;
pub use safety::{Breach, Demand, Footed, Forecast, Loss, Rule, ServiceForecast, Shift};
pub use stamped::StampedEvent;
pub use status::{EndpointStatus, LayerStatus, ProofStatus, RegionStatus, Status};
pub use track::Track;

pub use crate::steer::Supposed;

use std::collections::BTreeSet;
use std::sync::Arc;

use budgets::Budgets;
use kept::{release_anew, respill, retrace, revive};
use push::Pushed;
use release::Release;
use spills::{Spills, spills_of};
use word::Word;

use crate::catalog::Catalog;
use crate::health::{Judgement, RegionHealth};
use crate::now::Now;
use crate::region::{Region, RegionId};
use crate::snapshot::Snapshot;
use crate::steer::{Audience, Plan};

/// Everything that changes, and the last snapshot made of it.
#[derive(Clone, Debug)]
pub struct World {
    catalog: Arc<Catalog>,
    plan: Arc<Plan>,
    audience: Arc<Audience>,
    generation: u64,
    judgement: Judgement,
    /// One for each region of the catalog.
    tracks: Vec<Track>,
    spills: Spills,
    budgets: Budgets,
    overrides: Vec<Word>,
    pushes: Vec<Pushed>,
    releases: Vec<Release>,
    started: u64,
    last: Option<Arc<Snapshot>>,
    /// By region: unix seconds since which no answer names it; none: some does.
    absent: Vec<Option<u64>>,
    /// Services, and the fences inside which they are at their last resort.
    last_resorts: BTreeSet<(Box<str>, Box<str>)>,
}

impl World {
    /// A world as a process finds it at its start.
    #[must_use]
    pub fn new(compiled: Compiled, kept: Kept, now: Now) -> Self {
        let Compiled { catalog, plan, audience } = compiled;
        let revived = catalog.regions.iter().map(|region| revive(region, &catalog, &kept.verdicts, now));
        let judgement = Judgement::new(revived.collect(), &catalog.ground());
        let mut world = Self {
            tracks: catalog.regions.iter().map(|region| retrace(region, &kept.returns, now)).collect(),
            spills: Spills::new(
                catalog.regions.len(),
                spills_of(&catalog),
                &respill(&catalog, &kept.returns),
            ),
            budgets: Budgets::new(&catalog),
            catalog,
            plan,
            audience,
            generation: 1,
            judgement,
            overrides: kept.overrides.into_iter().map(|word| Word::new(word, now)).collect(),
            pushes: Vec::new(),
            releases: release_anew(&kept.returns, now),
            started: now.unix,
            last: None,
            absent: Vec::new(),
            last_resorts: BTreeSet::new(),
        };
        world.overrides.retain(|held| held.until > now.unix);
        world.release_kept();
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
    pub fn overrides(&self) -> impl Iterator<Item = &Override> {
        self.overrides.iter().map(|held| &**held)
    }

    /// What is held about a region.
    #[must_use]
    pub fn health(&self, region: RegionId) -> Option<&RegionHealth> {
        self.judgement.region(region)
    }

    /// An operator's word as it will hold: where the region is being drained already, a gradual drain goes on as that
    /// one does.
    #[must_use]
    pub fn settle(&self, order: Override) -> Override {
        let here = |held: &&Word| held.kind == OverrideKind::Drain && held.region == order.region;
        let same = |held: &&Word| held.service == order.service;
        let drains = || self.overrides.iter().filter(here);
        let earlier = drains().find(same).or_else(|| drains().find(|held| held.service.is_none()));
        let gradual = order.gradual.and_then(|ramp| earlier.map_or(Some(ramp), |held| held.gradual));
        Override { gradual, ..order }
    }

    /// Takes an operator's word, in place of an earlier one of the same kind, and returns the holds that it ends. Check
    /// it with [`World::judge`] first.
    pub fn impose(&mut self, order: Override, now: Now) -> Vec<Override> {
        let released = self.release(&order);
        self.overrides.retain(|held| !held.same_place(&order));
        self.overrides.push(Word::new(order, now));
        released
    }

    /// Takes an operator's word back; none when there is no such override.
    pub fn lift(&mut self, place: &Place, now: Now) -> Option<Override> {
        let at = self.overrides.iter().position(|held| held.place() == *place)?;
        let lifted = self.overrides.remove(at);
        self.let_go(&lifted, now);
        Some(lifted.into_order())
    }

    /// Ends the overrides whose time has come.
    pub fn expire(&mut self, now: Now) -> Vec<Override> {
        self.overrides.iter_mut().for_each(|held| held.follow(now));
        let ended: Vec<Word> = self.overrides.extract_if(.., |held| held.until <= now.unix).collect();
        ended.iter().for_each(|ended| self.let_go(ended, now));
        ended.into_iter().map(Word::into_order).collect()
    }

    /// Replaces the config; evidence about endpoints that stay is kept.
    pub fn reload(&mut self, compiled: Compiled, now: Now) -> Event {
        let Compiled { catalog, plan, audience } = compiled;
        let kept = self.verdicts();
        self.spills = self.spills_anew(&catalog);
        self.budgets = self.budgets.anew(&self.catalog, &catalog);
        self.tracks = catalog
            .regions
            .iter()
            .map(|region| {
                self.catalog
                    .region(&region.name)
                    .map_or_else(Track::default, |id| self.tracks[id.index()].clone())
            })
            .collect();
        let revived = catalog.regions.iter().map(|region| match self.unchanged(region, &catalog) {
            Some(health) => health.clone(),
            None => revive(region, &catalog, &kept, now),
        });
        self.judgement = Judgement::new(revived.collect(), &catalog.ground());
        let config_sha256 = catalog.config_sha256.clone();
        (self.catalog, self.plan, self.audience) = (catalog, plan, audience);
        self.generation += 1;
        self.absent.clear();
        Event::Reloaded { config_sha256 }
    }

    /// The evidence about a region that the new catalog describes as the old one did.
    fn unchanged(&self, region: &Region, catalog: &Catalog) -> Option<&RegionHealth> {
        let id = self.catalog.region(&region.name)?;
        let old = self.catalog.regions.get(id.index())?;
        let same_plan = |plan: usize, old: usize| catalog.plans.get(plan) == self.catalog.plans.get(old);
        let same = old.endpoints == region.endpoints
            && catalog.vantages == self.catalog.vantages
            && old.min_endpoints == region.min_endpoints
            && match (region.plan, old.plan) {
                (Some(plan), Some(old)) => same_plan(plan, old),
                (None, None) => true,
                _ => false,
            };
        same.then(|| self.judgement.region(id))?
    }
}
