//! The picture as metrics: what is up, what is ordered, how old things are.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::prove::Proof;
use crate::health::{Layer, Verdict};
use crate::metrics::{
    GEOIP_BUILD, GEOIP_DRIFT, GEOIP_HELD, LAST_RESORTS, OVERRIDES, PROBE_AGE, PROBER_DEAD, PROBER_MISSED,
    PROBER_SILENCE, PROOF_SECONDS, PROOF_TIMESTAMP, PROOF_WHOLE, PUSHES, REGION_LOAD, REGION_UP,
    REGION_WEIGHT, SERVICE_LOAD, SERVICE_TTL, SNAPSHOT_BUILD_SECONDS, SNAPSHOT_EPOCH,
};
use crate::now::Now;
use crate::probe::Heartbeat;
use crate::world::{Override, RegionStatus, World};

/// What has been shown, so that what is gone can be set to 0.
#[derive(Debug, Default)]
pub(super) struct Gauges {
    regions: BTreeSet<Box<str>>,
    overrides: BTreeSet<(Box<str>, &'static str)>,
    /// Layers that were observed.
    layers: BTreeSet<(Box<str>, &'static str)>,
    /// Services with a budget.
    budgets: BTreeSet<Box<str>>,
}

impl Gauges {
    /// Shows the world as it is now.
    pub(super) fn show(&mut self, world: &World, epoch: u64, now: Now) {
        let status = world.status(now);
        SNAPSHOT_EPOCH.set([], epoch as f64);
        GEOIP_BUILD.set([], status.database_built as f64);
        LAST_RESORTS.set([], world.last_resorts() as f64);
        let gone = std::mem::take(&mut self.regions);
        for region in &status.regions {
            REGION_UP.set([&region.name], f64::from(u8::from(region.verdict != Verdict::Down)));
            REGION_WEIGHT.set([&region.name], f64::from(region.weight));
            REGION_LOAD.set([&region.name], region.load.unwrap_or_default());
            let pushes = status.pushes.iter().filter(|push| push.region == region.name).count();
            PUSHES.set([&region.name], pushes as f64);
            self.regions.insert(region.name.clone());
        }
        for region in gone.difference(&self.regions) {
            REGION_UP.set([region], 0.0);
            REGION_WEIGHT.set([region], 0.0);
            REGION_LOAD.set([region], 0.0);
            PUSHES.set([region], 0.0);
        }
        let gone = std::mem::take(&mut self.layers);
        for region in &status.regions {
            for (layer, age) in ages(region) {
                PROBE_AGE.set([&region.name, layer.word()], age);
                self.layers.insert((region.name.clone(), layer.word()));
            }
        }
        for (region, layer) in gone.difference(&self.layers) {
            PROBE_AGE.set([region, layer], 0.0);
        }
        let gone = std::mem::take(&mut self.budgets);
        for asked in &status.budgets {
            SERVICE_LOAD.set([&asked.service], asked.load.unwrap_or_default());
            SERVICE_TTL.set([&asked.service], f64::from(asked.bounds.min));
            self.budgets.insert(asked.service.clone());
        }
        for service in gone.difference(&self.budgets) {
            SERVICE_LOAD.set([service], 0.0);
            SERVICE_TTL.set([service], 0.0);
        }
        let gone = std::mem::take(&mut self.overrides);
        for held in &status.overrides {
            let same =
                |other: &&Override| other.region == held.region && other.kind.word() == held.kind.word();
            let count = status.overrides.iter().filter(same).count();
            OVERRIDES.set([&held.region, held.kind.word()], count as f64);
            self.overrides.insert((held.region.clone(), held.kind.word()));
        }
        for (region, kind) in gone.difference(&self.overrides) {
            OVERRIDES.set([region, kind], 0.0);
        }
    }

    /// How long the last picture took to make.
    pub(super) fn built(took: Duration) {
        SNAPSHOT_BUILD_SECONDS.record([], took);
    }

    /// What the last proof said, and when.
    pub(super) fn proven(proof: &Proof, now: Now) {
        PROOF_TIMESTAMP.set([], now.unix as f64);
        PROOF_SECONDS.set([], proof.took.as_secs_f64());
        PROOF_WHOLE.set([], f64::from(u8::from(proof.cut_short.is_none())));
    }

    /// What the last database moves that differs from the one before it, and whether it is held.
    pub(super) fn drifted(drift: Option<f64>, held: bool) {
        drift.into_iter().for_each(|drift| GEOIP_DRIFT.set([], drift));
        GEOIP_HELD.set([], f64::from(u8::from(held)));
    }

    /// The prober's heartbeat.
    pub(super) fn prober(heartbeat: Heartbeat) {
        PROBER_SILENCE.set([], heartbeat.silence.as_secs_f64());
        PROBER_MISSED.set([], heartbeat.missed as f64);
        PROBER_DEAD.set([], heartbeat.died as f64);
    }
}

/// The greatest age of each layer, in seconds.
fn ages(region: &RegionStatus) -> BTreeMap<Layer, f64> {
    let mut ages = BTreeMap::new();
    for seen in region.endpoints.iter().flat_map(|endpoint| &endpoint.layers) {
        let age: &mut f64 = ages.entry(seen.layer).or_default();
        *age = age.max(seen.age);
    }
    ages
}
