//! Who would be answered by another region: the decision before an act and after it, held against each other for every
//! class of clients, weighed by Internet users.

use std::collections::{BTreeMap, HashMap};

use super::super::conditions::Eye;
use super::super::word::Word;
use super::super::{Override, World};
use super::Act;
use super::footing::percent;
use super::rule::{Breach, Rule};
use crate::geo::ClassId;
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::{Policy, Route, SLOTS, Service, ServiceId, Tables, decide_with};

/// What moves from one region to another: the view's position and both regions, to parts of all users.
pub(super) type Moved = BTreeMap<(usize, RegionId, RegionId), f64>;

impl World {
    /// The breach of `max_move` by the service that moves most, if one moves too much.
    pub(super) fn moves_too_much(&self, orders: &[Override], now: Now) -> Option<Breach> {
        let most = self.catalog.safety.max_move?;
        let at_once: Vec<Override> = orders.iter().filter(|order| order.gradual.is_none()).cloned().collect();
        let act = self.act(&at_once, now);
        let moved = self.moved(&act, now).into_iter().map(|(id, moved)| (moved.values().sum::<f64>(), id));
        let (part, id) = moved.max_by(|one, other| one.0.total_cmp(&other.0))?;
        let service = &self.catalog.services[id.index()].name;
        (part > most + ROUNDING).then(|| Breach {
            rule: Rule::MaxMove,
            what: format!(
                "{} of the users of {service} would move to other regions at once, and max_move = {}; move fewer \
                 regions together, or drain with `gradual`",
                percent(part),
                percent(most)
            ),
        })
    }

    /// What an act moves, for every service. Services with the same policy and no word of their own move alike.
    pub(super) fn moved(&self, act: &Act, now: Now) -> Vec<(ServiceId, Moved)> {
        let mut known: HashMap<u32, Moved> = HashMap::new();
        let mut each = Vec::with_capacity(self.catalog.services.len());
        for (id, service) in (0..).map(ServiceId).zip(&self.catalog.services) {
            let (Some(policy), Some(at)) = (self.plan.policy(id), self.plan.policy_of().get(id.index()))
            else {
                continue;
            };
            let own = |word: &Word| word.service.as_ref() == Some(&service.name);
            let is_own = act.before.iter().chain(&act.after).any(own);
            let moved = match known.get(at).filter(|_| !is_own) {
                Some(moved) => moved.clone(),
                None => self.moved_of(service, policy, act, now),
            };
            if !is_own {
                known.entry(*at).or_insert_with(|| moved.clone());
            }
            each.push((id, moved));
        }
        each
    }

    fn moved_of(&self, service: &Service, policy: &Policy, act: &Act, now: Now) -> Moved {
        let [before, after] = [&act.before, &act.after].map(|words| self.routes(service, policy, words, now));
        let mut moved = Moved::new();
        for (class, part) in self.audience.parts() {
            let view = policy.view_of(class);
            for (from, to, slots) in changes(&before[view], &after[view]) {
                *moved.entry((view, from, to)).or_insert(0.0) += part * slots as f64 / SLOTS as f64;
            }
        }
        moved
    }

    /// Who answers each view of a policy under some words.
    pub(super) fn routes(&self, service: &Service, policy: &Policy, words: &[Word], now: Now) -> Vec<Route> {
        let conditions = self.conditions(Eye::Own(service), words, now);
        let mut tables = Tables::default();
        let conditions = conditions.of(policy.regions());
        let spread = conditions.spread(policy.spread());
        let decide = |view| decide_with(view, &spread, &conditions.states, &mut tables);
        policy.views().iter().map(decide).collect()
    }

    /// The part of all users that each region answers.
    pub(super) fn loads(&self, policy: &Policy, routes: &[Route]) -> Vec<f64> {
        let mut loads = vec![0.0; self.catalog.regions.len()];
        let mut add = |(class, part): (ClassId, f64)| match &routes[policy.view_of(class)] {
            Route::One(region, _) => loads[region.index()] += part,
            Route::Slots(slots) => {
                slots.iter().for_each(|(region, _)| loads[region.index()] += part / SLOTS as f64);
            }
            Route::Sink(_) => {}
        };
        self.audience.parts().for_each(&mut add);
        loads
    }
}

/// The slots that go from one region to another.
fn changes(before: &Route, after: &Route) -> Vec<(RegionId, RegionId, usize)> {
    match (before, after) {
        (Route::Sink(_), _) | (_, Route::Sink(_)) => Vec::new(),
        (Route::One(from, _), Route::One(to, _)) if from == to => Vec::new(),
        (Route::One(from, _), Route::One(to, _)) => vec![(*from, *to, SLOTS)],
        _ => {
            let mut counted: BTreeMap<(RegionId, RegionId), usize> = BTreeMap::new();
            let held = (0..SLOTS as u16).filter_map(|slot| Some((before.at(slot)?.0, after.at(slot)?.0)));
            held.filter(|(from, to)| from != to).for_each(|both| *counted.entry(both).or_insert(0) += 1);
            counted.into_iter().map(|((from, to), slots)| (from, to, slots)).collect()
        }
    }
}

/// Sums of parts miss by less.
const ROUNDING: f64 = 1e-9;
