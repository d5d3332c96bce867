//! What an attempt reads beside passing or failing. Small values, copied.

use std::time::Duration;

/// One attempt's reading, by layer.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Reading {
    /// No more than the result.
    #[default]
    Nothing,
    /// `tls`: the first moment at which some certificate of the chain is expired, in Unix seconds.
    Certificate {
        /// Unix seconds.
        expires: u64,
    },
    /// `readiness`: what the gateway says of its database.
    Database(DatabaseState),
    /// `completion`, `provider`: from the request's last byte to the first token, less one TCP round trip.
    FirstToken(Duration),
    /// `metrics`: what the region served since the scrape before.
    Traffic(Traffic),
}

/// The field `db` of a readiness answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DatabaseState {
    /// `connected`
    Connected,
    /// `Not connected`: the gateway has none configured.
    Absent,
    /// `disconnected`
    Disconnected,
    /// `stalled`: requests' look-ups do not come back.
    Stalled,
}

impl DatabaseState {
    /// Its word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Absent => "absent",
            Self::Disconnected => "disconnected",
            Self::Stalled => "stalled",
        }
    }

    /// The state of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Connected, Self::Absent, Self::Disconnected, Self::Stalled]
            .into_iter()
            .find(|state| state.word() == word)
    }

    /// Whether the gateway has a database and cannot use it.
    #[must_use]
    pub const fn is_down(self) -> bool {
        matches!(self, Self::Disconnected | Self::Stalled)
    }
}

/// What a region served between two scrapes. Strangers without a key are in none of the figures.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Traffic {
    /// Requests a second.
    pub requests: f64,
    /// Share of them that failed in the gateway, 0 to 1; rejections are counted apart.
    pub gateway_errors: f64,
    /// Share of them that failed at a provider, 0 to 1.
    pub provider_errors: f64,
    /// Share of them that were rejected for want of room, 0 to 1.
    pub rejected: f64,
    /// Share of the answers that took at most 5 s, 0 to 1.
    pub within_5s: Option<f64>,
    /// Requests in flight, of their limit: 1 is full.
    pub in_flight: Option<f64>,
    /// How far the region's database is behind its primary.
    pub lag: Option<Duration>,
}
