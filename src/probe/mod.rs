//! Endpoint → Observation: asks every endpoint, on its beat, whether it serves, and says what it met.
//!
//! A [`Prober`] runs one task an endpoint. Each [`Round`] opens one fresh TCP connection, so that a closed listener
//! shows, and climbs the layers on it, lowest first; the first fault ends it. A layer is one file, with one line in
//! `round.rs` that puts it in its place. The faults' classes come from what real gateways answer (`fault.rs`).
//!
//! Observations leave through a bounded channel. Nothing is concluded here: the world holds the verdicts. The prober
//! follows a machine of its own per endpoint only to know when a faster re-check is due.

mod fault;
mod liveliness;
mod prober;
mod round;
mod schedule;
mod target;
mod task;
mod tcp;

pub use prober::Prober;
pub use round::Round;
pub use target::Target;
