//! What outlives a process, and a region's health made of it.

use std::net::IpAddr;

use super::{Override, World};
use crate::catalog::Catalog;
use crate::health::{EndpointHealth, RegionHealth, Verdict};
use crate::now::Now;
use crate::region::Region;

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
    /// The endpoint's address.
    pub endpoint: IpAddr,
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
            let verdict = |(endpoint, held): (&IpAddr, &EndpointHealth)| KeptVerdict {
                region: region.name.clone(),
                endpoint: *endpoint,
                verdict: held.verdict(),
                weight: health.weight(),
                since: health.since(),
            };
            region.endpoints.iter().zip(health.endpoints()).map(verdict).collect::<Vec<_>>()
        };
        self.catalog.regions.iter().zip(self.judgement.regions()).flat_map(of_region).collect()
    }
}

/// A region's health from kept verdicts. Without a probe it is simply up.
pub(super) fn revive(region: &Region, catalog: &Catalog, kept: &[KeptVerdict], now: Now) -> RegionHealth {
    let of =
        |endpoint: &IpAddr| kept.iter().find(|held| held.region == region.name && held.endpoint == *endpoint);
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
