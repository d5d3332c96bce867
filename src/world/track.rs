//! What a region did lately: when it came back, and how often it fell again. Says when its traffic may come back.

use std::time::Duration;

use crate::health::Verdict;
use crate::now::Now;

/// One region's falls and returns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Track {
    /// When it returned last.
    returned: Option<Now>,
    /// Falls in a row that came soon after a return.
    relapses: u32,
}

impl Track {
    /// As it was kept by a process before this one.
    pub(super) const fn kept(returned: Now, relapses: u32) -> Self {
        Self { returned: Some(returned), relapses }
    }

    /// Takes in that the region's verdict changed now.
    pub(super) fn turned(&mut self, from: Verdict, to: Verdict, at: Now) {
        if to == Verdict::Down {
            let soon = |returned| at.monotonic.saturating_sub(returned) < SOON;
            let soon = self.returned().is_some_and(soon);
            self.relapses = if soon { self.relapses.saturating_add(1) } else { 0 };
        } else if from == Verdict::Down {
            self.returned = Some(at);
        }
    }

    /// The monotonic moment of the last return.
    pub(super) fn returned(&self) -> Option<Duration> {
        self.returned.map(|returned| returned.monotonic)
    }

    /// The same in unix seconds.
    pub(super) fn returned_at(&self) -> Option<u64> {
        self.returned.map(|returned| returned.unix)
    }

    /// How often it fell again soon after it had come back.
    #[must_use]
    pub const fn relapses(&self) -> u32 {
        self.relapses
    }

    /// How long traffic waits after a return because the region flaps: one relapse is forgiven, then it grows.
    #[must_use]
    pub fn hold_off(&self) -> Duration {
        STEP.saturating_mul(self.relapses.saturating_sub(1)).min(LONGEST)
    }

    /// Whether a hold-off counts now, or would at the next return.
    pub(super) fn is_flapping(&self, now: Duration) -> bool {
        let lately = self.returned().is_some_and(|returned| now.saturating_sub(returned) < LONGEST);
        lately && self.hold_off() > Duration::ZERO
    }
}

/// A fall this soon after a return is a relapse.
const SOON: Duration = Duration::from_secs(5 * 60);
const STEP: Duration = Duration::from_secs(30);
/// The longest hold-off.
pub(super) const LONGEST: Duration = Duration::from_secs(10 * 60);

#[cfg(test)]
mod tests {
    use super::*;

    fn flap(track: &mut Track, second: u64) {
        let at = |unix| Now { monotonic: Duration::from_secs(unix), unix };
        track.turned(Verdict::Up, Verdict::Down, at(second));
        track.turned(Verdict::Down, Verdict::Up, at(second + 10));
    }

    #[test]
    fn the_hold_off_grows_with_each_relapse_and_has_a_bound() {
        let mut track = Track::default();
        let mut grown = Vec::new();
        for time in 0..30 {
            flap(&mut track, time * 60);
            grown.push(track.hold_off().as_secs());
        }
        assert_eq!(grown[..5], [0, 0, 30, 60, 90]);
        assert_eq!(grown[29], 600);
    }

    #[test]
    fn a_region_that_stays_up_is_forgiven() {
        let mut track = Track::default();
        for time in 0..10 {
            flap(&mut track, time * 60);
        }
        assert!(track.hold_off() > Duration::ZERO);
        flap(&mut track, 600 + 10 + 300);
        assert_eq!(track.hold_off(), Duration::ZERO);
    }
}
