//! What regions say about each other: symptoms that most of them share, provider errors beyond the others', capacity.

use std::time::Duration;

use super::evidence::{Layer, Verdict};
use super::jury::Jury;
use super::penalty::provider_share;
use super::region::RegionHealth;
use super::symptom::{Symptom, Symptoms};
use crate::region::Region;

/// The symptoms that more than half of three or more regions show at once. Moving users away from such a symptom does
/// not help, so it is held against no region. Faults of transport are never among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Commons {
    /// When each was last common.
    last: [Option<Duration>; Symptom::ALL.len()],
    now: Symptoms,
}

impl Commons {
    pub(super) const fn now(&self) -> Symptoms {
        self.now
    }

    /// Finds them anew; whether they changed. What was common stays so for a minute.
    pub(super) fn find(&mut self, regions: &[RegionHealth], jury: &Jury, now: Duration) -> bool {
        let watched = |region: &&RegionHealth| {
            region.endpoints().iter().any(|endpoint| {
                let soft = |layer: &Layer| !layer.is_hard();
                Layer::ALL.into_iter().filter(soft).any(|layer| endpoint.held(layer, jury).next().is_some())
            })
        };
        let shown: Vec<Symptoms> = regions.iter().filter(watched).map(|region| region.shows(jury)).collect();
        let mut found = Symptoms::default();
        for symptom in Symptom::ALL {
            let showing = shown.iter().filter(|shown| shown.contains(symptom)).count();
            let last = &mut self.last[symptom as usize];
            if shown.len() >= LEAST && showing * 2 > shown.len() {
                *last = Some(now);
            }
            if last.is_some_and(|last| now.saturating_sub(last) < LINGER) {
                found.insert(symptom);
            }
        }
        let changed = found != self.now;
        self.now = found;
        changed
    }
}

/// Whether so little healthy capacity is left that soft evidence is ignored: what is left would break under the rest.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Panic(bool);

impl Panic {
    pub(super) const fn holds(self) -> bool {
        self.0
    }

    /// Finds it anew; whether it changed.
    pub(super) fn find(&mut self, held: &[RegionHealth], regions: &[Region]) -> bool {
        let worth = |health: &RegionHealth| match health.verdict() {
            Verdict::Down => 0.0,
            _ => f64::from(health.weight()) / 100.0,
        };
        let all: f64 = regions.iter().map(|region| f64::from(region.capacity)).sum();
        let healthy: f64 =
            regions.iter().zip(held).map(|(region, health)| f64::from(region.capacity) * worth(health)).sum();
        let is_soft = held.iter().any(|health| health.verdict() != Verdict::Down && health.weight() < 100);
        let bound = if self.0 { CALM } else { PANIC };
        let holds = is_soft && healthy < bound * all;
        let changed = holds != self.0;
        self.0 = holds;
        changed
    }
}

/// The provider errors that the other regions have, one a region: their median.
pub(super) fn usual(regions: &[RegionHealth]) -> Vec<Option<f64>> {
    let shares: Vec<Option<f64>> = regions.iter().map(|region| provider_share(&region.soft.window)).collect();
    let of = |at: usize| {
        shares[at]?;
        let mut others: Vec<f64> = shares
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != at)
            .filter_map(|(_, share)| *share)
            .collect();
        others.sort_by(f64::total_cmp);
        others.get(others.len() / 2).copied()
    };
    (0..shares.len()).map(of).collect()
}

/// Fewer regions have nothing in common.
const LEAST: usize = 3;
/// Longer than the short window, so that what was common is out of it.
const LINGER: Duration = Duration::from_secs(100);
/// Shares of all capacity: below the first panic begins, from the second on it ends.
const PANIC: f64 = 0.5;
const CALM: f64 = 0.6;
