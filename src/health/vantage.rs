//! Where probes come from, as the config declares it.

use std::net::SocketAddr;

/// A place that probes (`[vantages.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vantage {
    /// Its name in the config and in reports.
    pub name: Box<str>,
    /// What it must reach over TCP to be believed, beside the regions; none: it is not asked.
    pub controls: Box<[SocketAddr]>,
}

impl Default for Vantage {
    /// The one vantage where none is declared: the process that serves.
    fn default() -> Self {
        Self { name: "local".into(), controls: Box::default() }
    }
}
