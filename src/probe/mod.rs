//! Endpoint → Observation: asks every endpoint, on its beat, whether it serves, and says what it met.
//!
//! ```text
//!   round, one fresh connection:  tcp ─► tls ─► liveliness        (hard; faster while in doubt)
//!   beside it, each on its own:   readiness · completion          (soft)
//!   by one vantage, one a region: provider (advisory) · metrics   (soft)
//! ```
//!
//! A [`Prober`] runs one task an endpoint and soft layer. Each [`Round`] opens one fresh TCP connection, so that a
//! closed listener and a changed certificate show, and climbs the layers on it, lowest first; the first fault ends it.
//! A layer is one file. The faults' classes come from what real gateways answer (`fault.rs`).
//!
//! Observations leave through a bounded channel. Nothing is concluded here: the world holds the verdicts. The prober
//! follows a machine of its own per endpoint only to know when a faster re-check is due.

mod completion;
mod controls;
mod events;
mod exposition;
mod fault;
mod key;
mod liveliness;
mod prober;
mod pulse;
mod readiness;
mod request;
mod round;
mod schedule;
mod scrape;
mod soft;
mod target;
mod task;
mod tcp;
mod tls;
mod traffic;
mod way;

pub use controls::Controls;
pub use prober::Prober;
pub use pulse::Heartbeat;
pub use round::Round;
pub use target::{Origin, Target};
