//! How often something may be done: so many a second, and some ahead. One atomic number, no lock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A pace that callers share.
#[derive(Debug)]
pub(super) struct Pace {
    began: Instant,
    /// Nanoseconds that one takes.
    each: u64,
    /// Nanoseconds that may be taken ahead.
    ahead: u64,
    /// When all that was taken is paid for, in nanoseconds since the beginning (the virtual schedule of a leaky bucket).
    paid: AtomicU64,
}

impl Pace {
    /// `rate` a second, and `ahead` at once after a rest. The rate is above 0.
    pub(super) fn new(rate: u32, ahead: u32) -> Self {
        let each = (Duration::from_secs(1) / rate).as_nanos() as u64;
        Self { began: Instant::now(), each, ahead: each * u64::from(ahead), paid: AtomicU64::new(0) }
    }

    /// Whether one more may be done now; if so, it counts.
    pub(super) fn admits(&self) -> bool {
        self.admits_at(self.began.elapsed())
    }

    fn admits_at(&self, now: Duration) -> bool {
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let next = |paid: u64| {
            let paid = paid.max(now) + self.each;
            (paid <= now + self.ahead).then_some(paid)
        };
        self.paid.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_are_admitted_ahead_and_then_so_many_a_second() {
        let pace = Pace::new(2, 3);
        let at = |milliseconds| Duration::from_millis(milliseconds);
        let admitted = |milliseconds| (0..10).filter(|_| pace.admits_at(at(milliseconds))).count();
        assert_eq!(admitted(0), 3);
        assert_eq!(admitted(400), 0);
        assert_eq!(admitted(500), 1);
        assert_eq!(admitted(1_600), 2);
        assert_eq!(admitted(3_600_000), 3, "an hour of rest gives no more than what is allowed ahead");
    }
}
