//! An answer with its reasons, as plain values: what `explain` prints and `GET /v1/explain` returns.

use std::net::IpAddr;

use crate::steer::{Reason, Rejection};

/// Why a client gets this answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The steered name, or the name asked for when a CNAME led there.
    pub service: Box<str>,
    /// The block that was located, as a prefix.
    pub client: Box<str>,
    /// ISO 3166 codes of all countries in the block, the leading one first; empty when unlocated.
    pub countries: Vec<Box<str>>,
    /// Where the location comes from: `ecs`, `resolver`, `override` or `unlocated`.
    pub source: &'static str,
    /// Fences that hold this client, in config order.
    pub fences: Vec<Box<str>>,
    /// Every region of the service, in this client's order.
    pub candidates: Vec<Candidate>,
    /// Slot of the share table, 0 to 4095.
    pub slot: u16,
    /// Region answered with; none for a sink.
    pub region: Option<Box<str>>,
    /// Addresses of the answer, in order.
    pub records: Vec<IpAddr>,
    /// Of the answer, in seconds.
    pub ttl: u32,
    /// ECS scope of the answer, in bits.
    pub scope: u8,
    /// Why this region.
    pub reason: Reason,
    /// Number of the snapshot that was asked.
    pub epoch: u64,
}

/// One region of the service, as this client sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub region: Box<str>,
    /// Why it cannot be taken; none: eligible.
    pub rejection: Option<Rejection>,
    /// Its share of a client that it is first for, 0 to 100.
    pub weight: u8,
    /// Great-circle distance from the leading country, where the strategy is `nearest` and both are known.
    pub distance_km: Option<f64>,
}
