//! The prober's own heartbeat: when a probe last ended, how many beats came too late to be kept, and how many tasks
//! died. The director looks at it; nothing that answers waits for it.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Counters that every task of a prober moves.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// Milliseconds from the prober's start to the last beat.
    last: AtomicU64,
    beats: AtomicU64,
    missed: AtomicU64,
    died: AtomicU64,
}

/// The heartbeat at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Heartbeat {
    /// How long ago a probe last ended; before the first one, how long the prober runs.
    pub silence: Duration,
    /// Probes that ended.
    pub beats: u64,
    /// Beats that passed while the one before still ran.
    pub missed: u64,
    /// Tasks that ended by a panic; what they probed is probed no more.
    pub died: u64,
}

impl Pulse {
    /// A probe ended, at this time from the start, after `missed` beats of its own.
    pub(super) fn beat(&self, at: Duration, missed: u64) {
        self.last.fetch_max(u64::try_from(at.as_millis()).unwrap_or(u64::MAX), Relaxed);
        self.beats.fetch_add(1, Relaxed);
        self.missed.fetch_add(missed, Relaxed);
    }

    /// The heartbeat, at this time from the start.
    pub(super) fn at(&self, now: Duration) -> Heartbeat {
        Heartbeat {
            silence: now.saturating_sub(Duration::from_millis(self.last.load(Relaxed))),
            beats: self.beats.load(Relaxed),
            missed: self.missed.load(Relaxed),
            died: self.died.load(Relaxed),
        }
    }
}

/// Counts its task as dead when it is dropped by a panic.
pub(super) struct Watch<'a>(pub(super) &'a Pulse);

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.died.fetch_add(1, Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;

    #[test]
    fn a_task_that_panics_counts_as_dead_and_one_that_ends_does_not() {
        let pulse = Pulse::default();
        drop(Watch(&pulse));
        assert_eq!(pulse.at(Duration::ZERO).died, 0);
        let died = catch_unwind(AssertUnwindSafe(|| {
            let _watch = Watch(&pulse);
            panic!("on purpose");
        }));
        assert!(died.is_err());
        assert_eq!(pulse.at(Duration::ZERO).died, 1);
    }

    #[test]
    fn silence_counts_from_the_last_beat() {
        let pulse = Pulse::default();
        pulse.beat(Duration::from_secs(5), 2);
        pulse.beat(Duration::from_secs(3), 0);
        let heartbeat = pulse.at(Duration::from_secs(9));
        assert_eq!(heartbeat, Heartbeat { silence: Duration::from_secs(4), beats: 2, missed: 2, died: 0 });
    }
}
