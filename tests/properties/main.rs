//! What holds of `answer()` whatever is asked and whatever state the regions are in.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]

mod message;
mod picture;
mod query;

/// Any octets: no panic, whole messages, sizes kept, questions and subnets echoed.
mod octets;
/// Any acts of operators: one that is accepted breaks no safety rule.
mod safety;
/// Any states: fences, empty answers, scopes.
mod steering;
