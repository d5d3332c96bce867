//! Loads of regions, and the shares that they leave where services spill.

use std::time::Duration;

use super::word::{Drained, Word};
use super::{Observed, World};
use crate::now::Now;
use crate::region::{RegionId, RegionSet};
use crate::steer::{SLOTS, Spill};

/// Every load that was told, and for each distinct `spill` of the services the shares of all regions.
#[derive(Clone, Debug, Default)]
pub(super) struct Spills {
    loads: Vec<Option<Load>>,
    shares: Vec<(Spill, Vec<f64>)>,
    stepped: Option<Duration>,
}

/// A region's load when it was told.
#[derive(Clone, Copy, Debug)]
struct Load {
    /// Of the region's capacity: 1 is all of it.
    value: f64,
    at: Duration,
}

impl Spills {
    /// Room for the regions and services of a catalog; what is known of those that `earlier` had is kept.
    pub(super) fn new(regions: usize, spills: impl Iterator<Item = Spill>, earlier: &[(usize, f64)]) -> Self {
        let mut shares: Vec<(Spill, Vec<f64>)> = Vec::new();
        for spill in spills {
            if !shares.iter().any(|(known, _)| *known == spill) {
                let mut of_spill = vec![1.0; regions];
                earlier.iter().for_each(|(at, share)| of_spill[*at] = *share);
                shares.push((spill, of_spill));
            }
        }
        Self { loads: vec![None; regions], shares, stepped: None }
    }

    /// Slots that a spill leaves a region of its share.
    pub(super) fn slots(&self, spill: Option<&Spill>, region: RegionId) -> u16 {
        let of_spill = spill.and_then(|spill| self.shares.iter().find(|(known, _)| known == spill));
        let share = of_spill.and_then(|(_, shares)| shares.get(region.index())).copied().unwrap_or(1.0);
        (share * SLOTS as f64).round() as u16
    }

    /// The least share that any spill leaves a region, for a reload and a restart to begin with.
    fn least(&self, region: usize) -> f64 {
        self.shares.iter().filter_map(|(_, shares)| shares.get(region)).copied().fold(1.0, f64::min)
    }

    /// Regions that do not have all of their share, and how many slots of it, in steps that are worth keeping.
    pub(super) fn spilt(&self) -> impl Iterator<Item = (RegionId, u16)> + '_ {
        let step = |share: f64| (share * SLOTS as f64 / STEP).round() as u16 * STEP as u16;
        let each = (0..self.loads.len()).map(move |at| (RegionId(at as u16), step(self.least(at))));
        each.filter(|(_, slots)| usize::from(*slots) < SLOTS)
    }

    /// Lets every share follow its load; an unknown one holds the share. Those that are `leaving` get nothing back.
    fn step(&mut self, loads: &[Option<f64>], leaving: &RegionSet, now: Duration) {
        let elapsed = self.stepped.map_or(Duration::ZERO, |last| now.saturating_sub(last)).min(LONGEST_STEP);
        self.stepped = Some(now);
        for (spill, shares) in &mut self.shares {
            for ((region, share), load) in (0..).map(RegionId).zip(shares).zip(loads) {
                let next = load.map_or(*share, |load| spill.step(*share, load, elapsed));
                *share = if leaving.contains(region) { next.min(*share) } else { next };
            }
        }
    }

    /// The load that was told of a region, while it is fresh.
    fn told(&self, region: RegionId, now: Duration) -> Option<f64> {
        let load = self.loads.get(region.index()).copied().flatten();
        load.filter(|load| now.saturating_sub(load.at) < FRESH).map(|load| load.value)
    }
}

impl World {
    /// Takes in a region's load, as a part of its capacity: 1 is all of it. Shares follow at the next tick.
    pub fn load(&mut self, region: RegionId, load: f64, now: Now) {
        if let Some(held) = self.spills.loads.get_mut(region.index())
            && load.is_finite()
        {
            *held = Some(Load { value: load, at: now.monotonic });
        }
    }

    /// A region's load as far as it is known: of what was observed and what is pushed, the greater.
    #[must_use]
    pub fn load_of(&self, region: RegionId, now: Now) -> Option<f64> {
        let known = [self.spills.told(region, now.monotonic), self.pushed_load(region)];
        known.into_iter().flatten().reduce(f64::max)
    }

    /// Once a second: lets evidence age, weights and shares move. Whether the picture has to be made anew, and what turned.
    pub fn tick(&mut self, now: Now) -> Observed {
        let regions = || (0..self.catalog.regions.len() as u16).map(RegionId);
        let loads: Vec<Option<f64>> = regions().map(|region| self.load_of(region, now)).collect();
        let is_leaving = |held: &&Word| matches!(held.drained(now), Drained::Partly(..));
        let leaving = self.overrides.iter().filter(is_leaving);
        let leaving = leaving.filter_map(|held| self.catalog.region(&held.region)).collect();
        self.spills.step(&loads, &leaving, now.monotonic);
        self.forget_releases(now);
        let weighed = self.weigh(now);
        Observed { moved: weighed.moved || self.has_moved(now), ..weighed }
    }

    /// Spills of the catalog, with the shares of regions that keep their name.
    pub(super) fn spills_anew(&self, catalog: &crate::catalog::Catalog) -> Spills {
        let earlier: Vec<(usize, f64)> = (0..)
            .zip(&catalog.regions)
            .filter_map(|(at, region)| {
                Some((at, self.spills.least(self.catalog.region(&region.name)?.index())))
            })
            .collect();
        Spills::new(catalog.regions.len(), spills_of(catalog), &earlier)
    }
}

/// What the services of a catalog say of spill.
pub(super) fn spills_of(catalog: &crate::catalog::Catalog) -> impl Iterator<Item = Spill> {
    catalog.services.iter().filter_map(|service| service.motion.spill)
}

/// A load older than this is unknown.
const FRESH: Duration = Duration::from_secs(60);
/// Slots: a share that moves by less is not written anew.
const STEP: f64 = 64.0;
/// A tick that was missed for longer moves shares no further than this.
const LONGEST_STEP: Duration = Duration::from_secs(10);
