//! A board: the route of every view of one policy under one set of states, and which clients it answers alike.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use super::decide::{Route, State, decide_with};
use super::fence::FenceId;
use super::plan::{Plan, Policy};
use super::spread::Spread;
use super::tables::Tables;
use crate::geo::{ClassId, SetId, SetShape};
use crate::region::{RegionId, RegionSet};

/// What a board is computed from, beside the policy: the same inputs give the same board.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// State of each region, indexed by `RegionId`.
    pub states: Vec<State>,
    /// The monotonic moment before which a region's state cannot change, where one is pending.
    pub pending: Vec<Option<Duration>>,
    /// The region that an operator gives a part of every client, in place of the policy's own canary.
    pub canary: Option<(RegionId, f64)>,
}

impl Conditions {
    /// The same for some regions only: what a policy without the others sees.
    #[must_use]
    pub fn of(&self, regions: &RegionSet) -> Self {
        let mut of = self.clone();
        of.canary =
            self.canary.filter(|(region, _)| regions.contains(*region) && regions.iter().nth(1).is_some());
        for (region, (state, pending)) in (0..).map(RegionId).zip(of.states.iter_mut().zip(&mut of.pending)) {
            if !regions.contains(region) {
                *state = State { rejection: None, weight: 0, share: 0, seed: 0 };
                *pending = None;
            }
        }
        of
    }

    /// How slots are spread under them.
    #[must_use]
    pub fn spread<'a>(&self, spread: &'a Spread) -> Cow<'a, Spread> {
        self.canary.map_or(Cow::Borrowed(spread), |canary| spread.with_canary(canary))
    }
}

/// The routes of one policy, frozen.
#[derive(Debug)]
pub struct Board {
    conditions: Conditions,
    routes: Vec<Route>,
    pending: Vec<Option<Duration>>,
    alike: Vec<Alike>,
}

/// What all clients of a class, or of a set of classes, are answered with; mixed when they are not answered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Alike(u32);

impl Alike {
    const MIXED: Self = Self(u32::MAX);

    fn join(self, other: Self) -> Self {
        if self == other { self } else { Self::MIXED }
    }
}

impl Board {
    /// Decides every view of `policy`.
    #[must_use]
    pub fn new(plan: &Plan, policy: &Policy, conditions: Conditions) -> Self {
        Self::sharing(plan, policy, conditions, &mut Tables::default())
    }

    /// The same, with tables that boards of one picture share.
    #[must_use]
    pub fn sharing(plan: &Plan, policy: &Policy, conditions: Conditions, tables: &mut Tables) -> Self {
        let spread = conditions.spread(policy.spread());
        let route = |view| decide_with(view, &spread, &conditions.states, tables);
        let routes: Vec<Route> = policy.views().iter().map(route).collect();
        let earliest = |region: RegionId| conditions.pending.get(region.index()).copied().flatten();
        let pending: Vec<Option<Duration>> =
            policy.views().iter().map(|view| view.candidates().filter_map(earliest).min()).collect();
        let alike = alike(plan, policy, &routes, &pending);
        Self { conditions, routes, pending, alike }
    }

    /// What it was computed from.
    #[must_use]
    pub const fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Who answers a view.
    #[must_use]
    pub fn route(&self, view: usize) -> &Route {
        &self.routes[view]
    }

    /// Who answers each view.
    #[must_use]
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The monotonic moment before which a view's route cannot change, where a change is pending.
    #[must_use]
    pub fn pending(&self, view: usize) -> Option<Duration> {
        self.pending[view]
    }

    /// Whether every client of every class in the set gets one and the same answer.
    #[must_use]
    pub fn is_uniform(&self, set: SetId) -> bool {
        self.alike.get(set.index()).is_some_and(|alike| *alike != Alike::MIXED)
    }
}

/// For every set of classes, what it is answered with: one pass, since a set is made of earlier sets.
fn alike(plan: &Plan, policy: &Policy, routes: &[Route], pending: &[Option<Duration>]) -> Vec<Alike> {
    let views = answers(routes, pending);
    let of_class = |class: ClassId| views[policy.view_of(class)];
    let mut usual = plan.usual_classes().map(of_class);
    let first = usual.next().unwrap_or(Alike::MIXED);
    let everyone = usual.fold(first, Alike::join);
    let of_class = |class: ClassId| {
        if plan.is_usual(class) || everyone != Alike::MIXED { of_class(class) } else { apart(class) }
    };
    let mut alike: Vec<Alike> = Vec::with_capacity(plan.table().sets().len());
    for shape in plan.table().sets() {
        alike.push(match *shape {
            SetShape::One(class) => of_class(class),
            SetShape::Union(left, right) => alike[left.index()].join(alike[right.index()]),
        });
    }
    alike
}

/// A class whose clients are located by something else than their address: alike among themselves, unlike all others.
const fn apart(class: ClassId) -> Alike {
    Alike(u32::MAX - 1 - class.0 as u32)
}

/// What a route without slots answers with.
#[derive(PartialEq, Eq, Hash)]
enum Answer {
    Region(RegionId),
    Sink(Option<FenceId>),
}

/// One number for each distinct answer; a table of slots is no single answer.
fn answers(routes: &[Route], pending: &[Option<Duration>]) -> Vec<Alike> {
    let mut numbers: HashMap<(Answer, Option<Duration>), u32> = HashMap::new();
    let number = |(route, pending): (&Route, &Option<Duration>)| {
        let answer = match route {
            Route::One(region, _) => Answer::Region(*region),
            Route::Sink(fence) => Answer::Sink(*fence),
            Route::Slots(_) => return Alike::MIXED,
        };
        let next = numbers.len() as u32;
        Alike(*numbers.entry((answer, *pending)).or_insert(next))
    };
    routes.iter().zip(pending).map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_apart_is_alike_in_itself_and_like_nothing_else() {
        for class in [0, 1, 7, u16::MAX - 1] {
            let own = apart(ClassId(class));
            assert_eq!(own.join(own), own);
            assert_ne!(own, Alike::MIXED, "class {class}");
            assert_eq!(own.join(apart(ClassId(class + 1))), Alike::MIXED);
        }
    }
}
