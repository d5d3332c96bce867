//! The task of one endpoint: a round on each beat, handed over if there is room, and the doubt that hastens the next.

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

use super::round::Round;
use super::schedule::Schedule;
use super::target::Target;
use crate::health::{Pace, Verdict};
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
        let mut pace = Pace::new(self.target.held == Verdict::Down);
        loop {
            sleep_until(self.start + schedule.due()).await;
            let round = observe(&self.target).await;
            let interval = pace.hard(round.result(), plan);
            self.beat.send_replace(Instant::now());
            match self.rounds.try_send(round) {
                Ok(()) => {}
                Err(TrySendError::Full(_)) => PROBE_DROPPED.add([], 1),
                Err(TrySendError::Closed(_)) => return,
            }
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
