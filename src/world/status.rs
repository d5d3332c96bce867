//! The world as an operator asks for it: plain values, no JSON here.

use super::World;
use super::alarm::Alarm;
use super::budgets::Asked;
use super::conditions::Eye;
use super::event::Proven;
use super::overrides::{Override, OverrideKind};
use super::push::Push;
use super::word::Word;
use crate::health::{EndpointHealth, FaultClass, Held, Layer, ServiceLevel, Traffic, Verdict};
use crate::now::Now;
use crate::region::{Endpoint, Region, RegionId};
use crate::steer::{Motion, State};

/// Everything `GET /v1/status` tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Status {
    /// Number of the snapshot that answers.
    pub epoch: u64,
    /// Unix seconds at which the process started.
    pub started: u64,
    /// SHA-256 of the config file, in hexadecimal.
    pub config_sha256: Box<str>,
    /// SHA-256 of the location database, in hexadecimal.
    pub database_sha256: Box<str>,
    /// Unix seconds at which the location database was built.
    pub database_built: u64,
    /// Every region, in file order.
    pub regions: Vec<RegionStatus>,
    /// Every override that holds.
    pub overrides: Vec<Override>,
    /// Every pushed word that holds.
    pub pushes: Vec<Push>,
    /// Every service with a budget, in file order.
    pub budgets: Vec<Asked>,
    /// What an operator should look at now; since when, whoever keeps it puts in.
    pub alarms: Vec<Alarm>,
    /// The last proof of what serves; none: it was not proven since the start.
    pub proof: Option<ProofStatus>,
}

/// A proof of what serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofStatus {
    /// Unix seconds at which it ended.
    pub at: u64,
    /// What was proven.
    pub proven: Proven,
}

/// One region's state: what is measured, and what was ordered, side by side.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionStatus {
    /// Its name.
    pub name: Box<str>,
    /// What the probes say.
    pub verdict: Verdict,
    /// How much of its normal share it gets, 0 to 100, overrides included.
    pub weight: u8,
    /// Whether a drain for all services holds.
    pub drained: bool,
    /// The force that holds for all services.
    pub forced: Option<Verdict>,
    /// Its load as far as it is known: 1 is all of its capacity.
    pub load: Option<f64>,
    /// How much it can carry, relative to the others.
    pub capacity: u32,
    /// What its metrics said last, unless that is long ago; whoever keeps it puts it in.
    pub traffic: Option<Traffic>,
    /// Unix seconds from which no cache that keeps to TTLs has an answer with it; none: it is handed out.
    pub forgotten: Option<u64>,
    /// What its probes say; none: nothing was observed.
    pub evidence: Option<Box<str>>,
    /// Unix seconds since which the verdict holds.
    pub since: u64,
    /// Every endpoint.
    pub endpoints: Vec<EndpointStatus>,
    /// What it delivered since the start; whoever keeps it puts it in.
    pub level: ServiceLevel,
}

/// One endpoint's state.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointStatus {
    /// Its address, or its name.
    pub endpoint: Endpoint,
    /// What the hard machine holds.
    pub verdict: Verdict,
    /// The last observation of each layer that has one.
    pub layers: Vec<LayerStatus>,
}

/// The last observation of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerStatus {
    /// Which layer.
    pub layer: Layer,
    /// Passed, or the fault met.
    pub result: Result<(), FaultClass>,
    /// How long the attempt took, in seconds.
    pub seconds: f64,
    /// Seconds since it was observed.
    pub age: f64,
}

impl World {
    /// The world as it is now.
    #[must_use]
    pub fn status(&self, now: Now) -> Status {
        let motion = Motion::default();
        let conditions = self.conditions(Eye::General(&motion), &self.overrides, now);
        let region =
            |(at, (region, state)): (usize, (&Region, &State))| self.region_status(at, region, state, now);
        Status {
            epoch: self.last.as_ref().map_or(0, |last| last.epoch()),
            started: self.started,
            config_sha256: self.catalog.config_sha256.clone(),
            database_sha256: self.catalog.database.sha256.clone().into(),
            database_built: self.catalog.database.build_epoch,
            regions: self.catalog.regions.iter().zip(&conditions.states).enumerate().map(region).collect(),
            overrides: self.overrides().cloned().collect(),
            pushes: self.pushes().cloned().collect(),
            budgets: self.asked().collect(),
            alarms: self.alarms(now).dated(|_, _| now.unix),
            proof: None,
        }
    }

    fn region_status(&self, at: usize, region: &Region, state: &State, now: Now) -> RegionStatus {
        let health = &self.judgement.regions()[at];
        let general = |kinds: &[OverrideKind]| {
            let here = |held: &&Word| held.region == region.name && held.service.is_none();
            self.overrides.iter().filter(here).map(|held| held.kind).find(|kind| kinds.contains(kind))
        };
        let force = general(&[OverrideKind::ForceUp, OverrideKind::ForceDown]);
        RegionStatus {
            name: region.name.clone(),
            verdict: health.verdict(),
            weight: state.percent(),
            load: self.load_of(RegionId(at as u16), now),
            forgotten: self.forgotten(RegionId(at as u16)),
            drained: general(&[OverrideKind::Drain]).is_some(),
            forced: force.map(|kind| if kind == OverrideKind::ForceUp { Verdict::Up } else { Verdict::Down }),
            capacity: region.capacity,
            traffic: None,
            evidence: self.evidence(RegionId(at as u16), now),
            since: health.since(),
            level: ServiceLevel::default(),
            endpoints: region
                .endpoints
                .iter()
                .zip(health.endpoints())
                .map(|held| endpoint_status(held, now))
                .collect(),
        }
    }
}

fn endpoint_status((endpoint, health): (Endpoint, &EndpointHealth), now: Now) -> EndpointStatus {
    let layer = |(layer, held): (Layer, Held)| LayerStatus {
        layer,
        result: held.result,
        seconds: held.took.as_secs_f64(),
        age: now.monotonic.saturating_sub(held.at).as_secs_f64(),
    };
    EndpointStatus { endpoint, verdict: health.verdict(), layers: health.layers().map(layer).collect() }
}
