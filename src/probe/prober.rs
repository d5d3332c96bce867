//! The prober: one task an endpoint, each with its beat; observations out, nothing in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::round::Round;
use super::schedule;
use super::target::Target;
use super::task::{Task, observe};

/// Probes until it is shut down or nobody listens. Dropping it ends its tasks at once.
#[derive(Debug)]
pub struct Prober {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    beat: watch::Receiver<Instant>,
    silence: Duration,
}

impl Prober {
    /// Starts one task a target. A round that finds the channel full is dropped and counted: nothing waits for it.
    #[must_use]
    pub fn start(targets: Vec<Target>, rounds: &mpsc::Sender<Round>) -> Self {
        let start = Instant::now();
        let silence = longest_silence(&targets);
        let (beat, last_beat) = watch::channel(start);
        let (stop, _) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for target in targets {
            let task = Task { target, start, rounds: rounds.clone(), beat: beat.clone() };
            let mut stopped = stop.subscribe();
            tasks.spawn(async move {
                tokio::select! {
                    () = task.run() => {}
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
            });
        }
        Self { tasks, stop, beat: last_beat, silence }
    }

    /// One round of every target, for a start without kept verdicts; in no order. Returns after the longest of the
    /// plans' timeouts, or that much again for each further 256 targets.
    pub async fn first_round(targets: &[Target]) -> Vec<Round> {
        let places = Arc::new(Semaphore::new(AT_ONCE));
        let mut attempts = JoinSet::new();
        for target in targets {
            let (target, places) = (target.clone(), Arc::clone(&places));
            attempts.spawn(async move {
                let _place = places.acquire().await.expect("the semaphore is never closed");
                observe(&target).await
            });
        }
        attempts.join_all().await
    }

    /// When a round last ended; before the first one, when the prober started.
    #[must_use]
    pub fn last_beat(&self) -> watch::Receiver<Instant> {
        self.beat.clone()
    }

    /// A beat older than this says that the prober hangs or is starved; without targets it never does.
    #[must_use]
    pub const fn longest_silence(&self) -> Duration {
        self.silence
    }

    /// Tells every task to end; a round under way is given up.
    pub fn shutdown(&self) {
        self.stop.send_replace(true);
    }

    /// Waits until every task has ended.
    pub async fn join(mut self) {
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a probe task died");
            }
        }
    }
}

/// Three times the longest gap of the target that beats most often.
fn longest_silence(targets: &[Target]) -> Duration {
    targets
        .iter()
        .map(|target| schedule::longest(target.plan.interval) + target.plan.timeout)
        .min()
        .map_or(Duration::MAX, |gap| gap.saturating_mul(3))
}

/// Connections that the first round opens at once: well under the usual limit of 1,024 open files.
const AT_ONCE: usize = 256;

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;
    use crate::health::{FaultClass, ProbePlan, Verdict};
    use crate::region::RegionId;

    /// No TCP connection can lead to the broadcast address: the kernel says so at once, whatever the clock does.
    fn unreachable(region: u16) -> Target {
        Target {
            region: RegionId(region),
            name: format!("region-{region}").into(),
            endpoint: 0,
            address: IpAddr::V4(Ipv4Addr::BROADCAST),
            plan: Arc::new(ProbePlan::default()),
            held: Verdict::Up,
        }
    }

    #[tokio::test(start_paused = true)]
    async fn doubt_brings_the_fast_interval_and_a_verdict_ends_it() {
        let (sender, mut rounds) = mpsc::channel(16);
        let _prober = Prober::start(vec![unreachable(0)], &sender);
        let mut gaps = Vec::new();
        let mut before = Instant::now();
        for _ in 0..6 {
            let round = rounds.recv().await.unwrap();
            assert_eq!(round.result(), Err(FaultClass::Unreachable));
            gaps.push(before.elapsed().as_secs_f64());
            before = Instant::now();
        }
        // First the place on the beat; two faults leave a doubt; the third takes it down, and down agrees with faults.
        let bounds = [(0.0, 10.0), (4.5, 5.5), (4.5, 5.5), (9.0, 11.0), (9.0, 11.0), (9.0, 11.0)];
        for (gap, (least, most)) in gaps.iter().zip(bounds) {
            assert!((least..=most).contains(gap), "gaps {gaps:?}, expected {bounds:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_channel_drops_rounds_and_the_beat_goes_on() {
        let (sender, mut rounds) = mpsc::channel(1);
        let prober = Prober::start(vec![unreachable(0)], &sender);
        let mut beat = prober.last_beat();
        for _ in 0..5 {
            beat.changed().await.unwrap();
        }
        assert!(rounds.try_recv().is_ok(), "the first round waits in the channel");
        assert!(rounds.try_recv().is_err(), "the others were dropped");
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_ends_every_task_and_join_returns() {
        let (sender, mut rounds) = mpsc::channel(16);
        let prober = Prober::start((0..20).map(unreachable).collect(), &sender);
        drop(sender);
        prober.shutdown();
        prober.join().await;
        while rounds.try_recv().is_ok() {}
        assert_eq!(rounds.recv().await, None, "some task still holds the channel");
    }

    #[tokio::test(start_paused = true)]
    async fn the_beat_is_never_silent_longer_than_it_says() {
        let (sender, _rounds) = mpsc::channel(1024);
        let prober = Prober::start((0..20).map(unreachable).collect(), &sender);
        let mut beat = prober.last_beat();
        for _ in 0..200 {
            let before = Instant::now();
            beat.changed().await.unwrap();
            assert!(before.elapsed() < prober.longest_silence());
        }
    }
}
