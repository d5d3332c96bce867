//! The last quarter of an hour of a region's soft evidence, in ninety buckets of ten seconds: bounded, whatever the rate.

use std::time::Duration;

use super::reading::Traffic;
use super::symptom::{SLOW, Symptom, Symptoms};

/// The buckets.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Window {
    buckets: [Sum; BUCKETS],
    /// Number of the bucket that is being filled.
    head: u64,
}

/// What some buckets hold together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum {
    /// Completions that were answered.
    pub(super) passed: f64,
    /// Completions that failed, by symptom.
    pub(super) failed: [f64; Symptom::ALL.len()],
    /// Completions whose first token came later than each of `LATE`.
    pub(super) late: [f64; LATE.len()],
    /// Requests that scrapes counted.
    pub(super) requests: f64,
    pub(super) gateway_errors: f64,
    pub(super) provider_errors: f64,
    pub(super) rejected: f64,
    /// Requests of scrapes that told which were in time, and those that were.
    pub(super) timed: f64,
    pub(super) in_time: f64,
    /// Scrapes that told how full the region is, and how full it was.
    pub(super) gauged: f64,
    pub(super) in_flight: f64,
}

impl Window {
    pub(super) const fn new() -> Self {
        Self { buckets: [Sum::EMPTY; BUCKETS], head: 0 }
    }

    /// Moves on to the bucket of `now` and empties those in between.
    pub(super) fn advance(&mut self, now: Duration) {
        let head = now.as_secs() / BUCKET;
        let passed = head.saturating_sub(self.head).min(BUCKETS as u64);
        for step in 0..passed {
            self.buckets[((head - step) % BUCKETS as u64) as usize] = Sum::EMPTY;
        }
        self.head = self.head.max(head);
    }

    fn filling(&mut self) -> &mut Sum {
        &mut self.buckets[(self.head % BUCKETS as u64) as usize]
    }

    /// Takes in a completion: what it showed, and when its first token came.
    pub(super) fn completion(&mut self, symptom: Option<Symptom>, first_token: Option<Duration>) {
        let bucket = self.filling();
        match symptom {
            Some(Symptom::Slow) | None => bucket.passed += 1.0,
            Some(symptom) => bucket.failed[symptom as usize] += 1.0,
        }
        for (late, bound) in bucket.late.iter_mut().zip(LATE) {
            *late += f64::from(u8::from(first_token.is_some_and(|after| after > bound)));
        }
    }

    /// Takes in a scrape that stands for `span`.
    pub(super) fn scrape(&mut self, traffic: &Traffic, span: Duration) {
        let bucket = self.filling();
        let requests = traffic.requests * span.as_secs_f64();
        bucket.requests += requests;
        bucket.gateway_errors += requests * traffic.gateway_errors;
        bucket.provider_errors += requests * traffic.provider_errors;
        bucket.rejected += requests * traffic.rejected;
        if let Some(share) = traffic.within_5s {
            bucket.timed += requests;
            bucket.in_time += requests * share;
        }
        if let Some(share) = traffic.in_flight {
            bucket.gauged += 1.0;
            bucket.in_flight += share;
        }
    }

    /// The symptoms that a part of the last 90 s shows, more than once.
    pub(super) fn shows(&self) -> Symptoms {
        let sum = self.sum(9);
        let attempts = sum.attempts(Symptoms::default());
        let mut shown = Symptoms::default();
        let often = |symptom: &Symptom| sum.failed[*symptom as usize] >= (0.15 * attempts).max(2.0);
        Symptom::ALL.into_iter().filter(often).for_each(|symptom| shown.insert(symptom));
        shown
    }

    /// The last so many buckets, the one that is being filled among them.
    pub(super) fn sum(&self, buckets: u64) -> Sum {
        (0..buckets.min(BUCKETS as u64).min(self.head + 1)).fold(Sum::EMPTY, |sum, back| {
            sum.with(&self.buckets[((self.head - back) % BUCKETS as u64) as usize])
        })
    }
}

impl Sum {
    const EMPTY: Self = Self {
        passed: 0.0,
        failed: [0.0; Symptom::ALL.len()],
        late: [0.0; LATE.len()],
        requests: 0.0,
        gateway_errors: 0.0,
        provider_errors: 0.0,
        rejected: 0.0,
        timed: 0.0,
        in_time: 0.0,
        gauged: 0.0,
        in_flight: 0.0,
    };

    fn with(mut self, other: &Self) -> Self {
        self.passed += other.passed;
        self.failed.iter_mut().zip(other.failed).for_each(|(sum, more)| *sum += more);
        self.late.iter_mut().zip(other.late).for_each(|(sum, more)| *sum += more);
        self.requests += other.requests;
        self.gateway_errors += other.gateway_errors;
        self.provider_errors += other.provider_errors;
        self.rejected += other.rejected;
        self.timed += other.timed;
        self.in_time += other.in_time;
        self.gauged += other.gauged;
        self.in_flight += other.in_flight;
        self
    }

    /// Completions that failed with a symptom that counts.
    pub(super) fn failures(&self, ignored: Symptoms) -> f64 {
        Symptom::ALL
            .into_iter()
            .filter(|symptom| !ignored.contains(*symptom))
            .map(|symptom| self.failed[symptom as usize])
            .sum()
    }

    /// Completions that count.
    pub(super) fn attempts(&self, ignored: Symptoms) -> f64 {
        self.passed + self.failures(ignored)
    }
}

/// First tokens later than these are counted; the first bound is what a slow one is.
pub(super) const LATE: [Duration; 7] = [
    SLOW,
    Duration::from_secs(4),
    Duration::from_secs(5),
    Duration::from_secs(6),
    Duration::from_millis(6_900),
    Duration::from_millis(8_500),
    Duration::from_secs(10),
];
const BUCKET: u64 = 10;
const BUCKETS: usize = 90;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_gone() {
        let mut window = Window::new();
        for second in 0..1_000 {
            window.advance(Duration::from_secs(second));
            window.completion(None, None);
        }
        assert_eq!(window.sum(9).passed, 90.0);
        assert_eq!(window.sum(30).passed, 300.0);
        assert_eq!(window.sum(90).passed, 900.0);
        window.advance(Duration::from_secs(1_205));
        assert_eq!(window.sum(30).passed, 90.0);
        window.advance(Duration::from_secs(99_999));
        assert_eq!(window.sum(90), Sum::EMPTY);
    }
}
