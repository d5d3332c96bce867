//! The task of one endpoint: a round on each beat, handed over if there is room, and the doubt that hastens the next.

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::round::Round;
use super::schedule::Schedule;
use super::target::Target;
use crate::health::{FaultClass, Machine, ProbePlan};
use crate::metrics::{PROBE_DROPPED, PROBE_FAILURES, PROBE_SECONDS};

/// What one task holds.
pub(super) struct Task {
    pub(super) target: Target,
    pub(super) start: Instant,
    pub(super) rounds: mpsc::Sender<Round>,
    pub(super) beat: watch::Sender<Instant>,
}

impl Task {
    /// Probes until nobody takes rounds any more.
    pub(super) async fn run(self) {
        let plan = &self.target.plan;
        let mut schedule = Schedule::new(self.target.seed(), plan.interval);
        let mut machine = Machine::new(self.target.held);
        loop {
            sleep_until(self.start + schedule.due()).await;
            let round = observe(&self.target).await;
            follow(&mut machine, plan, round.result());
            self.beat.send_replace(Instant::now());
            match self.rounds.try_send(round) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => PROBE_DROPPED.add([], 1),
                Err(TrySendError::Closed(_)) => return,
            }
            let interval = if machine.in_doubt() { plan.fast_interval } else { plan.interval };
            schedule.advance(interval, self.start.elapsed());
        }
    }
}

/// One round, counted.
pub(super) async fn observe(target: &Target) -> Round {
    let round = Round::of(target).await;
    for observation in &round.observations {
        let (region, layer) = (&*target.name, observation.layer.word());
        PROBE_SECONDS.record([region, layer], observation.took);
        if let Err(class) = observation.result {
            PROBE_FAILURES.add([region, layer, class.word()], 1);
        }
    }
    round
}

/// A fault of our own says nothing of the endpoint, so the machine does not hear of it.
fn follow(machine: &mut Machine, plan: &ProbePlan, result: Result<(), FaultClass>) {
    if result != Err(FaultClass::Misconfigured) {
        machine.round(result.is_ok(), plan.rise, plan.fall);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::health::Verdict;

    #[test]
    fn our_own_fault_raises_no_doubt() {
        let second = Duration::from_secs(1);
        let plan = ProbePlan { interval: second, ..ProbePlan::default() };
        let mut machine = Machine::new(Verdict::Up);
        follow(&mut machine, &plan, Err(FaultClass::Misconfigured));
        assert!(!machine.in_doubt());
        follow(&mut machine, &plan, Err(FaultClass::Drain));
        assert!(machine.in_doubt());
    }
}
