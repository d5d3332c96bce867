//! An operator's canary: one region gets a part of every client before its turn, through the share table, for a while.
//!
//! It takes the place of the service's own `canary`. A word about one service outranks one about all. A region that is
//! drained or not well gets nothing; no word widens a fence.

use super::conditions::Eye;
use super::word::Word;
use super::{Override, OverrideKind, Portion, Refusal, World};
use crate::region::RegionId;
use crate::steer::{Service, Strategy};

impl World {
    /// The word about a canary that holds for `eye`, and what it gives to whom.
    pub(super) fn canary<'a>(
        &self,
        eye: Eye<'_>,
        overrides: &'a [Word],
    ) -> Option<(RegionId, Portion, &'a Word)> {
        let found = |wanted: Option<&str>| {
            let mut here = overrides.iter().filter(|held| held.service.as_deref() == wanted);
            here.find_map(|held| Some((self.catalog.region(&held.region)?, held.kind.portion()?, held)))
        };
        eye.service().and_then(|service| found(Some(service))).or_else(|| found(None))
    }

    /// Whether a region can be a canary there; other orders are none of this file's business.
    pub(super) fn can_be_canary(&self, order: &Override, region: RegionId) -> Result<(), Refusal> {
        let OverrideKind::Canary(_) = order.kind else { return Ok(()) };
        let same = |held: &&Word| held.kind.portion().is_some() && held.service == order.service;
        if let Some(held) = self.overrides.iter().filter(same).find(|held| held.region != order.region) {
            return Err(Refusal::NoCanary {
                region: order.region.clone(),
                why: format!("{} is the canary already; `meridian uncanary {0}` first", held.region),
            });
        }
        let meant = |service: &&Service| order.service.as_ref().is_none_or(|name| *name == service.name);
        let meant = self.catalog.services.iter().filter(meant);
        if meant.filter(|service| service.regions.contains(&region)).any(has_turns) {
            return Ok(());
        }
        Err(Refusal::NoCanary {
            region: order.region.clone(),
            why: "a weighted service has weights for that, and one with a single region has no other"
                .to_owned(),
        })
    }
}

/// Whether a service has regions that come one after the other.
fn has_turns(service: &Service) -> bool {
    service.regions.len() > 1 && !matches!(service.strategy, Strategy::Weighted(_))
}
