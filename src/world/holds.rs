//! Holds: where a service's failback is manual, a region that falls stays out until an operator says `force up`. And where
//! it has a `max_lag`, a standby whose database is further behind stays out when a region before it falls: promoted, it
//! would serve what its clients have long changed.
//!
//! A hold is kept like an override, so that neither a restart nor a reload moves traffic; a machine says it, and an
//! operator ends it. One on a standby also ends when what fell is back. What counts is how far behind it was at the fall:
//! from then on a replica only seems to fall behind, for nothing comes any more.

use std::time::Duration;

use super::word::Word;
use super::{Event, Override, OverrideKind, World};
use crate::health::{Layer, Reading, RegionHealth, Traffic, Verdict};
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::{Failback, Failover, Service};

impl World {
    /// Holds what a fall must not move by itself: the way back of what fell, and the way to standbys that are behind.
    pub(super) fn hold(&mut self, fallen: RegionId, now: Now) -> Vec<Event> {
        let hold = |service: &Service, region: RegionId, reason: String| {
            Some(Override {
                region: self.catalog.regions.get(region.index())?.name.clone(),
                service: Some(service.name.clone()),
                kind: OverrideKind::Hold,
                actor: "meridian".into(),
                reason: reason.into(),
                from: now.unix,
                until: now.unix.saturating_add(LONG),
                gradual: None,
            })
        };
        let mut held = Vec::new();
        for service in &self.catalog.services {
            if holds(service, fallen) {
                let reason = "it fell, and failback is manual: `force up` ends this".to_owned();
                held.extend(hold(service, fallen, reason));
            }
            for (standby, lag) in self.behind(service, fallen) {
                let lag = lag.as_secs();
                let reason =
                    format!("its database was {lag} s behind, more than max_lag: `force up` promotes it");
                held.extend(hold(service, standby, reason));
            }
        }
        let new = |hold: &Override| !self.overrides.iter().any(|held| held.same_place(hold));
        let held: Vec<Override> = held.into_iter().filter(new).collect();
        self.overrides.extend(held.iter().cloned().map(|word| Word::new(word, now)));
        held.into_iter().map(Event::Overridden).collect()
    }

    /// The standbys of a service after a region whose databases are too far behind, and how far.
    fn behind(&self, service: &Service, fallen: RegionId) -> Vec<(RegionId, Duration)> {
        let Some(most) = service.motion.max_lag else { return Vec::new() };
        let after = service.regions.iter().skip_while(|region| **region != fallen).skip(1);
        let lags = after.filter_map(|region| Some((*region, lag(self.judgement.region(*region)?)?)));
        lags.filter(|(_, lag)| *lag > most).collect()
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
            let judgement = &self.judgement;
            let fell = |region: &RegionId| {
                judgement.region(*region).is_some_and(|health| health.verdict() == Verdict::Down)
            };
            service
                .zip(region)
                .is_some_and(|(service, region)| holds(service, region) || bars(service, region, fell))
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

/// Whether a service still keeps a standby out: what comes before it is still down.
fn bars(service: &Service, standby: RegionId, fell: impl Fn(&RegionId) -> bool) -> bool {
    let mut before = service.regions.iter().take_while(|region| **region != standby);
    service.motion.max_lag.is_some() && before.any(fell)
}

/// How far a region's database is behind its primary, as its figures said last.
fn lag(health: &RegionHealth) -> Option<Duration> {
    let layers = health.endpoints().iter().flat_map(|endpoint| endpoint.layers());
    let lags = layers.filter_map(|(layer, held)| match held.reading {
        Reading::Traffic(Traffic { lag, .. }) if layer == Layer::Metrics => lag,
        _ => None,
    });
    lags.max()
}

fn ends(word: &Override, hold: &Override) -> bool {
    let same_service = word.service.is_none() || word.service == hold.service;
    hold.kind == OverrideKind::Hold && hold.region == word.region && same_service
}

/// In seconds: as good as for ever.
const LONG: u64 = 10 * 365 * 86_400;
