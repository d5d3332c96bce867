//! An answer with its reasons, as plain values: what `explain` prints and `GET /v1/explain` returns.

use crate::region::Endpoint;
use crate::steer::{Reason, Rejection, RoundTrip};
use crate::zone::Rtype;

/// Why a client gets this answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Explanation {
    /// The steered name.
    pub service: Box<str>,
    /// The names that led there by CNAME or DNAME, the one asked for first; empty: the steered name was asked for.
    pub aliases: Vec<Box<str>>,
    /// The type asked for.
    pub rtype: Rtype,
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
    /// What is answered, in order: addresses, or the CNAME's target; of HTTPS and SVCB, the hints.
    pub records: Vec<Endpoint>,
    /// Of the answer, in seconds.
    pub ttl: u32,
    /// ECS scope of the answer, in bits.
    pub scope: u8,
    /// Why this region.
    pub reason: Reason,
    /// Number of the snapshot that was asked.
    pub epoch: u64,
    /// How all of this was come to.
    pub grounds: Grounds,
}

/// One region of the service, as this client sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its name.
    pub region: Box<str>,
    /// Why it cannot be taken; none: eligible.
    pub rejection: Option<Rejection>,
    /// How much of its normal share its health leaves it, 0 to 100.
    pub weight: u8,
    /// How much of it it gets now, 0 to 100: less while a share moves, nothing while it cannot be taken.
    pub share: u8,
    /// Great-circle distance from the leading country, where the strategy is `nearest` and both are known.
    pub distance_km: Option<f64>,
    /// Round trip, where the strategy is `latency` and one is known.
    pub round_trip: Option<RoundTrip>,
    /// Slots of 4096 that clients with the same view have there.
    pub slots: usize,
    /// What is worth knowing: the fence's words, the operator's, the evidence.
    pub note: Option<Box<str>>,
    /// What its probes say; whoever judges them puts it in.
    pub evidence: Option<Box<str>>,
}

/// How an answer was come to, in sentences; each is empty where nothing has to be said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grounds {
    /// What was located: a subnet, a resolver, an override of the config.
    pub located: Box<str>,
    /// What bounds the answer.
    pub rules: Vec<Rule>,
    /// What put the candidates in their order.
    pub order: Box<str>,
    /// Why this TTL.
    pub ttl: Box<str>,
    /// Why this scope.
    pub scope: Box<str>,
    /// The smallest single change that would alter the answer; none: no single region's state does.
    pub change: Option<Change>,
    /// What is answered without the suppositions, where there are any.
    pub unsupposed: Option<Unsupposed>,
}

/// A rule that bounds the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its key in the config.
    pub name: Box<str>,
    /// Whom it holds, and to what.
    pub why: Box<str>,
}

/// A change of one region's state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The region's name.
    pub region: Box<str>,
    /// What it is: `eligible`, or why it cannot be taken.
    pub is: &'static str,
    /// What it would become, as `--if` says it: `up`, `down` or `drained`.
    pub becomes: &'static str,
    /// The region answered with then; none: a sink.
    pub answer: Option<Box<str>>,
}

/// The answer as it is, beside one under suppositions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupposed {
    /// The region answered with; none: a sink.
    pub region: Option<Box<str>>,
    /// Why.
    pub reason: Reason,
}
