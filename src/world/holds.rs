//! Holds: where a service's failback is manual, a region that falls stays out until an operator says `force up`.
//!
//! A hold is kept like an override, so that neither a restart nor a reload moves traffic back; a machine says it, and
//! only an operator ends it.

use super::word::Word;
use super::{Event, Override, OverrideKind, World};
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::{Failback, Failover, Service};

impl World {
    /// Holds the traffic of a region that has just fallen, for every service that does not want it back by itself.
    pub(super) fn hold(&mut self, fallen: RegionId, now: Now) -> Vec<Event> {
        let Some(region) = self.catalog.regions.get(fallen.index()) else {
            return Vec::new();
        };
        let hold = |service: &Service| Override {
            region: region.name.clone(),
            service: Some(service.name.clone()),
            kind: OverrideKind::Hold,
            actor: "meridian".into(),
            reason: "it fell, and failback is manual: `force up` ends this".into(),
            from: now.unix,
            until: now.unix.saturating_add(LONG),
            gradual: None,
        };
        let held: Vec<Override> =
            self.catalog.services.iter().filter(|service| holds(service, fallen)).map(hold).collect();
        let new = |hold: &Override| !self.overrides.iter().any(|held| held.same_place(hold));
        let held: Vec<Override> = held.into_iter().filter(new).collect();
        self.overrides.extend(held.iter().cloned().map(|word| Word::new(word, now)));
        held.into_iter().map(Event::Overridden).collect()
    }

    /// Ends the holds that an operator's `force up` speaks about.
    pub(super) fn release(&mut self, word: &Override) -> Vec<Override> {
        if word.kind != OverrideKind::ForceUp {
            return Vec::new();
        }
        self.overrides.extract_if(.., |held| ends(word, held)).map(Word::into_order).collect()
    }

    /// Ends the holds that the config has no ground for any more: its services take their traffic back by themselves.
    pub fn end_groundless_holds(&mut self) -> Vec<Override> {
        let catalog = &self.catalog;
        let has_ground = |hold: &Override| {
            let service = hold.service.as_deref().and_then(|name| catalog.service(name));
            let region = catalog.region(&hold.region);
            let service = service.map(|id| &catalog.services[id.index()]);
            service.zip(region).is_some_and(|(service, region)| holds(service, region))
        };
        let ends = |held: &mut Word| held.kind == OverrideKind::Hold && !has_ground(held);
        self.overrides.extract_if(.., ends).map(Word::into_order).collect()
    }

    /// Ends what a kept `force up` had ended before the process did.
    pub(super) fn release_kept(&mut self) {
        let forces = self.overrides.iter().filter(|held| held.kind == OverrideKind::ForceUp);
        let words: Vec<Word> = forces.cloned().collect();
        self.overrides.retain(|held| !words.iter().any(|word| held.from <= word.from && ends(word, held)));
    }
}

/// Whether a service keeps a region that fell out of its answers.
fn holds(service: &Service, fallen: RegionId) -> bool {
    let manual = service.motion.failback == Failback::Manual && service.motion.failover == Failover::Auto;
    manual && service.regions.contains(&fallen)
}

fn ends(word: &Override, hold: &Override) -> bool {
    let same_service = word.service.is_none() || word.service == hold.service;
    hold.kind == OverrideKind::Hold && hold.region == word.region && same_service
}

/// In seconds: as good as for ever.
const LONG: u64 = 10 * 365 * 86_400;
