//! Meridian, a global traffic director: an authoritative GeoDNS server that answers for a hostname with the
//! regional endpoint that suits each client.

pub mod client;
pub mod geo;
