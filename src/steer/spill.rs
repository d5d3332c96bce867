//! Spill: a region's share falls as its load rises, so that what it cannot carry goes to the next in order.
//!
//! The share that belongs to a load is 1 at `low` and 0 at `high`, linear between. Resolvers keep their answers for a
//! TTL, so the load of this moment tells of shares that were, and following it outright swings. Each step therefore
//! works out what the load would be at the full share (load ÷ share), and moves a little towards the share at which
//! that demand and the line meet: how much depends on the time that answers are kept, not on how steep the line is.

use std::time::Duration;

/// Where a region's load starts to move its share on, and where the share ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spill {
    /// Load at which the share starts to fall; above 0.
    pub low: f64,
    /// Load at which nothing is left of it; above `low`.
    pub high: f64,
    /// How long a load may tell of shares that were: the longest TTL, and the time between reports.
    pub lag: Duration,
}

impl Spill {
    /// The share after `elapsed` under a load. A share of 1 is full.
    #[must_use]
    pub fn step(&self, share: f64, load: f64, elapsed: Duration) -> f64 {
        let demand = load.max(0.0) / share.max(LEAST);
        let width = self.high - self.low;
        let target = if load >= self.high && share <= LEAST { 0.0 } else { self.high / (width + demand) };
        let part = (PACE * elapsed.as_secs_f64() / self.lag.as_secs_f64().max(1.0)).min(1.0);
        (share + part * (target.min(1.0) - share)).clamp(0.0, 1.0)
    }
}

/// Part of the way to go within one lag: a loop with a delay neither swings nor overshoots below 1/e.
const PACE: f64 = 0.36;
/// Shares below are taken for this one when the demand is worked out.
const LEAST: f64 = 0.02;

#[cfg(test)]
mod tests {
    use super::*;

    const SPILL: Spill = Spill { low: 0.7, high: 0.9, lag: Duration::from_secs(40) };

    /// The share after an hour in which the load follows the share at once.
    fn settled(demand: f64, mut share: f64) -> f64 {
        for _ in 0..3_600 {
            share = SPILL.step(share, demand * share, Duration::from_secs(1));
        }
        share
    }

    #[test]
    fn a_load_below_low_keeps_the_full_share() {
        assert!(settled(0.69, 1.0) > 0.9999);
    }

    #[test]
    fn the_share_settles_where_the_line_meets_the_demand() {
        for demand in [0.8, 1.2, 2.0, 5.0] {
            let share = settled(demand, 1.0);
            let line = (SPILL.high - demand * share) / (SPILL.high - SPILL.low);
            assert!((share - line).abs() < 0.001, "demand {demand}: share {share}, the line says {line}");
        }
    }

    #[test]
    fn a_share_comes_back_from_nothing() {
        assert!(settled(0.5, 0.0) > 0.9999);
        assert!((settled(1.2, 0.0) - settled(1.2, 1.0)).abs() < 0.001);
    }

    #[test]
    fn a_load_that_others_keep_above_high_leaves_nothing() {
        let mut share = 1.0;
        for _ in 0..7_200 {
            share = SPILL.step(share, 1.0, Duration::from_secs(1));
        }
        assert!(share < 0.001, "{share}");
    }
}
