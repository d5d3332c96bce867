//! The world as an operator asks for it: plain values, no JSON here.

use super::overrides::Override;
use crate::health::{FaultClass, Layer, Verdict};

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
    /// What an operator should look at now, as sentences.
    pub alarms: Vec<String>,
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
    /// Unix seconds since which the verdict holds.
    pub since: u64,
    /// Every endpoint.
    pub endpoints: Vec<EndpointStatus>,
}

/// One endpoint's state.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointStatus {
    /// Its address.
    pub address: std::net::IpAddr,
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
