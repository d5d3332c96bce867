//! How a region is probed: the layers and their timing, shared by regions under one name.

use std::time::Duration;

/// Plain HTTP, or HTTP inside TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

/// The HTTP liveliness layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Liveliness {
    /// Path of the request, from `/`.
    pub path: Box<str>,
}

/// A set of layers that regions share (`[probes.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProbePlan {
    /// Its name in the config.
    pub name: Box<str>,
    /// How the HTTP layers are carried.
    pub scheme: Scheme,
    /// TCP port of every endpoint.
    pub port: u16,
    /// Between two rounds while nothing is in doubt.
    pub interval: Duration,
    /// Between two rounds while a verdict is in doubt.
    pub fast_interval: Duration,
    /// Bound of one whole round.
    pub timeout: Duration,
    /// Failed rounds in a row that take an endpoint down; at least 1.
    pub fall: u32,
    /// Passed rounds in a row that bring it back; at least 1.
    pub rise: u32,
    /// The HTTP liveliness layer; without it the TCP layer decides.
    pub liveliness: Option<Liveliness>,
}

impl ProbePlan {
    /// The topmost hard layer: a round has passed when this one has.
    #[must_use]
    pub fn top(&self) -> super::Layer {
        if self.liveliness.is_some() { super::Layer::Liveliness } else { super::Layer::Tcp }
    }
}
