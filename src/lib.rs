//! Meridian, a global traffic director: an authoritative GeoDNS server that answers for a hostname with the
//! regional endpoint that suits each client.

// top
pub mod cli;
pub mod director;
// edges
pub mod admin;
pub mod certificate;
pub mod clock;
pub mod config;
pub mod demo;
pub mod dns;
pub mod fetch;
pub mod handover;
pub mod hooks;
pub mod import;
pub mod metrics;
pub mod probe;
pub mod process;
pub mod store;
// the core
pub mod answer;
pub mod catalog;
pub mod client;
pub mod geo;
pub mod guard;
pub mod health;
pub mod limits;
pub mod now;
pub mod prove;
pub mod region;
pub mod snapshot;
pub mod steer;
pub mod world;
pub mod zone;
