//! An event as it is kept and told: with its number and its time.

use super::event::Event;

/// An event that the store has taken.
#[derive(Clone, Debug, PartialEq)]
pub struct StampedEvent {
    /// Its number in the store; grows, never reused.
    pub id: u64,
    /// Unix seconds at which it happened.
    pub at: u64,
    /// What happened.
    pub event: Event,
}
