//! The tasks of one endpoint: a round on each beat, handed over if there is room, and the doubt that hastens the next;
//! beside it one task a soft layer, so that none waits for another and each has one attempt at a time.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::{Instant, sleep_until};

use super::pulse::Pulse;
use super::round::Round;
use super::schedule::Schedule;
use super::soft::Soft;
use super::target::Target;
use crate::health::{Layer, Observation, Pace, Verdict};
use crate::metrics::{PROBE_DROPPED, PROBE_FAILURES, PROBE_SECONDS};

/// What one task holds.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) target: Target,
    pub(super) start: Instant,
    pub(super) rounds: mpsc::Sender<Round>,
    pub(super) pulse: Arc<Pulse>,
}

impl Task {
    /// Probes the hard layers until nobody takes rounds any more.
    pub(super) async fn run(self) {
        let plan = &self.target.plan;
        let mut schedule = Schedule::new(self.target.seed(Layer::Tcp), plan.interval);
        let mut pace = Pace::new(self.target.held == Verdict::Down);
        loop {
            sleep_until(self.start + schedule.due()).await;
            let round = observe(&self.target).await;
            let interval = pace.hard(round.result(), plan);
            if self.ended(round, &mut schedule, interval).is_none() {
                return;
            }
        }
    }

    /// Probes one soft layer until nobody takes what it brings any more.
    pub(super) async fn run_soft(self, mut soft: Soft) {
        let mut schedule = Schedule::new(self.target.seed(soft.layer()), soft.interval);
        let mut pace = Pace::default();
        loop {
            sleep_until(self.start + schedule.due()).await;
            let seen = soft.attempt(&self.target).await;
            let interval = match seen.layer {
                Layer::Completion => pace.soft((seen.result, seen.reading), soft.interval, &self.target.plan),
                _ => soft.interval,
            };
            count(&self.target.name, &seen);
            let round = Round {
                vantage: seen.vantage,
                region: seen.region,
                endpoint: seen.endpoint,
                observations: vec![seen],
            };
            if self.ended(round, &mut schedule, interval).is_none() {
                return;
            }
        }
    }

    /// Hands over what a beat brought, and sets the next one; none: nobody listens.
    fn ended(&self, round: Round, schedule: &mut Schedule, interval: Duration) -> Option<()> {
        match self.rounds.try_send(round) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => PROBE_DROPPED.add([], 1),
            Err(TrySendError::Closed(_)) => return None,
        }
        let missed = schedule.advance(interval, self.start.elapsed());
        self.pulse.beat(self.start.elapsed(), missed);
        Some(())
    }
}

/// One round, counted.
pub(super) async fn observe(target: &Target) -> Round {
    let round = Round::of(target).await;
    round.observations.iter().for_each(|seen| count(&target.name, seen));
    round
}

fn count(region: &str, seen: &Observation) {
    let layer = seen.layer.word();
    PROBE_SECONDS.record([region, layer], seen.took);
    if let Err(class) = seen.result {
        PROBE_FAILURES.add([region, layer, class.word()], 1);
    }
}
