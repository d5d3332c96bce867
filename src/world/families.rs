//! Regions that have lost one address family: well for the other, and none to name in an answer of this one.
//!
//! A region is up while enough of its endpoints are, whatever their family. An A answer names IPv4 endpoints only: where
//! a region has none left that is up, its A answers go to the next in order, and its AAAA answers stay.

use super::World;
use super::conditions::{Eye, find};
use super::overrides::OverrideKind;
use crate::geo::Family;
use crate::health::Verdict;
use crate::region::RegionId;
use crate::steer::{Conditions, Failover, Rejection};

impl World {
    /// The conditions for answers of one family; none: those for all answers. An operator's force stands.
    pub(super) fn of_family(
        &self,
        conditions: &Conditions,
        family: Family,
        eye: Eye<'_>,
    ) -> Option<Conditions> {
        if eye.motion().failover == Failover::Manual {
            return None;
        }
        let is_forced = |id: RegionId| {
            let kinds = [OverrideKind::ForceUp, OverrideKind::ForceDown];
            find(&self.overrides, &self.catalog.regions[id.index()], eye, &kinds).is_some()
        };
        let is_lost = |id: &RegionId| {
            let serves = conditions.states[id.index()].rejection.is_none();
            serves && self.has_lost(*id, family) && !is_forced(*id)
        };
        let regions = (0..conditions.states.len() as u16).map(RegionId);
        let lost: Vec<RegionId> = regions.filter(is_lost).collect();
        if lost.is_empty() {
            return None;
        }
        let mut of_family = conditions.clone();
        lost.iter().for_each(|id| of_family.states[id.index()].rejection = Some(Rejection::Down));
        Some(of_family)
    }

    /// Whether a region has endpoints of a family, and all of them are down.
    pub(super) fn has_lost(&self, region: RegionId, family: Family) -> bool {
        let (Some(declared), Some(health)) =
            (self.catalog.regions.get(region.index()), self.judgement.region(region))
        else {
            return false;
        };
        let endpoints = declared.endpoints.addresses().iter().zip(health.endpoints());
        let mut verdicts = endpoints
            .filter(|(address, _)| Family::of(**address) == family)
            .map(|(_, endpoint)| endpoint.verdict())
            .peekable();
        verdicts.peek().is_some() && verdicts.all(|verdict| verdict == Verdict::Down)
    }
}
