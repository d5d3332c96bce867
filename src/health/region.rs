//! The evidence held about one region, and the verdict it gives.

use std::time::Duration;

use super::evidence::{Layer, Observation, Verdict};
use super::fault::FaultClass;
use super::machine::{Machine, Step};
use super::plan::ProbePlan;
use crate::now::Now;

/// All that is held about a region's endpoints.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionHealth {
    endpoints: Vec<EndpointHealth>,
    min_endpoints: usize,
    verdict: Verdict,
    since: u64,
}

/// What is held about one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointHealth {
    machine: Machine,
    last_round: Option<Duration>,
    layers: [Option<Held>; Layer::ALL.len()],
}

/// The last observation of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Passed, or the fault met.
    pub result: Result<(), FaultClass>,
    /// How long the attempt took.
    pub took: Duration,
    /// Monotonic moment at which it was taken in.
    pub at: Duration,
}

/// What an observation did to a region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effect {
    /// What it did to the endpoint's machine.
    pub endpoint: Step,
    /// The endpoint's verdict before.
    pub endpoint_was: Verdict,
    /// The region's verdict before.
    pub region_was: Verdict,
}

impl RegionHealth {
    /// Starts from kept verdicts, one an endpoint; `Unknown` where nothing is kept.
    #[must_use]
    pub fn new(kept: impl IntoIterator<Item = Verdict>, min_endpoints: u16, since: u64) -> Self {
        let endpoints = kept.into_iter().map(EndpointHealth::new).collect();
        let mut region =
            Self { endpoints, min_endpoints: usize::from(min_endpoints), verdict: Verdict::Unknown, since };
        region.verdict = region.judge();
        region
    }

    /// The region's verdict.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// Unix seconds since which the verdict holds.
    #[must_use]
    pub const fn since(&self) -> u64 {
        self.since
    }

    /// Keeps the time of an earlier verdict that still holds, across a restart or a reload.
    pub fn keep_since(&mut self, since: u64) {
        self.since = since.min(self.since);
    }

    /// Every endpoint, in the region's order.
    #[must_use]
    pub fn endpoints(&self) -> &[EndpointHealth] {
        &self.endpoints
    }

    /// Takes in one observation; none when the endpoint does not exist.
    ///
    /// A fault at any layer is a failed round; a pass of the topmost layer is a passed one; a pass below it says nothing
    /// yet. A misconfigured probe is no evidence about the region.
    pub fn observe(&mut self, seen: &Observation, plan: &ProbePlan, now: Now) -> Option<Effect> {
        let endpoint = self.endpoints.get_mut(usize::from(seen.endpoint))?;
        let endpoint_was = endpoint.verdict();
        let region_was = self.verdict;
        let step = endpoint.observe(seen, plan, now);
        self.verdict = self.judge();
        if self.verdict != region_was {
            self.since = now.unix;
        }
        Some(Effect { endpoint: step, endpoint_was, region_was })
    }

    /// The monotonic moment before which no flip can come, while some endpoint is in doubt.
    #[must_use]
    pub fn flip_at(&self, plan: &ProbePlan) -> Option<Duration> {
        self.endpoints.iter().filter_map(|endpoint| endpoint.flip_at(plan)).min()
    }

    fn judge(&self) -> Verdict {
        let count = |verdict| self.endpoints.iter().filter(|endpoint| endpoint.verdict() == verdict).count();
        let serving = self.endpoints.len() - count(Verdict::Down);
        match serving {
            _ if serving < self.min_endpoints => Verdict::Down,
            _ if count(Verdict::Unknown) == serving => Verdict::Unknown,
            _ => Verdict::Up,
        }
    }
}

impl EndpointHealth {
    const fn new(verdict: Verdict) -> Self {
        Self { machine: Machine::new(verdict), last_round: None, layers: [None; Layer::ALL.len()] }
    }

    /// What the hard machine holds.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.machine.verdict()
    }

    /// The last observation of each layer that has one, lowest first.
    pub fn layers(&self) -> impl Iterator<Item = (Layer, Held)> + '_ {
        Layer::ALL.into_iter().zip(&self.layers).filter_map(|(layer, held)| held.map(|held| (layer, held)))
    }

    fn observe(&mut self, seen: &Observation, plan: &ProbePlan, now: Now) -> Step {
        self.layers[seen.layer as usize] =
            Some(Held { result: seen.result, took: seen.took, at: now.monotonic });
        let passed = match seen.result {
            Err(FaultClass::Misconfigured) => return Step::Same,
            Err(_) => false,
            Ok(()) if seen.layer == plan.top() => true,
            Ok(()) => return Step::Same,
        };
        self.last_round = Some(now.monotonic);
        self.machine.round(passed, plan.rise, plan.fall)
    }

    fn flip_at(&self, plan: &ProbePlan) -> Option<Duration> {
        let rounds = self.machine.rounds_to_flip(plan.rise, plan.fall)?;
        Some(self.last_round?.saturating_add(plan.fast_interval.saturating_mul(rounds)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::evidence::VantageId;
    use super::super::plan::Liveliness;
    use super::super::reading::Reading;
    use super::*;
    use crate::region::RegionId;

    fn plan() -> ProbePlan {
        let liveliness = Some(Liveliness { path: "/health/liveliness".into() });
        ProbePlan { rise: 2, liveliness, ..ProbePlan::default() }
    }

    fn at(seconds: u64) -> Now {
        Now { monotonic: Duration::from_secs(seconds), unix: 1_000 + seconds }
    }

    fn seen(endpoint: u16, layer: Layer, result: Result<(), FaultClass>) -> Observation {
        Observation {
            vantage: VantageId::default(),
            region: RegionId(0),
            endpoint,
            layer,
            result,
            took: Duration::from_millis(5),
            reading: Reading::Nothing,
        }
    }

    fn feed(region: &mut RegionHealth, endpoint: u16, results: &[Result<(), FaultClass>]) {
        for (second, result) in (1..).zip(results) {
            region.observe(&seen(endpoint, Layer::Liveliness, *result), &plan(), at(second));
        }
    }

    const FAIL: Result<(), FaultClass> = Err(FaultClass::Refused);

    #[test]
    fn a_region_falls_after_fall_failed_rounds_and_rises_after_rise_passed_ones() {
        let mut region = RegionHealth::new([Verdict::Up], 1, 0);
        feed(&mut region, 0, &[FAIL, FAIL]);
        assert_eq!(region.verdict(), Verdict::Up);
        feed(&mut region, 0, &[FAIL]);
        assert_eq!(region.verdict(), Verdict::Down);
        feed(&mut region, 0, &[Ok(())]);
        assert_eq!(region.verdict(), Verdict::Down);
        feed(&mut region, 0, &[Ok(())]);
        assert_eq!(region.verdict(), Verdict::Up);
    }

    #[test]
    fn one_passed_round_between_failures_starts_the_count_anew() {
        let mut region = RegionHealth::new([Verdict::Up], 1, 0);
        feed(&mut region, 0, &[FAIL, FAIL, Ok(()), FAIL, FAIL]);
        assert_eq!(region.verdict(), Verdict::Up);
    }

    #[test]
    fn a_failed_lower_layer_is_a_failed_round_and_its_pass_says_nothing() {
        let mut region = RegionHealth::new([Verdict::Up], 1, 0);
        for _ in 0..3 {
            region.observe(&seen(0, Layer::Tcp, Ok(())), &plan(), at(1));
            region.observe(&seen(0, Layer::Liveliness, FAIL), &plan(), at(1));
        }
        assert_eq!(region.verdict(), Verdict::Down);
        for _ in 0..9 {
            region.observe(&seen(0, Layer::Tcp, Ok(())), &plan(), at(1));
        }
        assert_eq!(region.verdict(), Verdict::Down);
    }

    #[test]
    fn a_misconfigured_probe_moves_nothing() {
        let mut region = RegionHealth::new([Verdict::Up], 1, 0);
        feed(&mut region, 0, &[Err(FaultClass::Misconfigured); 50]);
        assert_eq!(region.verdict(), Verdict::Up);
    }

    #[test]
    fn a_region_serves_until_fewer_than_min_endpoints_do() {
        let mut region = RegionHealth::new([Verdict::Up, Verdict::Up, Verdict::Up], 2, 0);
        feed(&mut region, 0, &[FAIL; 3]);
        assert_eq!(region.verdict(), Verdict::Up);
        feed(&mut region, 2, &[FAIL; 3]);
        assert_eq!(region.verdict(), Verdict::Down);
    }

    #[test]
    fn the_next_flip_is_as_far_away_as_the_rounds_that_are_missing() {
        let mut region = RegionHealth::new([Verdict::Up], 1, 0);
        assert_eq!(region.flip_at(&plan()), None);
        region.observe(&seen(0, Layer::Tcp, FAIL), &plan(), at(7));
        assert_eq!(region.flip_at(&plan()), Some(Duration::from_secs(17)));
        region.observe(&seen(0, Layer::Tcp, FAIL), &plan(), at(12));
        assert_eq!(region.flip_at(&plan()), Some(Duration::from_secs(17)));
    }

    #[test]
    fn a_failing_endpoint_never_makes_an_unknown_region_up() {
        let mut region = RegionHealth::new([Verdict::Unknown, Verdict::Unknown], 1, 0);
        feed(&mut region, 0, &[FAIL; 3]);
        assert_eq!(region.verdict(), Verdict::Unknown);
        feed(&mut region, 1, &[Ok(())]);
        assert_eq!(region.verdict(), Verdict::Up);
    }

    #[test]
    fn what_was_never_observed_is_unknown_and_falls_like_up() {
        let mut region = RegionHealth::new([Verdict::Unknown], 1, 0);
        assert_eq!(region.verdict(), Verdict::Unknown);
        feed(&mut region, 0, &[FAIL; 3]);
        assert_eq!(region.verdict(), Verdict::Down);
        let mut region = RegionHealth::new([Verdict::Unknown], 1, 0);
        feed(&mut region, 0, &[Ok(())]);
        assert_eq!(region.verdict(), Verdict::Up);
    }
}
