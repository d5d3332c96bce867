//! Steering, from a config's text to the decision: worlds in memory, whole answers.

#![allow(clippy::unwrap_used)] // a test that cannot go on says so by its panic

mod budget;
mod clocks;
mod drains;
mod explain;
mod latency;
mod moves;
mod overrides;
mod policy;
mod spill;
mod stage;
mod wire;
