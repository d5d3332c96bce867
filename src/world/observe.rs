//! Observations come in: evidence moves, verdicts flip, and what flipped is told.

use super::{Event, Evidence, World};
use crate::health::{Effect, Observation, ProbePlan, RegionHealth, Step, Verdict};
use crate::now::Now;
use crate::region::Region;

/// What an observation did.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// Whether a verdict or a doubt changed, and with it what is answered or for how long.
    pub moved: bool,
    /// What flipped.
    pub events: Vec<Event>,
}

impl World {
    /// Takes in one observation. None: it names nothing that is probed.
    pub fn observe(&mut self, seen: &Observation, now: Now) -> Option<Observed> {
        let region = self.catalog.regions.get(seen.region.index())?;
        let plan = self.catalog.plans.get(region.plan?)?;
        let health = self.health.get_mut(seen.region.index())?;
        let effect = health.observe(seen, plan, now)?;
        let rounds = if effect.endpoint_was == Verdict::Down { plan.rise } else { plan.fall };
        let evidence = Evidence { layer: seen.layer, fault: seen.result.err(), rounds };
        let moved = effect.endpoint != Step::Same;
        let verdict = health.verdict();
        let mut events = transitions(region, health, seen, effect, evidence);
        if verdict != effect.region_was {
            if let Some(track) = self.tracks.get_mut(seen.region.index()) {
                track.turned(effect.region_was, verdict, now);
            }
            if verdict == Verdict::Down {
                events.extend(self.hold(seen.region, now));
            }
        }
        Some(Observed { moved, events })
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
    if let (Step::Flipped, Some(endpoint), Some(held)) =
        (effect.endpoint, region.endpoints.iter().nth(at), health.endpoints().get(at))
    {
        events.push(Event::Endpoint {
            region: region.name.clone(),
            endpoint: endpoint.to_string().into(),
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
