//! A region's service level: how long it was up, how many of its answers came within 5 s, how many requests failed.
//!
//! Uptime is what synthetic completions say: the last one holds until the next; without that layer, what the verdict
//! says. Answers and failures are the region's own figures where they are scraped, else the completions themselves.
//! Providers' faults and our own are no failures of a region.

use std::time::Duration;

use super::evidence::{Layer, Observation, Verdict};
use super::fault::FaultClass;
use super::reading::{Reading, Traffic};

/// Sums since the start, of one region.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ServiceLevel {
    up: Duration,
    down: Duration,
    /// What the last completion said.
    completes: Option<bool>,
    probed: Sums,
    served: Sums,
    /// When the region's own figures last came.
    figures: Option<Duration>,
}

/// What was asked and what came of it; from scraped figures, with fractions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sums {
    /// Requests.
    pub requests: f64,
    /// Of them, those that failed.
    pub failed: f64,
    /// Answers that were timed.
    pub answers: f64,
    /// Of them, those that took at most 5 s.
    pub within_5s: f64,
}

impl ServiceLevel {
    /// Takes in an observation of the region, at a monotonic moment.
    pub fn observe(&mut self, seen: &Observation, now: Duration) {
        match (seen.layer, seen.reading) {
            (Layer::Completion, _) => self.complete(seen),
            (Layer::Metrics, Reading::Traffic(traffic)) => {
                let elapsed =
                    self.figures.map_or(Duration::ZERO, |last| now.saturating_sub(last)).min(LONGEST);
                self.served.serve(&traffic, elapsed);
                self.figures = Some(now);
            }
            (Layer::Metrics, _) if seen.result.is_ok() => self.figures = Some(now),
            _ => {}
        }
    }

    /// Lets time pass under a verdict.
    pub fn pass(&mut self, elapsed: Duration, verdict: Verdict) {
        if self.completes.unwrap_or(verdict != Verdict::Down) {
            self.up += elapsed;
        } else {
            self.down += elapsed;
        }
    }

    /// How long it was up, and how long not.
    #[must_use]
    pub const fn time(&self) -> (Duration, Duration) {
        (self.up, self.down)
    }

    /// What was asked and answered.
    #[must_use]
    pub const fn sums(&self) -> &Sums {
        if self.figures.is_some() { &self.served } else { &self.probed }
    }

    /// Share of the time that it was up; none before any has passed.
    #[must_use]
    pub fn uptime(&self) -> Option<f64> {
        share(self.up.as_secs_f64(), (self.up + self.down).as_secs_f64())
    }

    /// Share of answers that took at most 5 s; none before any was timed.
    #[must_use]
    pub fn within_5s(&self) -> Option<f64> {
        share(self.sums().within_5s, self.sums().answers)
    }

    /// Share of requests that failed; none before any.
    #[must_use]
    pub fn errors(&self) -> Option<f64> {
        share(self.sums().failed, self.sums().requests)
    }

    fn complete(&mut self, seen: &Observation) {
        if matches!(seen.result, Err(FaultClass::Provider | FaultClass::Misconfigured)) {
            return;
        }
        let passed = seen.result.is_ok();
        self.completes = Some(passed);
        self.probed.requests += 1.0;
        if passed {
            self.probed.answers += 1.0;
            self.probed.within_5s += f64::from(u8::from(seen.took <= PROMPT));
        } else {
            self.probed.failed += 1.0;
        }
    }
}

impl Sums {
    fn serve(&mut self, traffic: &Traffic, elapsed: Duration) {
        let requests = traffic.requests * elapsed.as_secs_f64();
        self.requests += requests;
        self.failed += requests * (traffic.gateway_errors + traffic.rejected).min(1.0);
        if let Some(within) = traffic.within_5s {
            self.answers += requests;
            self.within_5s += requests * within;
        }
    }
}

fn share(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| (part / whole).clamp(0.0, 1.0))
}

const PROMPT: Duration = Duration::from_secs(5);
/// Figures that did not come for longer were about a time that is not known.
const LONGEST: Duration = Duration::from_secs(120);

#[cfg(test)]
mod tests {
    use super::super::evidence::VantageId;
    use super::*;
    use crate::region::RegionId;

    fn seen(layer: Layer, result: Result<(), FaultClass>, took: u64, reading: Reading) -> Observation {
        let (vantage, region, took) = (VantageId::default(), RegionId(0), Duration::from_secs(took));
        Observation { vantage, region, endpoint: 0, layer, result, took, reading }
    }

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn uptime_is_what_the_last_completion_says_and_the_verdict_where_there_is_none() {
        let mut level = ServiceLevel::default();
        assert_eq!((level.uptime(), level.errors(), level.within_5s()), (None, None, None));
        level.pass(SECOND * 3, Verdict::Up);
        level.pass(SECOND, Verdict::Down);
        assert_eq!(level.uptime(), Some(0.75));
        level.observe(&seen(Layer::Completion, Err(FaultClass::Gateway), 1, Reading::Nothing), SECOND);
        level.pass(SECOND * 4, Verdict::Up);
        assert_eq!(level.time(), (SECOND * 3, SECOND * 5));
    }

    #[test]
    fn completions_count_where_nothing_is_scraped_and_providers_faults_do_not() {
        let mut level = ServiceLevel::default();
        for (result, took) in [
            (Ok(()), 1),
            (Ok(()), 6),
            (Err(FaultClass::Gateway), 1),
            (Err(FaultClass::Capacity), 1),
            (Err(FaultClass::Provider), 1),
            (Err(FaultClass::Misconfigured), 1),
        ] {
            level.observe(&seen(Layer::Completion, result, took, Reading::Nothing), SECOND);
        }
        assert_eq!((level.errors(), level.within_5s()), (Some(0.5), Some(0.5)));
    }

    #[test]
    fn scraped_figures_outweigh_completions() {
        let mut level = ServiceLevel::default();
        level.observe(&seen(Layer::Completion, Err(FaultClass::Gateway), 1, Reading::Nothing), SECOND);
        level.observe(&seen(Layer::Metrics, Ok(()), 0, Reading::Nothing), SECOND);
        let traffic = Traffic {
            requests: 10.0,
            gateway_errors: 0.01,
            rejected: 0.04,
            provider_errors: 0.5,
            within_5s: Some(0.9),
            ..Traffic::default()
        };
        level.observe(&seen(Layer::Metrics, Ok(()), 0, Reading::Traffic(traffic)), SECOND * 11);
        assert!((level.sums().requests - 100.0).abs() < 1e-9);
        assert!((level.errors().unwrap() - 0.05).abs() < 1e-9);
        assert!((level.within_5s().unwrap() - 0.9).abs() < 1e-9);
    }
}
