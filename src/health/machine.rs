//! The hard machine of one endpoint as one vantage sees it: rounds in a row, and how restless the last sixty-four were.
//!
//! A machine does not decide alone where several vantages are declared: it says what it would ([`Machine::says_down`],
//! [`Machine::says_up`]), and the endpoint's vote latches it.
//!
//! A return is damped, a fall never is. `rise` passes end an outage that was long and steady. Three faults and then six
//! passes, though, are what a target that fails half its rounds shows every few minutes, and a return that does not last
//! moves its users twice more. So an outage and its return together take as many rounds as chance does not produce,
//! [`ProbePlan::steady`]: by default 120 s from the first fault on, and from an outage of 90 s on no more than `rise`
//! passes. Turns to and fro ask for two passes more each.

use std::time::Duration;

use super::evidence::Verdict;
use super::plan::ProbePlan;

/// What one round says of an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Round {
    /// The topmost hard layer passed.
    Passed,
    /// It cannot be reached, or answers with what no gateway says.
    Failed,
    /// It accepts connections quickly and then does not answer in time: overloaded, or frozen.
    Stalled,
    /// It says that it is shutting down.
    Draining,
}

/// Rise and fall over rounds. `Unknown` falls like `Up` and rises on its first pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Machine {
    verdict: Verdict,
    /// Rounds in a row that passed, or that did not.
    passes: u32,
    faults: u32,
    /// Of the faults in a row, those that were no stalls.
    hard: u32,
    stalls: u32,
    drains: u32,
    /// When the run of passes or of faults began.
    began: Duration,
    /// How many faults in a row there were last.
    outage: u32,
    /// The last 64 rounds, the newest in the lowest bit; 1: passed.
    history: u64,
    last: Option<Duration>,
    /// When the last round came in that failed, and did not just stall.
    unreached: Option<Duration>,
}

impl Machine {
    /// A machine that starts from a kept verdict, without doubt.
    #[must_use]
    pub const fn new(verdict: Verdict) -> Self {
        let history = if matches!(verdict, Verdict::Down) { 0 } else { u64::MAX };
        let began = Duration::ZERO;
        Self {
            verdict,
            passes: 0,
            faults: 0,
            hard: 0,
            stalls: 0,
            drains: 0,
            began,
            outage: u32::MAX,
            history,
            last: None,
            unreached: None,
        }
    }

    /// What is held: up, down or unknown.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// When its last round was taken in.
    #[must_use]
    pub const fn last(&self) -> Option<Duration> {
        self.last
    }

    /// Whether the last round did not pass.
    #[must_use]
    pub const fn is_failing(&self) -> bool {
        self.faults > 0
    }

    /// When the run of faults began that still lasts.
    #[must_use]
    pub fn failing_since(&self) -> Option<Duration> {
        self.is_failing().then_some(self.began)
    }

    /// How many rounds in a row were as the last one.
    #[must_use]
    pub const fn run(&self) -> u32 {
        if self.faults > 0 { self.faults } else { self.passes }
    }

    /// How many rounds in a row stalled.
    #[must_use]
    pub const fn stalls(&self) -> u32 {
        self.stalls
    }

    /// How many rounds in a row said drain.
    #[must_use]
    pub const fn drains(&self) -> u32 {
        self.drains
    }

    /// Whether the last round did not get through to it at all.
    #[must_use]
    pub const fn is_unreached(&self) -> bool {
        self.faults > 0 && self.stalls == 0 && self.drains == 0
    }

    /// A sign of life from a higher layer: what stalls is slow, not dead.
    pub const fn lives(&mut self) {
        self.stalls = 0;
    }

    /// Takes in one round.
    pub fn round(&mut self, round: Round, plan: &ProbePlan, now: Duration) {
        let passed = round == Round::Passed;
        self.history = self.history << 1 | u64::from(passed);
        self.last = Some(now);
        if matches!(round, Round::Failed | Round::Draining) {
            self.unreached = Some(now);
        }
        let count = |is: bool, was: u32| if is { was.saturating_add(1) } else { 0 };
        if passed == (self.faults > 0) || self.run() == 0 {
            self.began = now;
        }
        self.passes = count(passed, self.passes);
        self.faults = count(!passed, self.faults);
        self.outage = if passed { self.outage } else { self.faults };
        self.hard = if passed { 0 } else { self.hard.saturating_add(u32::from(round != Round::Stalled)) };
        self.stalls = count(round == Round::Stalled, self.stalls);
        self.drains = count(round == Round::Draining, self.drains);
        if passed && self.verdict == Verdict::Unknown {
            self.verdict = Verdict::Up;
        }
        let broken = (self.history & RECENT).count_zeros() - RECENT.count_zeros();
        if self.fails(plan) && broken >= RECENT.count_ones() / 2 {
            self.latch(Verdict::Down);
        }
        if self.verdict == Verdict::Down && self.says_up(plan) {
            self.latch(Verdict::Up);
        }
    }

    /// Holds what the vote says.
    pub const fn latch(&mut self, verdict: Verdict) {
        self.verdict = verdict;
    }

    /// Whether it would take the endpoint down now.
    #[must_use]
    pub fn says_down(&self, plan: &ProbePlan) -> bool {
        self.verdict == Verdict::Down || self.fails(plan) || self.stalls >= plan.stalls()
    }

    /// Whether it would bring the endpoint back now.
    #[must_use]
    pub fn says_up(&self, plan: &ProbePlan) -> bool {
        self.verdict != Verdict::Down && !self.is_failing() || self.passes >= self.rise(plan)
    }

    /// Enough faults in a row; stalls among them neither count nor break the run: they have a count of their own.
    fn fails(&self, plan: &ProbePlan) -> bool {
        self.hard >= plan.fall
    }

    /// Whether nothing but stalls, if anything, has spoken against reaching it since the moment `began`.
    #[must_use]
    pub fn is_reached(&self, began: Duration) -> bool {
        self.hard == 0 && self.unreached.is_none_or(|last| last < began)
    }

    /// How many passes in a row it takes now: `rise`, and two more for each turn beyond the fall and the return among the
    /// last 64 rounds; at least as many as chance does not produce, counted with the faults in a row before them.
    #[must_use]
    pub fn rise(&self, plan: &ProbePlan) -> u32 {
        let Some(steady) = plan.steady() else { return plan.rise };
        let turns = ((self.history ^ self.history >> 1) & u64::MAX >> 1).count_ones();
        let calm = plan.rise.saturating_add(turns.saturating_sub(2) * 2);
        calm.max(steady.saturating_sub(self.outage))
    }

    /// The monotonic moment before which it cannot say what it does not say now.
    #[must_use]
    pub fn turns_at(&self, plan: &ProbePlan) -> Option<Duration> {
        let needed = if self.verdict == Verdict::Down { self.rise(plan) } else { plan.fall };
        let against = if self.verdict == Verdict::Down { self.passes } else { self.faults };
        let missing = needed.saturating_sub(against);
        Some(self.last?.saturating_add(plan.fast_interval.saturating_mul(missing)))
    }

    /// Whether some round speaks against what is held.
    #[must_use]
    pub const fn in_doubt(&self) -> bool {
        match self.verdict {
            Verdict::Down => self.passes > 0,
            _ => self.faults > 0,
        }
    }
}

/// The last sixteen rounds: when half of them did not pass, `fall` in a row are no blip.
const RECENT: u64 = 0xffff;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::plan::Preset;
    use super::*;

    fn rounds(machine: &mut Machine, plan: &ProbePlan, from: u64, rounds: &[Round]) -> u64 {
        for (second, round) in (from..).step_by(5).zip(rounds) {
            machine.round(*round, plan, Duration::from_secs(second));
        }
        from + 5 * rounds.len() as u64
    }

    fn down_for(rounds_failed: usize) -> (Machine, u64) {
        let plan = ProbePlan::default();
        let mut machine = Machine::new(Verdict::Up);
        let at = rounds(&mut machine, &plan, 0, &vec![Round::Failed; rounds_failed]);
        machine.latch(Verdict::Down);
        (machine, at)
    }

    #[test]
    fn an_outage_and_its_return_take_twenty_four_rounds_together_and_never_less_than_rise_passes() {
        let plan = ProbePlan::default();
        for (failed, needed) in [(3, 21), (9, 15), (18, 6), (19, 6), (200, 6)] {
            let (mut machine, at) = down_for(failed);
            let at = rounds(&mut machine, &plan, at, &vec![Round::Passed; needed - 1]);
            assert_eq!(machine.verdict(), Verdict::Down, "{failed} faults, {} passes", needed - 1);
            rounds(&mut machine, &plan, at, &[Round::Passed]);
            assert_eq!(machine.verdict(), Verdict::Up, "{failed} faults, {needed} passes");
        }
    }

    #[test]
    fn a_load_balancers_health_check_is_not_damped() {
        let plan = ProbePlan::preset(Preset::AlbCompatible);
        let mut machine = Machine::new(Verdict::Up);
        let at = rounds(&mut machine, &plan, 0, &[Round::Failed; 3]);
        machine.latch(Verdict::Down);
        rounds(&mut machine, &plan, at, &[Round::Passed; 2]);
        assert_eq!(machine.verdict(), Verdict::Up, "two passes end it");
    }

    #[test]
    fn a_restless_target_has_to_pass_longer() {
        let plan = ProbePlan::default();
        let (mut machine, mut at) = down_for(61);
        for _ in 0..8 {
            at = rounds(&mut machine, &plan, at, &[Round::Passed, Round::Failed]);
        }
        rounds(&mut machine, &plan, at, &[Round::Passed]);
        assert_eq!(machine.rise(&plan), 6 + 2 * (17 - 2));
    }

    #[test]
    fn stalls_are_no_faults_until_there_are_six_in_a_row() {
        let plan = ProbePlan::default();
        let mut machine = Machine::new(Verdict::Up);
        let at = rounds(&mut machine, &plan, 0, &[Round::Stalled; 5]);
        assert!(!machine.says_down(&plan));
        let mut alive = machine;
        rounds(&mut machine, &plan, at, &[Round::Stalled]);
        assert!(machine.says_down(&plan));
        alive.lives();
        rounds(&mut alive, &plan, at, &[Round::Stalled]);
        assert!(!alive.says_down(&plan), "a higher layer passed meanwhile");
    }

    proptest! {
        #[test]
        fn no_trail_falls_before_fall_faults_or_rises_before_rise_passes(
            trail in prop::collection::vec(prop::sample::select(vec![
                Round::Passed, Round::Failed, Round::Stalled, Round::Draining,
            ]), 1..300),
            (fall, rise) in (1_u32..8, 1_u32..8),
        ) {
            let plan = ProbePlan { fall, rise, ..ProbePlan::default() };
            let mut machine = Machine::new(Verdict::Up);
            let (mut faults, mut passes) = (0, 0);
            for (second, round) in (0..).step_by(5).zip(trail) {
                let was = machine.verdict();
                machine.round(round, &plan, Duration::from_secs(second));
                (passes, faults) = if round == Round::Passed { (passes + 1, 0) } else { (0, faults + 1) };
                if machine.says_down(&plan) && was != Verdict::Down {
                    prop_assert!(faults >= fall.min(plan.stalls()), "down after {faults} faults");
                    machine.latch(Verdict::Down);
                }
                if machine.verdict() == Verdict::Up && was == Verdict::Down {
                    prop_assert!(passes >= rise, "up after {passes} passes");
                }
            }
        }
    }
}
