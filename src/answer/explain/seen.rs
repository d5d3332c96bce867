//! The candidates as one client sees them: rules that bound them, what orders them, what would change the answer.

use std::borrow::Cow;

use super::explanation::{Candidate, Change, Rule};
use super::location::Located;
use crate::catalog::Catalog;
use crate::geo::Country;
use crate::region::{Jurisdiction, RegionId};
use crate::steer::{
    Board, Fence, Policy, Rejection, Route, Service, Spread, Strategy, Supposed, TtlBounds, Unlocated, View,
    biased_distance, decide,
};

/// All that the lines about candidates need to know.
pub(super) struct Seen<'a> {
    pub catalog: &'a Catalog,
    pub service: &'a Service,
    /// Of its TTLs now.
    pub bounds: TtlBounds,
    pub policy: &'a Policy,
    pub board: &'a Board,
    pub view: &'a View,
    pub route: &'a Route,
    pub located: &'a Located,
}

impl Seen<'_> {
    /// A region's line.
    pub(super) fn candidate(&self, id: RegionId) -> Candidate {
        let region = &self.catalog.regions[id.index()];
        let state = &self.board.conditions().states[id.index()];
        let outside = !self.view.allowed.contains(id);
        let place = &self.located.whereabouts;
        let round_trip = match &self.service.strategy {
            Strategy::Latency(latencies) => latencies.round_trip(id, region, place),
            _ => None,
        };
        let nearest = self.service.strategy == Strategy::Nearest;
        let note = outside.then(|| format!("it is in {}", region.jurisdiction.0).into());
        Candidate {
            region: region.name.clone(),
            rejection: outside
                .then_some(Rejection::OutsideFence)
                .or_else(|| self.spread().rejects(id, state)),
            weight: state.weight,
            share: if outside { 0 } else { state.percent() },
            distance_km: biased_distance(region, place.country).filter(|_| nearest),
            round_trip,
            slots: self.route.slots_of(id),
            note,
            evidence: None,
        }
    }

    /// What bounds this client's answers: the service's own jurisdictions, and each fence that holds it.
    pub(super) fn rules(&self) -> Vec<Rule> {
        let own = (!self.service.jurisdictions.is_empty()).then(|| Rule {
            name: format!("services.{:?}.jurisdictions", self.service.name).into(),
            why: format!("holds everyone to {}", listed(&self.service.jurisdictions)).into(),
        });
        let fences = self.view.fences.iter().map(|fence| &self.catalog.fences[fence.index()]);
        own.into_iter().chain(fences.map(|fence| self.rule(fence))).collect()
    }

    fn rule(&self, fence: &Fence) -> Rule {
        let here: Vec<&str> = self
            .located
            .countries
            .iter()
            .filter(|here| fence.clients.contains(here))
            .map(|here| Country::code(*here))
            .collect();
        let unknown = fence.unlocated == Unlocated::Held && self.located.partly_unknown;
        let whom = match (here.is_empty(), unknown) {
            (false, true) => format!("clients in {} and those that cannot be located", here.join(", ")),
            (false, false) => format!("clients in {}", here.join(", ")),
            (true, _) => "clients that cannot be located".to_owned(),
        };
        Rule {
            name: format!("fences.{}", fence.name).into(),
            why: format!("holds {whom} to {}", listed(&fence.jurisdictions)).into(),
        }
    }

    /// What put the candidates in their order.
    pub(super) fn order(&self) -> String {
        let place = &self.located.whereabouts;
        match (&self.service.strategy, place.country) {
            (Strategy::Nearest, Some(country)) => format!("nearest to the people of {}", country.name()),
            (Strategy::Latency(_), Some(country)) => {
                format!("least round trip from {}; where none was measured, by distance", country.name())
            }
            (Strategy::Nearest | Strategy::Latency(_), None) => {
                "as the service lists them: nobody knows where the client is".to_owned()
            }
            (Strategy::Geo(lists), _) => match lists.rule(place) {
                Some(at) => format!("the geo list of {}", lists.rules[at].0),
                None => "the geo list \"default\"".to_owned(),
            },
            (Strategy::Failover, _) => "as the service lists them".to_owned(),
            (Strategy::Weighted(_), _) => "by weight, spread over clients".to_owned(),
        }
    }

    /// The smallest change of one region's state that alters what `slot` is answered with: of several the one about the
    /// client's better region, and a drain only where neither a return nor a fall does it.
    pub(super) fn change(&self, slot: u16) -> Option<Change> {
        let answered = self.route.at(slot)?.0;
        let states = &self.board.conditions().states;
        let altered = |id: RegionId, becomes: Supposed| {
            let mut then = states.clone();
            becomes.apply(&mut then[id.index()]);
            let then = decide(self.view, &self.spread(), &then).at(slot).map(|(region, _)| region);
            (then != Some(answered)).then(|| Change {
                region: self.name(id),
                is: self.spread().rejects(id, &states[id.index()]).map_or("eligible", Rejection::word),
                becomes: becomes.word(),
                answer: then.map(|region| self.name(region)),
            })
        };
        let usual = |id| altered(id, Supposed::Up).or_else(|| altered(id, Supposed::Down));
        let drained = |id| altered(id, Supposed::Drained);
        self.view.candidates().find_map(usual).or_else(|| self.view.candidates().find_map(drained))
    }

    /// How slots are spread, an operator's canary included.
    fn spread(&self) -> Cow<'_, Spread> {
        self.board.conditions().spread(self.policy.spread())
    }

    fn name(&self, id: RegionId) -> Box<str> {
        self.catalog.regions[id.index()].name.clone()
    }
}

fn listed(jurisdictions: &[Jurisdiction]) -> String {
    jurisdictions.iter().map(|one| &*one.0).collect::<Vec<_>>().join(", ")
}
