//! What a probe brings: one attempt at one layer, seen from one vantage. And what is concluded from many.

use std::fmt;
use std::time::Duration;

use super::fault::FaultClass;
use super::reading::Reading;
use crate::region::RegionId;

/// A kind of check, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A TCP connection to the published address.
    Tcp,
    /// The TLS handshake on it: chain, name, expiry.
    Tls,
    /// The gateway's HTTP liveliness path.
    Liveliness,
    /// The gateway's readiness path: its status, and the state of its database.
    Readiness,
    /// A streamed completion of the gateway's mock model.
    Completion,
    /// A streamed completion of a real model: advisory.
    Provider,
    /// The region's own figures, scraped; about the region, so the endpoint is 0.
    Metrics,
}

impl Layer {
    /// Every layer, lowest first.
    pub const ALL: [Self; 7] = [
        Self::Tcp,
        Self::Tls,
        Self::Liveliness,
        Self::Readiness,
        Self::Completion,
        Self::Provider,
        Self::Metrics,
    ];

    /// Its word in config, metrics and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Liveliness => "liveliness",
            Self::Readiness => "readiness",
            Self::Completion => "completion",
            Self::Provider => "provider",
            Self::Metrics => "metrics",
        }
    }

    /// The layer of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.word() == word)
    }

    /// Whether it is part of a hard round, on the round's one connection.
    #[must_use]
    pub const fn is_hard(self) -> bool {
        matches!(self, Self::Tcp | Self::Tls | Self::Liveliness)
    }
}

/// A place that probes: position in the catalog's declared vantages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VantageId(pub u8);

impl VantageId {
    /// The index as a slice position.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The result of one attempt at one layer of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Who looked.
    pub vantage: VantageId,
    /// Whose endpoint it is.
    pub region: RegionId,
    /// Position in the region's endpoints.
    pub endpoint: u16,
    /// What was checked.
    pub layer: Layer,
    /// Passed, or the fault met.
    pub result: Result<(), FaultClass>,
    /// How long the attempt took.
    pub took: Duration,
    /// What the attempt read beside passing or failing.
    pub reading: Reading,
}

/// What is concluded about a region or an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Serves.
    Up,
    /// Serves less than its share.
    Degraded,
    /// Does not serve.
    Down,
    /// Never observed; serves as up.
    Unknown,
}

impl Verdict {
    /// Its word in JSON, metrics and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Unknown => "unknown",
        }
    }

    /// The verdict of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Up, Self::Degraded, Self::Down, Self::Unknown]
            .into_iter()
            .find(|verdict| verdict.word() == word)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.word())
    }
}
