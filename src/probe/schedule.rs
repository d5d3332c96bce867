//! When an endpoint's next round is due: spread over the interval, a little uneven, never two at once. Pure.
//!
//! The first beat lies at a place in the interval that the endpoint's seed gives, so that a thousand endpoints are not
//! asked in the same instant. Each later one lies an interval after the place of the one before, not after the round's end,
//! give or take 5 % that the seed gives too: two runs beat alike, and what is given or taken never adds up. A beat that
//! passes while a round still runs is skipped, never made up for.

use std::time::Duration;

/// The beat of one endpoint. Times count from the prober's start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    seed: u64,
    beats: u64,
    /// Where the beat lies before anything is given or taken.
    place: Duration,
    due: Duration,
}

impl Schedule {
    /// The first beat: somewhere within one interval.
    pub(super) fn new(seed: u64, interval: Duration) -> Self {
        let place = interval.mul_f64(unit(seed));
        Self { seed, beats: 0, place, due: place }
    }

    /// When the next round starts.
    pub(super) const fn due(&self) -> Duration {
        self.due
    }

    /// Moves on by one interval, and past every beat that `now` has already passed; how many those were.
    pub(super) fn advance(&mut self, interval: Duration, now: Duration) -> u64 {
        self.beats += 1;
        let interval = interval.max(SHORTEST);
        let jitter = interval.mul_f64(JITTER * unit(self.seed.wrapping_add(self.beats)));
        self.place += interval;
        let missed = now.saturating_sub(self.place + jitter).as_nanos().div_ceil(interval.as_nanos());
        self.place += interval.saturating_mul(u32::try_from(missed).unwrap_or(u32::MAX));
        self.due = self.place + jitter;
        u64::try_from(missed).unwrap_or(u64::MAX)
    }
}

/// The longest time between two beats while none is missed.
pub(super) fn longest(interval: Duration) -> Duration {
    interval.mul_f64(1.0 + JITTER).max(SHORTEST)
}

/// A number in [0, 1) that looks random (splitmix64's finalizer).
fn unit(seed: u64) -> f64 {
    let mut bits = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^= bits >> 31;
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// Given to a beat, of its interval: at most.
const JITTER: f64 = 0.1;
/// Keeps an interval of zero from spinning.
const SHORTEST: Duration = Duration::from_millis(1);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    #[test]
    fn a_thousand_endpoints_spread_over_the_interval() {
        let mut tenths = [0; 10];
        for endpoint in 0..1000_u64 {
            let first = Schedule::new(endpoint.wrapping_mul(0x0100_0000_01b3), INTERVAL).due();
            tenths[first.as_secs() as usize] += 1;
        }
        assert!(
            tenths.iter().all(|count| (60..=140).contains(count)),
            "first beats in each tenth of the interval: {tenths:?}"
        );
    }

    #[test]
    fn the_same_endpoint_beats_alike_in_every_run() {
        let beats = || {
            let mut schedule = Schedule::new(7, INTERVAL);
            std::array::from_fn::<_, 20, _>(|_| {
                let due = schedule.due();
                schedule.advance(INTERVAL, due);
                due
            })
        };
        assert_eq!(beats(), beats());
    }

    proptest! {
        #[test]
        fn beats_lie_an_interval_apart_within_a_tenth(seed: u64, millis in 1_u64..100_000) {
            let interval = Duration::from_millis(millis);
            let mut schedule = Schedule::new(seed, interval);
            prop_assert!(schedule.due() < interval);
            for _ in 0..20 {
                let before = schedule.due();
                schedule.advance(interval, before);
                let gap = schedule.due() - before;
                prop_assert!(gap >= interval.mul_f64(0.9) && gap <= longest(interval), "{gap:?}");
            }
        }

        #[test]
        fn missed_beats_are_skipped_and_not_made_up_for(seed: u64, late in 0_u64..1_000_000_000) {
            let mut schedule = Schedule::new(seed, INTERVAL);
            let now = schedule.due() + Duration::from_millis(late);
            schedule.advance(INTERVAL, now);
            prop_assert!(schedule.due() >= now, "{:?} is due at {now:?}", schedule.due());
            prop_assert!(schedule.due() <= now + longest(INTERVAL));
        }
    }
}
