//! Holds: where a service's failback is manual, a region that falls stays out until an operator says `force up`.
//!
//! A hold is kept like an override, so that neither a restart nor a reload moves traffic back; a machine says it, and
//! only an operator ends it.

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
        let holds = |service: &&Service| {
            let manual =
                service.motion.failback == Failback::Manual && service.motion.failover == Failover::Auto;
            manual && service.regions.contains(&fallen)
        };
        let hold = |service: &Service| Override {
            region: region.name.clone(),
            service: Some(service.name.clone()),
            kind: OverrideKind::Hold,
            actor: "meridian".into(),
            reason: "it fell, and failback is manual: `force up` ends this".into(),
            from: now.unix,
            until: now.unix.saturating_add(LONG),
        };
        let held: Vec<Override> = self.catalog.services.iter().filter(holds).map(hold).collect();
        let new = |held: &Override| !self.overrides.iter().any(|other| other.same_place(held));
        let held: Vec<Override> = held.into_iter().filter(new).collect();
        self.overrides.extend(held.iter().cloned());
        held.into_iter().map(Event::Overridden).collect()
    }

    /// Ends the holds that an operator's `force up` speaks about.
    pub(super) fn release(&mut self, word: &Override) -> Vec<Override> {
        if word.kind != OverrideKind::ForceUp {
            return Vec::new();
        }
        self.overrides.extract_if(.., |held| ends(word, held)).collect()
    }

    /// Ends what a kept `force up` had ended before the process did.
    pub(super) fn release_kept(&mut self) {
        let words: Vec<Override> =
            self.overrides.iter().filter(|held| held.kind == OverrideKind::ForceUp).cloned().collect();
        self.overrides.retain(|held| !words.iter().any(|word| held.from <= word.from && ends(word, held)));
    }
}

fn ends(word: &Override, hold: &Override) -> bool {
    let same_service = word.service.is_none() || word.service == hold.service;
    hold.kind == OverrideKind::Hold && hold.region == word.region && same_service
}

/// In seconds: as good as for ever.
const LONG: u64 = 10 * 365 * 86_400;
