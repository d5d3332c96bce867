//! A small world on loopback, for `meridian demo`: four regional gateways, and the config that steers between them.
//!
//! The gateways are real HTTP servers that answer their health paths and one mock model as recorded gateways did. Each
//! region has a loopback address of its own, so a person can ask it by hand, and can be stopped, slowed and broken from
//! a control listener. Nothing here is used by `serve`.

mod banner;
mod config;
mod control;
mod gateway;
mod gateways;
mod recorded;
mod region;

pub use banner::banner;
pub use config::{Places, ZONE, ZONE_FILE, config_text};
pub use gateways::{BindError, Gateways, TurnError};
pub use region::Mode;
