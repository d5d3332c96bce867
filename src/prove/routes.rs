//! Every state of the regions, for one view: fence, never empty, independence, monotone.

use std::collections::HashMap;
use std::sync::Arc;

use super::cases::Case;
use super::ledger::{Counterexample, Invariant, Ledger};
use super::oracle::Told;
use super::states::{Shape, States};
use super::subject::{Level, Subject};
use crate::region::{RegionId, RegionSet};
use crate::steer::{Fence, Policy, Route, SLOTS, Service, ServiceId, Spread, Tables};

/// Runs the decision for a case in every state of its regions.
#[must_use]
pub fn examine(subject: &Subject<'_>, case: &Case, tables: &mut Tables) -> Ledger {
    Examination::new(subject, case, tables).run()
}

struct Examination<'a> {
    subject: &'a Subject<'a>,
    case: &'a Case,
    shape: Shape,
    /// The regions that the decision may take, best first.
    candidates: Vec<RegionId>,
    /// The service's other regions.
    outside: Vec<RegionId>,
    routes: HashMap<Vec<Level>, Route>,
    tables: &'a mut Tables,
    /// How often the decision was asked.
    decided: u32,
    ledger: Ledger,
}

/// How a policy spreads its slots.
pub(super) fn shape(policy: &Policy) -> Shape {
    match policy.spread() {
        Spread::Ordered => Shape::Ordered,
        Spread::Portioned(_) | Spread::Weighted(_) => Shape::Spread,
    }
}

impl<'a> Examination<'a> {
    fn new(subject: &'a Subject<'a>, case: &'a Case, tables: &'a mut Tables) -> Self {
        let view = case.view(subject);
        let candidates: Vec<RegionId> = view.candidates().collect();
        let outside = view.order.iter().copied().filter(|region| !candidates.contains(region)).collect();
        let shape = shape(case.policy(subject));
        Self {
            subject,
            case,
            shape,
            candidates,
            outside,
            routes: HashMap::new(),
            tables,
            decided: 0,
            ledger: Ledger::default(),
        }
    }

    fn run(mut self) -> Ledger {
        let states = States::of(self.shape, self.candidates.len());
        self.reductions(&states);
        let before = self.tables.count();
        for levels in &states.each {
            let route = self.route(levels).clone();
            self.stays_inside(levels, &route);
            self.is_independent(levels, &route);
            self.is_monotone(levels, &route);
        }
        let made = self.tables.count() - before;
        self.ledger.reduce("equal_tables", f64::from(self.decided), made as f64);
        self.ledger
    }

    /// The route in a state; each is decided once.
    fn route(&mut self, levels: &[Level]) -> &Route {
        let normal = States::normal(self.shape, &self.usable(levels));
        if !self.routes.contains_key(&normal) {
            let route = self.decide(&normal, Level::Full);
            self.routes.insert(normal.clone(), route);
        }
        &self.routes[&normal]
    }

    /// A region without weight in the config is as down.
    fn usable(&self, levels: &[Level]) -> Vec<Level> {
        let spread = self.case.policy(self.subject).spread();
        let up = self.subject.states(|_| Level::Full);
        let usable = |(region, level): (&RegionId, &Level)| {
            let weightless = spread.rejects(*region, &up[region.index()]).is_some();
            if weightless && *level != Level::Held { (*level).min(Level::Down) } else { *level }
        };
        self.candidates.iter().zip(levels).map(usable).collect()
    }

    fn decide(&mut self, levels: &[Level], outside: Level) -> Route {
        let level = |region: RegionId| {
            self.candidates.iter().position(|candidate| *candidate == region).map_or(outside, |at| levels[at])
        };
        let states = self.subject.states(level);
        self.decided += 1;
        let spread = self.case.policy(self.subject).spread();
        (self.subject.decide)(self.case.view(self.subject), spread, &states, self.tables)
    }

    fn stays_inside(&mut self, levels: &[Level], route: &Route) {
        self.ledger.count(Invariant::NeverEmpty, 1);
        let holders = holders(route);
        for (bound, service, client) in &self.case.bounds {
            self.ledger.count(Invariant::Fence, 1);
            let allowed = self.subject.names(&bound.allowed);
            let fail = |found: String| Counterexample {
                states: self.words(levels),
                service: self.subject.service(*service).to_owned(),
                client: *client,
                found,
                allowed: match bound.fences.as_slice() {
                    [] => allowed.clone(),
                    fences => format!("{allowed} (inside {})", fences.join(" and ")),
                },
            };
            if let Route::Sink(sink) = route {
                let own = sink.and_then(|fence| self.subject.catalog.fences.get(fence.index()));
                let sink = own.map_or_else(Vec::new, |fence| self.sink(fence, *service));
                let inside = sink.iter().all(|told| bound.sinks.contains(told));
                if sink.is_empty() {
                    let failure = fail("nothing: a sink that tells nothing".to_owned());
                    self.ledger.fail(Invariant::NeverEmpty, failure);
                } else if !bound.allowed.is_empty() || !inside {
                    let failure = fail(format!("the sink {:?}", sink[0]));
                    self.ledger.fail(Invariant::Fence, failure);
                }
            } else if is_short(route) {
                let failure = fail("no region for some slots".to_owned());
                self.ledger.fail(Invariant::NeverEmpty, failure);
            } else if holders.intersection(&bound.allowed) != holders {
                let left = holders.iter().find(|region| !bound.allowed.contains(*region));
                let failure =
                    fail(left.map_or_else(String::new, |region| self.subject.region(region).to_owned()));
                self.ledger.fail(Invariant::Fence, failure);
            }
        }
    }

    /// What a fence's sink tells clients of a service.
    fn sink(&self, fence: &Fence, service: ServiceId) -> Vec<Told> {
        let is_alias = self.subject.catalog.services.get(service.index()).is_some_and(Service::is_alias);
        let name = fence.sink_alias.iter().filter(|_| is_alias).map(|name| Told::Name(name.wire().into()));
        let addresses = fence.sink.iter().filter(|_| !is_alias).map(|address| Told::Address(*address));
        name.chain(addresses).collect()
    }

    /// Whatever the regions outside do, the route stays.
    fn is_independent(&mut self, levels: &[Level], route: &Route) {
        if self.outside.is_empty() {
            return;
        }
        let normal = States::normal(self.shape, &self.usable(levels));
        for outside in [Level::Weightless, Level::ForcedDown, Level::Reduced] {
            self.ledger.count(Invariant::Independence, 1);
            if self.decide(&normal, outside) != *route {
                let mut states = self.words(levels);
                let others = self.outside.iter().map(|region| self.subject.region(*region).to_owned());
                states.extend(others.map(|name| (name, outside.word())));
                let failure =
                    self.failure(states, "another answer than with the regions outside up", "the same");
                self.ledger.fail(Invariant::Independence, failure);
            }
        }
    }

    /// One region better: each slot keeps its region or moves to that one.
    fn is_monotone(&mut self, levels: &[Level], route: &Route) {
        for at in 0..levels.len() {
            for better in [Level::Down, Level::Held, Level::Reduced, Level::Full] {
                if better <= levels[at] {
                    continue;
                }
                let mut improved = levels.to_vec();
                improved[at] = better;
                self.ledger.count(Invariant::Monotone, 1);
                let candidate = self.candidates[at];
                if let Some((slot, from, to)) = moved(route, self.route(&improved), candidate) {
                    let (from, to) = (self.subject.region(from), self.subject.region(to));
                    let name = self.subject.region(candidate);
                    let found = format!(
                        "slot {slot} moves from {from} to {to} when {name} becomes {}",
                        better.word()
                    );
                    let failure =
                        self.failure(self.words(levels), &found, "it stays, or moves to that region");
                    self.ledger.fail(Invariant::Monotone, failure);
                }
            }
        }
    }

    fn failure(&self, states: Vec<(String, &'static str)>, found: &str, allowed: &str) -> Counterexample {
        let (_, service, client) = &self.case.bounds[0];
        Counterexample {
            states,
            service: self.subject.service(*service).to_owned(),
            client: *client,
            found: found.to_owned(),
            allowed: allowed.to_owned(),
        }
    }

    /// Every candidate that is not simply up.
    fn words(&self, levels: &[Level]) -> Vec<(String, &'static str)> {
        let each = self.candidates.iter().zip(levels).filter(|(_, level)| **level != Level::Full);
        each.map(|(region, level)| (self.subject.region(*region).to_owned(), level.word())).collect()
    }

    /// What the states run stand for.
    fn reductions(&mut self, states: &States) {
        let (count, all) = (self.candidates.len() as i32, self.candidates.len() + self.outside.len());
        let (every, inside, twins) = (7_f64.powi(all as i32), 7_f64.powi(count), 5_f64.powi(count));
        let present = 3_f64.powi(count) + 2_f64.powi(count + 1) - 2.0;
        self.ledger.reduce("outside", every, inside);
        self.ledger.reduce("twins", inside, twins);
        self.ledger.reduce("absent", twins, present);
        let run = states.each.len() as f64;
        match (states.by_contest, self.shape) {
            (true, _) => self.ledger.reduce("contest", present, run),
            (false, Shape::Ordered) => self.ledger.reduce("first_full", present, run),
            (false, Shape::Spread) => {}
        }
    }
}

/// The regions that hold a slot.
pub(super) fn holders(route: &Route) -> RegionSet {
    match route {
        Route::One(region, _) => [*region].into_iter().collect(),
        Route::Slots(slots) => slots.iter().map(|(region, _)| *region).collect(),
        Route::Sink(_) => RegionSet::empty(),
    }
}

fn is_short(route: &Route) -> bool {
    matches!(route, Route::Slots(slots) if slots.len() != SLOTS)
}

/// The first slot that leaves its region for another one than `improved`.
fn moved(before: &Route, after: &Route, improved: RegionId) -> Option<(u16, RegionId, RegionId)> {
    let leaves = |from: RegionId, to: RegionId| from != to && to != improved;
    let slot = match (before, after) {
        (Route::One(from, _), Route::One(to, _)) => leaves(*from, *to).then_some(0),
        (Route::One(from, _), Route::Slots(after)) => after.iter().position(|(to, _)| leaves(*from, *to)),
        (Route::Slots(before), Route::One(to, _)) => before.iter().position(|(from, _)| leaves(*from, *to)),
        (Route::Slots(before), Route::Slots(after)) if Arc::ptr_eq(before, after) => None,
        (Route::Slots(before), Route::Slots(after)) => {
            before.iter().zip(after.iter()).position(|((from, _), (to, _))| leaves(*from, *to))
        }
        (Route::Sink(_), _) | (_, Route::Sink(_)) => None,
    }? as u16;
    Some((slot, before.at(slot)?.0, after.at(slot)?.0))
}
