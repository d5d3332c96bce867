//! What a probe brings, and what is concluded from it.

use std::fmt;
use std::time::Duration;

use crate::region::RegionId;

/// A kind of check, lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// A TCP connection to the published address.
    Tcp,
    /// The gateway's HTTP liveliness path.
    Liveliness,
}

impl Layer {
    /// Every layer, lowest first.
    pub const ALL: [Self; 2] = [Self::Tcp, Self::Liveliness];

    /// Its word in config, metrics and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Liveliness => "liveliness",
        }
    }

    /// The layer of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layer| layer.word() == word)
    }
}

/// What kind of fault a failed attempt met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultClass {
    /// Nobody listens.
    Refused,
    /// No route, or an address that cannot be reached from here.
    Unreachable,
    /// Not done within the plan's timeout.
    Timeout,
    /// The connection broke.
    Reset,
    /// The gateway says that it is shutting down (503 `shutting_down`).
    Drain,
    /// Another status than 200, or a body that is no gateway's.
    Gateway,
    /// 400, 401, 403, 404, 405, 422, 429: our own request is at fault.
    Misconfigured,
}

impl FaultClass {
    /// Every class.
    pub const ALL: [Self; 7] = [
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::Reset,
        Self::Drain,
        Self::Gateway,
        Self::Misconfigured,
    ];

    /// Its word in metrics and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::Drain => "drain",
            Self::Gateway => "gateway",
            Self::Misconfigured => "misconfigured",
        }
    }

    /// The class of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}

/// The result of one attempt at one layer of one endpoint.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
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
