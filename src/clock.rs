//! The two clocks, read together. The only reading of time that ends up in the core: edges take a [`Now`]
//! here and hand it on. All edges share one `Clock`, because its monotonic readings count from the same
//! start.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::now::Now;

/// A pair of clocks with a common start. Copies agree.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    start: Instant,
    /// What the first reading says.
    origin: Duration,
}

impl Clock {
    /// Starts counting.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // here time enters; the core takes what this returns
    pub fn start() -> Self {
        Self { start: Instant::now(), origin: PAST }
    }

    /// Counts from a moment that has been: clocks that were started apart agree.
    #[must_use]
    pub const fn counting_from(start: Instant) -> Self {
        Self { start, origin: Duration::ZERO }
    }

    /// What both clocks say. A wall clock before 1970 reads 0.
    #[must_use]
    #[allow(clippy::disallowed_methods)] // as above
    pub fn now(&self) -> Now {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Now {
            monotonic: self.origin + self.start.elapsed(),
            unix: since_epoch.map_or(0, |elapsed| elapsed.as_secs()),
        }
    }
}

/// What the readings of a process begin with: moments of a process before this one are kept, and come before its start.
const PAST: Duration = Duration::from_secs(30 * 86_400);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_agree_and_never_run_backwards() {
        let clock = Clock::start();
        let copy = clock;
        let readings = [clock.now(), copy.now(), clock.now()];
        assert!(readings.is_sorted_by_key(|now| now.monotonic), "{readings:?}");
        assert!(readings[0].unix > 1_700_000_000, "{readings:?}");
    }
}
