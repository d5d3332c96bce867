//! The kinds of fault, and what each is allowed to move.

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
    /// The TLS handshake: a chain, a name or a date that a client would refuse.
    Certificate,
    /// The gateway says that it is shutting down (503 `shutting_down`).
    Drain,
    /// The gateway says that its database does not answer it (503 with `db`, or `no_db_connection`).
    Database,
    /// The gateway takes no more work now (503 `overloaded_error`).
    Capacity,
    /// The gateway works and the model's provider does not.
    Provider,
    /// Another status than 200, or a body that is no gateway's.
    Gateway,
    /// 400, 401, 403, 404, 405, 422, 429: our own request is at fault.
    Misconfigured,
}

impl FaultClass {
    /// Every class.
    pub const ALL: [Self; 11] = [
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::Reset,
        Self::Certificate,
        Self::Drain,
        Self::Database,
        Self::Capacity,
        Self::Provider,
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
            Self::Certificate => "certificate",
            Self::Drain => "drain",
            Self::Database => "database",
            Self::Capacity => "capacity",
            Self::Provider => "provider",
            Self::Gateway => "gateway",
            Self::Misconfigured => "misconfigured",
        }
    }

    /// Whether the connection itself failed.
    #[must_use]
    pub const fn is_transport(self) -> bool {
        matches!(self, Self::Refused | Self::Unreachable | Self::Reset | Self::Certificate)
    }

    /// The class of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.word() == word)
    }
}
