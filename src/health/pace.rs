//! When a prober looks again: at the plan's interval, and faster while what it sees is in doubt.

use std::time::Duration;

use super::fault::FaultClass;
use super::plan::ProbePlan;
use super::reading::Reading;
use super::symptom::SLOW;

/// One layer of one endpoint, as its prober remembers it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    faults: u32,
    passes: u32,
    /// Completions that were not answered, or late, since the doubt began.
    met: u32,
    /// Whether it has been out long enough to be down, and not back long enough to be up.
    is_out: bool,
}

impl Pace {
    /// A pace for what is held to be down, or not.
    #[must_use]
    pub const fn new(is_out: bool) -> Self {
        Self { faults: 0, passes: 0, met: 0, is_out }
    }

    /// After a hard round: how long until the next one begins, counted from the beginning of this one. Fast while faults
    /// are few enough that a verdict may hang on them, and while a return is under way. Our own faults change nothing.
    pub fn hard(&mut self, result: Result<(), FaultClass>, plan: &ProbePlan) -> Duration {
        let patient = plan.patience().as_millis().div_ceil(plan.fast_interval.as_millis().max(1));
        let needed = plan.stalls().max(plan.fall.saturating_add(u32::try_from(patient).unwrap_or(u32::MAX)));
        self.count(result.is_ok(), result.err());
        self.is_out |= self.faults >= plan.fall;
        self.is_out &= self.passes < plan.rise.saturating_mul(3);
        let doubt = if self.passes > 0 { self.is_out } else { self.faults > 0 && self.faults < needed };
        if doubt { plan.fast_interval } else { plan.interval }
    }

    /// After a completion: how long until the next one, whose usual distance is `interval`. Fast until twenty-four in a row
    /// were answered in time, since one fault says little and the next attempts say which kind it was; and after more
    /// than one fault until enough were to bring a whole weight back.
    pub fn soft(
        &mut self,
        (result, reading): (Result<(), FaultClass>, Reading),
        interval: Duration,
        plan: &ProbePlan,
    ) -> Duration {
        let slow = matches!(reading, Reading::FirstToken(after) if after > SLOW);
        self.count(result.is_ok() && !slow, result.err());
        self.met = self.met.saturating_add(u32::from(self.faults > 0 && self.passes == 0));
        self.is_out |= self.faults > 0;
        self.is_out &= self.passes < if self.met > 1 { CURED } else { SETTLED };
        if !self.is_out {
            self.met = 0;
        }
        if self.is_out { plan.fast_interval.min(interval) } else { interval }
    }

    fn count(&mut self, passed: bool, fault: Option<FaultClass>) {
        if fault == Some(FaultClass::Misconfigured) {
            return;
        }
        let count = |is: bool, was: u32| if is { was.saturating_add(1) } else { 0 };
        (self.passes, self.faults) = (count(passed, self.passes), count(!passed, self.faults));
    }
}

/// Answered completions in a row that end a doubt of one fault.
const SETTLED: u32 = 24;
/// And of more than one: as many as bring a whole weight back.
const CURED: u32 = 64;

#[cfg(test)]
mod tests {
    use super::*;

    const FAIL: Result<(), FaultClass> = Err(FaultClass::Refused);

    #[test]
    fn faults_are_checked_fast_until_the_verdict_cannot_hang_on_them_any_more() {
        let plan = ProbePlan::default();
        let mut pace = Pace::default();
        assert_eq!(pace.hard(Ok(()), &plan), plan.interval);
        let fast = (0..20).take_while(|_| pace.hard(FAIL, &plan) == plan.fast_interval).count();
        assert_eq!(fast, 6, "patience of 20 s is four rounds, after the first three");
        let fast = (0..40).take_while(|_| pace.hard(Ok(()), &plan) == plan.fast_interval).count();
        assert_eq!(fast, 17, "three times rise");
    }

    #[test]
    fn a_lone_fault_is_checked_once_and_our_own_never() {
        let plan = ProbePlan::default();
        let mut pace = Pace::default();
        assert_eq!(pace.hard(Err(FaultClass::Misconfigured), &plan), plan.interval);
        assert_eq!(pace.hard(FAIL, &plan), plan.fast_interval);
        assert_eq!(pace.hard(Ok(()), &plan), plan.interval);
    }

    #[test]
    fn a_late_first_token_is_followed_by_quick_looks_and_more_of_them_by_more() {
        let plan = ProbePlan::default();
        let interval = Duration::from_secs(30);
        let mut pace = Pace::default();
        let mut after =
            |seconds| pace.soft((Ok(()), Reading::FirstToken(Duration::from_secs(seconds))), interval, &plan);
        for (late, quick) in [(1, 23), (2, 63), (1, 23)] {
            assert_eq!(after(1), interval);
            (0..late).for_each(|_| assert_eq!(after(7), plan.fast_interval));
            let looked = (0..100).take_while(|_| after(1) == plan.fast_interval).count();
            assert_eq!(looked, quick, "after {late} late");
        }
    }
}
