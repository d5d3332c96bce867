//! Time as an argument. Intervals are monotonic; wall time only says when an override ends and what people read.

use std::time::Duration;

/// One reading of both clocks, taken by an edge and handed to the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now {
    /// Since an arbitrary start; never runs backwards.
    pub monotonic: Duration,
    /// Seconds since 1970-01-01T00:00:00Z; may jump.
    pub unix: u64,
}

impl Now {
    /// The monotonic moment of a wall time as of this reading; a past one is `self.monotonic`.
    #[must_use]
    pub fn moment_of(&self, unix: u64) -> Duration {
        self.monotonic.saturating_add(Duration::from_secs(unix.saturating_sub(self.unix)))
    }

    /// The same of a wall time that has been; one to come is `self.monotonic`.
    #[must_use]
    pub fn moment_before(&self, unix: u64) -> Duration {
        self.monotonic.saturating_sub(Duration::from_secs(self.unix.saturating_sub(unix)))
    }
}
