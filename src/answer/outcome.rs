//! What became of a query, for the carrier to send and the metrics to count.

pub use super::cookie::Cookie;
use crate::region::RegionId;
use crate::steer::{Reason, ServiceId};

/// The result of one query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing is sent: under 12 octets, or itself an answer (RFC 1035 §4.1.1).
    Dropped,
    /// `length` octets of the output buffer are the answer.
    Answered {
        /// Octets written.
        length: usize,
        /// Response code, extended bits included (0 to 4095).
        rcode: u16,
        /// What steering decided, where the answer is steered.
        steered: Option<Steered>,
        /// Whether the client has shown that the address is its own.
        cookie: Cookie,
    },
}

/// What steering decided for one answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Steered {
    /// The service asked for.
    pub service: ServiceId,
    /// The region answered with; none for a sink.
    pub region: Option<RegionId>,
    /// Why this region.
    pub reason: Reason,
}
