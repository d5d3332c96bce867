//! What outlives a process, and a region's health made of it.

use super::{Override, World};
use crate::health::{EndpointHealth, RegionHealth, Verdict};
use crate::now::Now;
use crate::region::{Endpoint, Region};

/// What outlives a process: brought back by the store at a start.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// Overrides whose end may have passed meanwhile.
    pub overrides: Vec<Override>,
    /// The last verdicts.
    pub verdicts: Vec<KeptVerdict>,
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
                since: health.since(),
            };
            region.endpoints.iter().zip(health.endpoints()).map(verdict).collect::<Vec<_>>()
        };
        self.catalog.regions.iter().zip(&self.health).flat_map(of_region).collect()
    }
}

/// A region's health from kept verdicts. Without a probe it is simply up.
pub(super) fn revive(region: &Region, kept: &[KeptVerdict], now: Now) -> RegionHealth {
    let of =
        |endpoint: Endpoint| kept.iter().find(|held| held.region == region.name && held.endpoint == endpoint);
    let verdict = |endpoint| match region.plan {
        None => Verdict::Up,
        Some(_) => of(endpoint).map_or(Verdict::Unknown, |held| held.verdict),
    };
    let mut health = RegionHealth::new(region.endpoints.iter().map(verdict), region.min_endpoints, now.unix);
    if let Some(since) = region.endpoints.iter().find_map(of).map(|held| held.since) {
        health.keep_since(since);
    }
    health
}
