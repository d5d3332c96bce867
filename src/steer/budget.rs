//! A service's budget of queries: above it, answers may be kept for longer, so that caches ask less often.
//!
//! The nearer a change, the shorter the TTL, and the more often caches ask: their load goes with one over the TTL. So
//! the least TTL grows as the load stands above the budget, and is halved only where twice the load would still be
//! below it. A step waits until answers with the TTL before it are gone; the load of this moment tells of them.

use std::num::NonZeroU32;
use std::time::Duration;

use super::service::TtlBounds;

/// Queries a second that a service may be asked (`budget`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget(pub NonZeroU32);

impl Budget {
    /// The least TTL from now on: it was `least` for the time `held`, and now there are `load` queries a second.
    #[must_use]
    pub fn step(self, bounds: TtlBounds, least: u32, load: f64, held: Duration) -> u32 {
        let ratio = load / f64::from(self.0.get());
        let seen = Duration::from_secs(least.into()).saturating_add(REPORTS);
        let next = match () {
            () if ratio > 1.0 && held >= seen => (f64::from(least) * ratio).ceil() as u32,
            () if ratio < CALM && held >= seen.max(CALM_FOR) => least.div_ceil(2),
            () => least,
        };
        next.clamp(bounds.min, bounds.max)
    }
}

/// The longest time between two reports of a load.
const REPORTS: Duration = Duration::from_secs(10);
/// Twice this part of the budget is below it, with room for a load that is not quite even.
const CALM: f64 = 0.45;
/// A load that has been calm for less may come back.
const CALM_FOR: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: TtlBounds = TtlBounds { min: 5, max: 60 };
    const BUDGET: Budget = Budget(NonZeroU32::new(1_000).unwrap());
    const LONG: Duration = Duration::from_secs(3_600);

    fn step(least: u32, load: f64, held: u64) -> u32 {
        BUDGET.step(BOUNDS, least, load, Duration::from_secs(held))
    }

    #[test]
    fn a_load_above_the_budget_raises_the_least_ttl_by_as_much_and_never_above_the_maximum() {
        let table = [(5, 1_000.0, 5), (5, 1_001.0, 6), (5, 2_500.0, 13), (5, 1e9, 60), (60, 1e9, 60)];
        for (least, load, next) in table {
            assert_eq!(step(least, load, 3_600), next, "{load} at {least} s");
        }
        assert_eq!(BUDGET.step(BOUNDS, 5, f64::INFINITY, LONG), 60);
        assert_eq!(BUDGET.step(BOUNDS, 5, f64::NAN, LONG), 5, "what is unknown moves nothing");
    }

    #[test]
    fn it_falls_by_half_only_where_twice_the_load_is_below_the_budget_and_never_below_the_minimum() {
        for (least, load, next) in
            [(40, 460.0, 40), (40, 450.0, 40), (40, 449.0, 20), (11, 0.0, 6), (9, 0.0, 5), (5, 0.0, 5)]
        {
            assert_eq!(step(least, load, 3_600), next, "{load} at {least} s");
        }
    }

    #[test]
    fn a_step_waits_until_the_load_tells_of_the_ttl_before_it() {
        assert_eq!((step(20, 2_000.0, 29), step(20, 2_000.0, 30)), (20, 40));
        assert_eq!((step(20, 0.0, 59), step(20, 0.0, 60)), (20, 10), "down with patience");
        assert_eq!((step(60, 0.0, 69), step(60, 0.0, 70)), (60, 30));
    }

    #[test]
    fn other_bounds_hold_at_once() {
        let wider = TtlBounds { min: 30, max: 90 };
        assert_eq!(BUDGET.step(wider, 5, 600.0, Duration::ZERO), 30);
        assert_eq!(BUDGET.step(TtlBounds { min: 1, max: 3 }, 5, 600.0, Duration::ZERO), 3);
    }

    /// Caches that ask again when an answer has run out: half a million a second over the TTL, plus `floor` that no TTL
    /// keeps away. All least TTLs over three hours of reports.
    fn course(budget: u32, caches: f64, floor: f64) -> Vec<u32> {
        let budget = Budget(NonZeroU32::new(budget).unwrap());
        let (mut least, mut changed, mut course) = (5, 0, vec![5]);
        for second in (0..3 * 3_600).step_by(5) {
            let load = caches / f64::from(least) + floor;
            let next = budget.step(BOUNDS, least, load, Duration::from_secs(second - changed));
            if next != least {
                (least, changed) = (next, second);
                course.push(least);
            }
        }
        course
    }

    #[test]
    fn it_settles_and_does_not_swing() {
        assert_eq!(course(50_000, 500_000.0, 0.0), [5, 10], "at the budget");
        assert_eq!(course(30_000, 500_000.0, 0.0), [5, 17]);
        assert_eq!(course(5_000, 500_000.0, 0.0), [5, 60], "as far as the bounds go");
        assert_eq!(course(30_000, 0.0, 29_999.0), [5], "below it");
        let mixed = course(30_000, 300_000.0, 20_000.0);
        assert!(mixed.is_sorted() && mixed.len() < 12, "only ever up under a steady load: {mixed:?}");
    }
}
