//! What outlives a process, and a region's health made of it.

use super::release::Release;
use super::{Override, Track, World};
use crate::catalog::Catalog;
use crate::health::{EndpointHealth, RegionHealth, Verdict};
use crate::now::Now;
use crate::region::{Endpoint, Region, RegionId};
use crate::steer::SLOTS;

/// What outlives a process: brought back by the store at a start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Overrides whose end may have passed meanwhile.
    pub overrides: Vec<Override>,
    /// The last verdicts.
    pub verdicts: Vec<KeptVerdict>,
    /// Regions that came back lately, or are under load.
    pub returns: Vec<KeptReturn>,
}

/// A region that came back, and what its share goes by since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReturn {
    /// The region's name.
    pub region: Box<str>,
    /// What it came back from.
    pub from: Returned,
    /// Unix seconds at which it did; 0 for a load, which is of now.
    pub at: u64,
}

/// What a region came back from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Returned {
    /// The probes had called it down; it fell this many times in a row soon after a return.
    Down(u32),
    /// A word about it ended: about one service or all, with this many slots of its share left.
    Word(Option<Box<str>>, u16),
    /// It has not yet: under load, spill leaves it this many slots of its share.
    Load(u16),
}

/// The verdict of one endpoint as it was last known.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptVerdict {
    /// The region's name.
    pub region: Box<str>,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What was held.
    pub verdict: Verdict,
    /// What soft evidence left the region of its share, 0 to 100.
    pub weight: u8,
    /// Unix seconds since which the region's verdict held.
    pub since: u64,
}

impl World {
    /// Every endpoint's verdict, for the store.
    #[must_use]
    pub fn verdicts(&self) -> Vec<KeptVerdict> {
        let of_region = |(region, health): (&Region, &RegionHealth)| {
            let verdict = |(endpoint, held): (Endpoint, &EndpointHealth)| KeptVerdict {
                region: region.name.clone(),
                endpoint,
                verdict: held.verdict(),
                weight: health.weight(),
                since: health.since(),
            };
            region.endpoints.iter().zip(health.endpoints()).map(verdict).collect::<Vec<_>>()
        };
        self.catalog.regions.iter().zip(self.judgement.regions()).flat_map(of_region).collect()
    }
}

impl World {
    /// All that outlives a process.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let overrides = self.overrides().cloned().collect();
        Kept { overrides, verdicts: self.verdicts(), returns: self.returns() }
    }

    /// Every region that came back lately or is under load, for the store.
    #[must_use]
    pub fn returns(&self) -> Vec<KeptReturn> {
        let recovered = |(region, track): (&Region, &Track)| {
            let from = Returned::Down(track.relapses());
            track.returned_at().map(|at| KeptReturn { region: region.name.clone(), from, at })
        };
        let released = |release: &Release| KeptReturn {
            region: release.region.clone(),
            from: Returned::Word(release.service.clone(), release.slots),
            at: release.at.unix,
        };
        let loaded = |(region, slots): (RegionId, u16)| KeptReturn {
            region: self.catalog.regions[region.index()].name.clone(),
            from: Returned::Load(slots),
            at: 0,
        };
        let recovered = self.catalog.regions.iter().zip(&self.tracks).filter_map(recovered);
        let released = self.releases.iter().map(released);
        recovered.chain(released).chain(self.spills.spilt().map(loaded)).collect()
    }
}

/// A region's track from what was kept.
pub(super) fn retrace(region: &Region, kept: &[KeptReturn], now: Now) -> Track {
    let recovery = |kept: &KeptReturn| match kept.from {
        Returned::Down(relapses) if kept.region == region.name => {
            Some(Track::kept(moment(kept.at, now), relapses))
        }
        _ => None,
    };
    kept.iter().find_map(recovery).unwrap_or_default()
}

/// Releases from what was kept.
pub(super) fn release_anew(kept: &[KeptReturn], now: Now) -> Vec<Release> {
    let release = |kept: &KeptReturn| match &kept.from {
        Returned::Word(service, slots) => Some(Release {
            region: kept.region.clone(),
            service: service.clone(),
            at: moment(kept.at, now),
            slots: *slots,
        }),
        Returned::Down(_) | Returned::Load(_) => None,
    };
    kept.iter().filter_map(release).collect()
}

/// Shares that loads had left, by position of the region, from what was kept.
pub(super) fn respill(catalog: &Catalog, kept: &[KeptReturn]) -> Vec<(usize, f64)> {
    let share = |kept: &KeptReturn| match kept.from {
        Returned::Load(slots) => Some((catalog.region(&kept.region)?.index(), part(slots))),
        _ => None,
    };
    kept.iter().filter_map(share).collect()
}

fn part(slots: u16) -> f64 {
    (f64::from(slots) / SLOTS as f64).min(1.0)
}

/// A wall time that has been, on both clocks.
fn moment(unix: u64, now: Now) -> Now {
    Now { monotonic: now.moment_before(unix), unix: unix.min(now.unix) }
}

/// A region's health from kept verdicts. Without a probe it is simply up.
pub(super) fn revive(region: &Region, catalog: &Catalog, kept: &[KeptVerdict], now: Now) -> RegionHealth {
    let of =
        |endpoint: Endpoint| kept.iter().find(|held| held.region == region.name && held.endpoint == endpoint);
    let verdict = |endpoint| match region.plan {
        None => Verdict::Up,
        Some(_) => of(endpoint).map_or(Verdict::Unknown, |held| held.verdict),
    };
    let first = region.endpoints.iter().find_map(of);
    let weight = first.filter(|_| region.plan.is_some()).map_or(100, |held| held.weight);
    let verdicts: Vec<Verdict> = region.endpoints.iter().map(verdict).collect();
    let vantages = catalog.vantages.len();
    let mut health = RegionHealth::new(&verdicts, weight, region.min_endpoints, vantages, now.unix);
    if let Some(since) = first.map(|held| held.since) {
        health.keep_since(since);
    }
    health
}
