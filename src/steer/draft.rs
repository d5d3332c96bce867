//! A policy under construction: the views that it holds of the places of an atlas, each once.

use std::collections::HashMap;

use super::allowed::{Holder, allowed};
use super::fence::FenceId;
use super::motion::Motion;
use super::order::{Whereabouts, order};
use super::plan::{PlanError, Policy, Sources};
use super::service::{Service, ServiceId, Strategy};
use super::spread::Spread;
use super::view::View;
use crate::geo::Place;

/// A policy under construction: the first service that has it stands for all.
pub(super) struct Draft {
    service: ServiceId,
    views: Vec<View>,
    ids: HashMap<View, u32>,
    spread: Spread,
    motion: Motion,
}

/// The distinct policies, and which one each service has.
pub(super) fn drafts(sources: &Sources<'_>) -> (Vec<Draft>, Vec<u32>) {
    let mut drafts = Vec::new();
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut policy_of = Vec::with_capacity(sources.services.len());
    for (id, service) in (0..).map(ServiceId).zip(sources.services) {
        let fences: Vec<FenceId> = (0..)
            .map(FenceId)
            .zip(sources.fences)
            .filter(|(_, fence)| fence.applies_to(id))
            .map(|(fence, _)| fence)
            .collect();
        let own = (&service.portions, &service.motion);
        let key = format!("{:?}", (&service.regions, &service.strategy, &service.jurisdictions, fences, own));
        let next = drafts.len() as u32;
        let policy = *known.entry(key).or_insert_with(|| {
            drafts.push(Draft::new(id, service));
            next
        });
        policy_of.push(policy);
    }
    (drafts, policy_of)
}

impl Draft {
    fn new(id: ServiceId, service: &Service) -> Self {
        let spread = match &service.strategy {
            Strategy::Weighted(weights) => Spread::Weighted(by_region(service, weights)),
            _ if service.portions.are_none() => Spread::Ordered,
            _ => Spread::Portioned(service.portions),
        };
        Self { service: id, views: Vec::new(), ids: HashMap::new(), spread, motion: service.motion.clone() }
    }

    /// The view of a place.
    pub(super) fn view(&mut self, sources: &Sources<'_>, place: &Place) -> u32 {
        let whereabouts = Whereabouts::of(place, sources.atlas.steering());
        self.view_for(sources, &whereabouts)
    }

    /// The view of clients that cannot be located.
    pub(super) fn unlocated(&mut self, sources: &Sources<'_>) -> u32 {
        self.view_for(sources, &Whereabouts::default())
    }

    fn view_for(&mut self, sources: &Sources<'_>, whereabouts: &Whereabouts) -> u32 {
        let service = &sources.services[self.service.index()];
        let holder = whereabouts.country.map_or(Holder::Unlocated, Holder::Country);
        let (allowed, fences) = allowed(service, self.service, sources.fences, sources.regions, holder);
        let order = order(service, sources.regions, whereabouts).into();
        self.intern(sources, View { order, allowed, fences: fences.into(), sink: None })
    }

    /// The view of a block of clients with these views.
    pub(super) fn block(
        &mut self,
        sources: &Sources<'_>,
        members: impl Iterator<Item = u32>,
        lead: u32,
    ) -> u32 {
        let view = |at: u32| &self.views[at as usize];
        let block = View::of_block(view(lead), members.map(view));
        self.intern(sources, block)
    }

    fn intern(&mut self, sources: &Sources<'_>, mut view: View) -> u32 {
        let service = &sources.services[self.service.index()];
        view.sink = view.fences.iter().copied().find(|fence| sources.fences[fence.index()].has_sink(service));
        let next = self.views.len() as u32;
        *self.ids.entry(view).or_insert_with_key(|view| {
            self.views.push(view.clone());
            next
        })
    }

    /// Every view that allows no region has a sink: also those of blocks that several fences hold together.
    pub(super) fn has_sinks(&self, sources: &Sources<'_>) -> Result<(), PlanError> {
        let lacking = |view: &&View| view.sink.is_none() && view.candidates().next().is_none();
        let Some(view) = self.views.iter().find(lacking) else {
            return Ok(());
        };
        let names: Vec<&str> = view.fences.iter().map(|fence| &*sources.fences[fence.index()].name).collect();
        let fences =
            if names.is_empty() { "the service's own jurisdictions".to_owned() } else { names.join(" and ") };
        Err(PlanError::NoSink { service: sources.services[self.service.index()].name.clone(), fences })
    }

    /// The policy, given the view of each class.
    pub(super) fn finish(self, view_of: Vec<u32>) -> Policy {
        let regions = self.views.iter().flat_map(|view| view.order.iter().copied()).collect();
        Policy { regions, spread: self.spread, motion: self.motion, views: self.views, view_of }
    }
}

fn by_region(service: &Service, weights: &[u32]) -> Box<[f64]> {
    let highest = service.regions.iter().map(|region| region.index()).max().unwrap_or(0);
    let mut spread = vec![0.0; highest + 1];
    for (region, weight) in service.regions.iter().zip(weights) {
        spread[region.index()] = f64::from(*weight);
    }
    spread.into()
}
