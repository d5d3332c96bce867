//! What evidence and overrides make of each region: its state for steering, and when that could change.
//!
//! An operator's word outranks evidence; a word about one service outranks one about all; a drain outranks a force.

use super::{Override, OverrideKind, World};
use crate::health::Verdict;
use crate::now::Now;
use crate::region::{Region, RegionId};
use crate::steer::{Conditions, Rejection, Service, State, seed};

impl World {
    /// The states of all regions as `service` sees them; with no service, as a service without overrides of its own.
    pub(super) fn conditions(
        &self,
        service: Option<&Service>,
        overrides: &[Override],
        now: Now,
    ) -> Conditions {
        let regions = || (0..).map(RegionId).zip(&self.catalog.regions);
        let states = regions().map(|(id, region)| self.state(id, region, service, overrides)).collect();
        let pending =
            regions().map(|(id, region)| self.pending(id, region, service, overrides, now)).collect();
        Conditions { states, pending }
    }

    fn state(
        &self,
        id: RegionId,
        region: &Region,
        service: Option<&Service>,
        overrides: &[Override],
    ) -> State {
        let drained = find(overrides, region, service, |kind| kind == OverrideKind::Drain).is_some();
        let forced = find(overrides, region, service, |kind| kind != OverrideKind::Drain);
        let down = self.health.get(id.index()).is_some_and(|health| health.verdict() == Verdict::Down);
        let rejection = match forced.map(|held| held.kind) {
            _ if drained => Some(Rejection::Drained),
            Some(OverrideKind::ForceDown) => Some(Rejection::ForcedDown),
            Some(_) => None,
            None if down => Some(Rejection::Down),
            None => None,
        };
        State { rejection, weight: 100, seed: seed(&region.name) }
    }

    fn pending(
        &self,
        id: RegionId,
        region: &Region,
        service: Option<&Service>,
        overrides: &[Override],
        now: Now,
    ) -> Option<std::time::Duration> {
        let flip = || {
            let plan = self.catalog.plans.get(region.plan?)?;
            self.health.get(id.index())?.flip_at(plan)
        };
        let drain = find(overrides, region, service, |kind| kind == OverrideKind::Drain);
        let force = find(overrides, region, service, |kind| kind != OverrideKind::Drain);
        let end = |held: &Override| now.moment_of(held.until);
        match (drain, force) {
            (Some(drain), _) => Some(end(drain)),
            (None, Some(force)) => Some(end(force)),
            (None, None) => flip(),
        }
    }
}

/// The override that holds for a region and a service: the service's own before the one for all.
fn find<'a>(
    overrides: &'a [Override],
    region: &Region,
    service: Option<&Service>,
    wanted: impl Fn(OverrideKind) -> bool,
) -> Option<&'a Override> {
    let here = |held: &&Override| held.region == region.name && wanted(held.kind);
    let own = |held: &&Override| {
        held.service.is_some() && held.service.as_ref() == service.map(|service| &service.name)
    };
    let general = |held: &&Override| held.service.is_none();
    overrides.iter().filter(here).find(own).or_else(|| overrides.iter().filter(here).find(general))
}
