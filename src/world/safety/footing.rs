//! What a service stands on inside a fence: how many eligible regions, and how much of their capacity. Counted as
//! answers are given: a region without weight serves nobody, one with half its weight brings half its capacity.

use super::super::World;
use super::super::conditions::Eye;
use super::super::word::Word;
use super::Act;
use super::rule::{Breach, Rule};
use crate::catalog::Spare;
use crate::now::Now;
use crate::region::{RegionId, RegionSet};
use crate::steer::{Conditions, FenceId, Policy, Service, ServiceId, Spread};

/// The ground of one service inside one bound.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Footing {
    /// Eligible regions.
    pub(super) regions: usize,
    /// The part of all capacity inside the bound that is eligible, 0 to 1.
    pub(super) capacity: f64,
    /// The same without the eligible region that brings most.
    pub(super) capacity_spare: f64,
}

/// A service inside a bound, before an act and after it.
pub(super) struct Stand<'a> {
    pub(super) service: &'a Service,
    pub(super) fences: &'a [FenceId],
    pub(super) before: Footing,
    pub(super) after: Footing,
}

impl World {
    /// The first breach of each rule about footing that the act makes or worsens.
    pub(super) fn weakened(&self, act: &Act, now: Now) -> Vec<Breach> {
        let safety = &self.catalog.safety;
        if safety.min_regions.is_none()
            && safety.min_capacity.is_none()
            && safety.n_minus_1 == Spare::Unneeded
        {
            return Vec::new();
        }
        let mut broken: Vec<Breach> = Vec::new();
        for stand in self.stands(act, now) {
            let found = self.breaches_of(&stand);
            broken.extend(
                found
                    .into_iter()
                    .filter(|breach| !broken.iter().any(|known: &Breach| known.rule == breach.rule))
                    .collect::<Vec<_>>(),
            );
        }
        broken
    }

    /// Every service inside every bound that its clients have, as long as a region is there at all.
    pub(super) fn stands(&self, act: &Act, now: Now) -> impl Iterator<Item = Stand<'_>> {
        let conditions =
            move |service: &Service, words: &[Word]| self.conditions(Eye::Own(service), words, now);
        let stands = (0..).map(ServiceId).zip(&self.catalog.services).filter_map(move |(id, service)| {
            let [before, after] = [&act.before, &act.after].map(|words| conditions(service, words));
            let policy = self.plan.policy(id)?;
            Some(self.inside_bounds(service, policy, [&before, &after]))
        });
        stands.flatten().collect::<Vec<_>>().into_iter()
    }

    fn inside_bounds<'a>(
        &'a self,
        service: &'a Service,
        policy: &'a Policy,
        [before, after]: [&Conditions; 2],
    ) -> Vec<Stand<'a>> {
        let bounds = policy.enclosures().into_iter().filter(|(allowed, _)| !allowed.is_empty());
        let stand = |(allowed, fences): (RegionSet, &'a [FenceId])| {
            let footing = |conditions| self.footing(&allowed, policy.spread(), conditions);
            Stand { service, fences, before: footing(before), after: footing(after) }
        };
        bounds.map(stand).collect()
    }

    fn footing(&self, allowed: &RegionSet, spread: &Spread, conditions: &Conditions) -> Footing {
        let capacity = |id: RegionId| f64::from(self.catalog.regions[id.index()].capacity);
        let eligible = |id: &RegionId| {
            let state = conditions.states.get(id.index())?;
            spread.rejects(*id, state).is_none().then(|| capacity(*id) * f64::from(state.weight) / 100.0)
        };
        let all: f64 = allowed.iter().map(capacity).sum::<f64>().max(f64::MIN_POSITIVE);
        let brings: Vec<f64> = allowed.iter().filter_map(|id| eligible(&id)).collect();
        let sum: f64 = brings.iter().sum();
        let most = brings.iter().copied().fold(0.0, f64::max);
        Footing { regions: brings.len(), capacity: sum / all, capacity_spare: (sum - most).max(0.0) / all }
    }

    fn breaches_of(&self, Stand { service, fences, before, after }: &Stand<'_>) -> Vec<Breach> {
        let safety = &self.catalog.safety;
        let (name, place) = (&service.name, self.inside(fences));
        let mut broken = Vec::new();
        let mut refuse = |rule, figure: String, remedy: &str| {
            broken.push(Breach { rule, what: format!("{name} would keep {figure}; {remedy}") });
        };
        let fewer = after.regions < before.regions;
        if let Some(least) = safety.min_regions.filter(|least| after.regions < usize::from(*least) && fewer) {
            let figure = format!("{} eligible region(s) {place}, and min_regions = {least}", after.regions);
            refuse(Rule::MinRegions, figure, BACK);
        }
        let less =
            |after: f64, before: f64, least: f64| after < least - ROUNDING && after < before - ROUNDING;
        if let Some(least) = safety.min_capacity.filter(|least| less(after.capacity, before.capacity, *least))
        {
            let (left, least) = (percent(after.capacity), percent(least));
            refuse(
                Rule::MinCapacity,
                format!("{left} of its capacity {place}, and min_capacity = {least}"),
                BACK,
            );
        }
        if safety.n_minus_1 == Spare::Unneeded {
            return broken;
        }
        let least = usize::from(safety.min_regions.unwrap_or(1));
        // Before any further loss there are as many as one more than must be left.
        if after.regions < least + 1 && fewer {
            let left = after.regions.saturating_sub(1);
            let figure = format!(
                "{left} eligible region(s) {place} if one more is lost, and n_minus_1 demands {least} then"
            );
            refuse(Rule::NMinus1, figure, BACK);
        } else if let Some(least) =
            safety.min_capacity.filter(|least| less(after.capacity_spare, before.capacity_spare, *least))
        {
            let (left, least) = (percent(after.capacity_spare), percent(least));
            let figure = format!(
                "{left} of its capacity {place} if its largest region is lost too, and n_minus_1 demands {least} then"
            );
            refuse(Rule::NMinus1, figure, BACK);
        }
        broken
    }
}

/// A part as people read it.
pub(super) fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

const BACK: &str = "bring another region back first";
/// Sums of parts miss by less.
const ROUNDING: f64 = 1e-9;
