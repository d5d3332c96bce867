//! The prober: one task an endpoint, each with its beat; observations out, nothing in.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::pulse::{Heartbeat, Pulse, Watch};
use super::round::Round;
use super::schedule;
use super::soft::Soft;
use super::target::Target;
use super::task::{Task, observe};

/// Probes until it is shut down or nobody listens. Dropping it ends its tasks at once.
#[derive(Debug)]
pub struct Prober {
    tasks: JoinSet<()>,
    stop: watch::Sender<bool>,
    start: Instant,
    pulse: Arc<Pulse>,
    silence: Duration,
}

impl Prober {
    /// Starts one task a target, and one more for each of its soft layers. What finds the channel full is dropped and
    /// counted: nothing waits for it.
    #[must_use]
    pub fn start(targets: &[Target], rounds: &mpsc::Sender<Round>) -> Self {
        let (stop, _) = watch::channel(false);
        let mut prober = Self {
            tasks: JoinSet::new(),
            stop,
            start: Instant::now(),
            pulse: Arc::default(),
            silence: longest_silence(targets),
        };
        for target in targets {
            let (start, pulse) = (prober.start, Arc::clone(&prober.pulse));
            let task = Task { target: target.clone(), start, rounds: rounds.clone(), pulse };
            prober.spawn(task.clone().run());
            for soft in Soft::of(target, targets) {
                prober.spawn(task.clone().run_soft(soft));
            }
        }
        prober
    }

    fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        let (mut stopped, pulse) = (self.stop.subscribe(), Arc::clone(&self.pulse));
        self.tasks.spawn(async move {
            let _watch = Watch(&pulse);
            tokio::select! {
                () = task => {}
                _ = stopped.wait_for(|stopped| *stopped) => {}
            }
        });
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

    /// The heartbeat now.
    #[must_use]
    pub fn heartbeat(&self) -> Heartbeat {
        self.pulse.at(self.start.elapsed())
    }

    /// A silence longer than this says that the prober hangs or is starved; without targets it never does.
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

    use tokio::time::sleep;

    use super::*;
    use crate::health::{FaultClass, ProbePlan, VantageId, Verdict};
    use crate::probe::Origin;
    use crate::region::RegionId;

    /// No TCP connection can lead to the broadcast address: the kernel says so at once, whatever the clock does.
    fn unreachable(region: u16) -> Target {
        Target {
            origin: Arc::new(Origin::new(VantageId(0), "local", true)),
            region: RegionId(region),
            name: format!("region-{region}").into(),
            endpoint: 0,
            address: IpAddr::V4(Ipv4Addr::BROADCAST),
            host: "api.example.com".into(),
            plan: Arc::new(ProbePlan::default()),
            trust: None,
            held: Verdict::Up,
        }
    }

    fn twenty() -> Vec<Target> {
        (0..20).map(unreachable).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn doubt_brings_the_fast_interval_until_no_verdict_can_hang_on_it() {
        let (sender, mut rounds) = mpsc::channel(16);
        let _prober = Prober::start(&[unreachable(0)], &sender);
        let mut gaps = Vec::new();
        let mut before = Instant::now();
        for _ in 0..9 {
            let round = rounds.recv().await.unwrap();
            assert_eq!(round.result(), Err(FaultClass::Unreachable));
            gaps.push(before.elapsed().as_secs_f64());
            before = Instant::now();
        }
        // First the place on the beat; then fast, until the patience of several vantages would be over too.
        let bounds = |at| match at {
            0 => 0.0..=10.0,
            1..=6 => 4.5..=5.5,
            _ => 9.0..=11.0,
        };
        for (at, gap) in gaps.iter().enumerate() {
            assert!(bounds(at).contains(gap), "gap {at} of {gaps:?}, expected {:?}", bounds(at));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_channel_drops_rounds_and_the_beat_goes_on() {
        let (sender, mut rounds) = mpsc::channel(1);
        let prober = Prober::start(&[unreachable(0)], &sender);
        while prober.heartbeat().beats < 5 {
            sleep(Duration::from_millis(100)).await;
        }
        assert!(rounds.try_recv().is_ok(), "the first round waits in the channel");
        assert!(rounds.try_recv().is_err(), "the others were dropped");
    }

    #[tokio::test(start_paused = true)]
    async fn shutdown_ends_every_task_and_join_returns() {
        let (sender, mut rounds) = mpsc::channel(16);
        let prober = Prober::start(&twenty(), &sender);
        drop(sender);
        prober.shutdown();
        prober.join().await;
        while rounds.try_recv().is_ok() {}
        assert_eq!(rounds.recv().await, None, "some task still holds the channel");
    }

    #[tokio::test(start_paused = true)]
    async fn the_beat_is_never_silent_longer_than_it_says() {
        let (sender, _rounds) = mpsc::channel(1024);
        let prober = Prober::start(&twenty(), &sender);
        while prober.heartbeat().beats < 200 {
            sleep(Duration::from_millis(100)).await;
            assert!(prober.heartbeat().silence < prober.longest_silence());
        }
        assert_eq!((prober.heartbeat().missed, prober.heartbeat().died), (0, 0));
    }
}
