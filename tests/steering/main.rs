//! Steering, from a config's text to the decision: worlds in memory, whole answers.

#![allow(clippy::unwrap_used)] // a test that cannot go on says so by its panic
#![allow(clippy::disallowed_methods)] // a test of the wire reads the clock

mod overrides;
mod policy;
mod stage;
