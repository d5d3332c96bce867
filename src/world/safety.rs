//! Safety rules: what an override may not break. A rule's name is its key in the config.

use super::conditions::Eye;
use super::word::Word;
use super::{Override, Refusal, World};
use crate::now::Now;
use crate::region::{RegionId, RegionSet};
use crate::steer::{Conditions, FenceId, Service, ServiceId, Spread};

/// The name of the one rule there is so far, as in the config.
pub(super) const MIN_REGIONS: &str = "min_regions";

impl World {
    /// Whether `order` may be taken: it names what exists, and breaks no safety rule except the one named by
    /// `override_rule`. A rule that is broken already refuses only what makes it worse.
    pub fn judge(&self, order: &Override, override_rule: Option<&str>, now: Now) -> Result<(), Refusal> {
        self.exists(order)?;
        match override_rule {
            Some(MIN_REGIONS) => Ok(()),
            Some(found) => Err(Refusal::UnknownRule { found: found.into() }),
            None => self.keeps_min_regions(order, now),
        }
    }

    fn exists(&self, order: &Override) -> Result<(), Refusal> {
        let Some(region) = self.catalog.region(&order.region) else {
            return Err(self.unknown_region(&order.region));
        };
        let Some(found) = &order.service else {
            return Ok(());
        };
        let serves = |service: &&Service| service.regions.contains(&region);
        if self.catalog.services.iter().filter(serves).any(|service| service.name == *found) {
            return Ok(());
        }
        let allowed =
            self.catalog.services.iter().filter(serves).map(|service| service.name.to_string()).collect();
        Err(Refusal::UnknownService { region: order.region.clone(), found: found.clone(), allowed })
    }

    pub(super) fn unknown_region(&self, found: &str) -> Refusal {
        let allowed = self.catalog.regions.iter().map(|region| region.name.to_string()).collect();
        Refusal::UnknownRegion { found: found.into(), allowed }
    }

    fn keeps_min_regions(&self, order: &Override, now: Now) -> Result<(), Refusal> {
        let Some(least) = self.catalog.safety.min_regions else {
            return Ok(());
        };
        // A gradual drain is judged by its end.
        let at_once = |word: &Override| Word::new(Override { gradual: None, ..word.clone() }, now);
        let before: Vec<Word> = self.overrides.iter().map(|held| at_once(held)).collect();
        let mut after = before.clone();
        after.retain(|held| !held.same_place(order));
        after.push(at_once(order));
        for (id, service) in (0..).map(ServiceId).zip(&self.catalog.services) {
            let before = self.conditions(Eye::Own(service), &before, now);
            let after = self.conditions(Eye::Own(service), &after, now);
            let Some(policy) = self.plan.policy(id) else { continue };
            for (allowed, fences) in policy.enclosures() {
                let left = eligible(&allowed, policy.spread(), &after);
                if left < usize::from(least) && left < eligible(&allowed, policy.spread(), &before) {
                    let place = self.inside(fences);
                    return Err(Refusal::Rule {
                        rule: MIN_REGIONS,
                        service: service.name.clone(),
                        place,
                        left,
                        least,
                    });
                }
            }
        }
        Ok(())
    }

    fn inside(&self, fences: &[FenceId]) -> String {
        let names: Vec<&str> = fences
            .iter()
            .filter_map(|id| self.catalog.fences.get(id.index()))
            .map(|fence| &*fence.name)
            .collect();
        match names.as_slice() {
            [] => "for clients outside all fences".to_owned(),
            [one] => format!("inside fence {one}"),
            several => format!("inside fences {}", several.join(" and ")),
        }
    }
}

fn eligible(allowed: &RegionSet, spread: &Spread, conditions: &Conditions) -> usize {
    let serves = |id: &RegionId| {
        conditions.states.get(id.index()).is_some_and(|state| spread.rejects(*id, state).is_none())
    };
    allowed.iter().filter(serves).count()
}
