//! When a UDP worker rests between two batches, so that queries gather and one wake-up serves several.
//!
//! At a few thousand queries a second nearly all of a query's cost is waking up for it. A rest is worth its own
//! wake-up only where it gathers more than one query, so the rate decides: an idle worker blocks and answers at once,
//! a busy one finds its batches full and goes on. In between, an answer waits for [`REST`] at most.

use std::time::Duration;

use super::batch::MESSAGES;

/// How queries have been coming, over a window of time.
pub(super) struct Pace {
    since: Duration,
    taken: usize,
    gathers: bool,
}

impl Pace {
    /// Nothing has come by `now`, a monotonic moment.
    pub(super) const fn new(now: Duration) -> Self {
        Self { since: now, taken: 0, gathers: false }
    }

    /// Notes a batch of `taken` messages, begun at `now`. Whether to rest before the next one: never while more wait.
    pub(super) fn rests(&mut self, taken: usize, now: Duration) -> bool {
        self.taken += taken;
        let elapsed = now.saturating_sub(self.since);
        if elapsed >= WINDOW {
            let expected = self.taken as u128 * REST.as_nanos() / elapsed.as_nanos();
            *self = Self { since: now, taken: 0, gathers: expected >= WORTH };
        }
        self.gathers && taken < MESSAGES
    }
}

/// Long enough to gather at some thousand queries a second, short beside any way through the network.
pub(super) const REST: Duration = Duration::from_micros(500);
/// Over which the rate is taken.
const WINDOW: Duration = Duration::from_millis(10);
/// Messages that a rest must be expected to gather.
const WORTH: u128 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    /// The batches of one second in which a query comes every `gap`, and how many of them a rest followed; without the
    /// first window, in which nothing is known.
    fn second(gap: Duration) -> (usize, usize) {
        let (mut pace, mut now) = (Pace::new(Duration::ZERO), Duration::ZERO);
        let (mut batches, mut rests, mut come) = (0, 0, 0);
        while now < Duration::from_secs(1) {
            let waiting = (now.as_nanos() / gap.as_nanos()) as usize - come;
            if waiting == 0 {
                now += gap; // the call blocks until the next query
                continue;
            }
            let taken = waiting.min(MESSAGES);
            come += taken;
            let rests_now = pace.rests(taken, now);
            if now >= WINDOW * 2 {
                (batches, rests) = (batches + 1, rests + usize::from(rests_now));
            }
            now += Duration::from_micros(3) * taken as u32 + if rests_now { REST } else { Duration::ZERO };
        }
        (batches, rests)
    }

    #[test]
    fn a_trickle_is_answered_without_a_rest() {
        for per_second in [1, 100, 1_000, 3_000] {
            let (_, rests) = second(Duration::from_secs(1) / per_second);
            assert_eq!(rests, 0, "at {per_second} queries a second");
        }
    }

    #[test]
    fn in_between_queries_gather() {
        for per_second in [5_000, 20_000, 60_000] {
            let (batches, rests) = second(Duration::from_secs(1) / per_second);
            assert!(batches < 2_000 && rests == batches, "{per_second}: {rests} of {batches}");
        }
    }

    #[test]
    fn more_than_can_be_answered_is_answered_without_a_rest() {
        let (batches, rests) = second(Duration::from_nanos(2_500));
        assert!(batches > 5_000 && rests == 0, "{rests} of {batches}");
    }

    #[test]
    fn the_first_query_after_a_silence_is_not_held_up_and_neither_is_the_next() {
        let mut pace = Pace::new(Duration::ZERO);
        for millisecond in 0..1_000 {
            pace.rests(10, Duration::from_millis(millisecond));
        }
        assert!(pace.rests(1, Duration::from_millis(1_000)), "10,000 queries a second");
        assert!(!pace.rests(1, Duration::from_millis(61_000)));
        assert!(!pace.rests(1, Duration::from_millis(61_001)));
    }
}
