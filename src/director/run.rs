//! The loop: one input after the other, then a picture where something changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::DRAIN;
use super::gauges::Gauges;
use super::start::{Director, StartError};
use crate::health::Observation;
use crate::probe::Round;
use crate::snapshot::Snapshot;
use crate::world::Observed;

/// Signals that the loop listens to.
#[derive(Debug)]
pub(super) struct Signals {
    stop: [Signal; 2],
    reload: Signal,
}

/// Takes over SIGTERM and SIGINT (stop) and SIGHUP (reload).
pub(super) fn signalled() -> Result<Signals, StartError> {
    let on = |kind| signal(kind).map_err(StartError::System);
    let stop = [on(SignalKind::terminate())?, on(SignalKind::interrupt())?];
    Ok(Signals { stop, reload: on(SignalKind::hangup())? })
}

impl Signals {
    async fn stop(stop: &mut [Signal; 2]) {
        let [terminate, interrupt] = stop;
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

impl Director {
    /// Runs until a signal says stop; then drains and ends.
    pub(super) async fn run(mut self, mut signals: Signals) {
        let mut tick = interval(TICK);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            tokio::select! {
                () = Signals::stop(&mut signals.stop) => break,
                _ = signals.reload.recv() => self.reload(None),
                Some(act) = self.acts.recv() => self.act(act),
                Some(round) = self.rounds.recv() => self.observe(round),
                Some(Ok(written)) = self.writes.join_next() => self.written(written),
                Some(attempt) = self.loads.join_next() => self.loaded(attempt),
                Some(Ok(look)) = self.looks.join_next() => self.looked(look),
                Some(_) = self.reads.join_next() => {}
                _ = tick.tick() => self.tick(),
            }
        }
        self.stop().await;
    }

    /// Takes in a round and whatever else waits, then publishes once if anything moved.
    fn observe(&mut self, round: Round) {
        let mut seen = round.observations;
        while let Ok(round) = self.rounds.try_recv() {
            seen.extend(round.observations);
        }
        self.take(&seen);
    }

    /// Takes in observations, and publishes if anything moved.
    pub(super) fn take(&mut self, seen: &[Observation]) {
        let now = self.clock.now();
        let Some(Observed { moved, events }) = self.world.take(seen, now) else { return };
        if moved {
            self.publish();
        }
        self.tell(events);
    }

    /// Once a second: ends overrides, lets shares move, frees old pictures, keeps verdicts, shows ages.
    fn tick(&mut self) {
        let now = self.clock.now();
        let expired = self.world.expire(now);
        let Observed { moved, events } = self.world.tick(now);
        if moved || !expired.is_empty() {
            self.publish();
            expired.into_iter().for_each(|ended| self.record.expired(now.unix, ended));
        }
        self.tell(events);
        self.retired.free();
        self.watch_certificate();
        self.exposition.upkeep();
        let verdicts = self.world.verdicts();
        if verdicts != self.kept {
            self.record.verdicts(verdicts.clone());
            self.kept = verdicts;
        }
        Gauges::prober(self.prober.last_beat().borrow().elapsed());
        self.gauges.show(&self.world, self.epoch(), now);
    }

    /// Makes the next picture and puts it in place; its number.
    pub(super) fn publish(&mut self) -> u64 {
        let began = Instant::now();
        let (next, events) = self.world.publish(self.clock.now());
        Gauges::built(began.elapsed());
        let epoch = next.epoch();
        self.retired.keep(self.snapshots.publish(next));
        self.gauges.show(&self.world, epoch, self.clock.now());
        self.tell(events);
        epoch
    }

    /// Number of the picture that answers.
    pub(super) fn epoch(&self) -> u64 {
        self.snapshots.load().epoch()
    }

    /// Stops taking, drains under a deadline, writes what waits.
    async fn stop(mut self) {
        tracing::info!("stopping");
        self.dns.shutdown(DRAIN);
        self.prober.shutdown();
        let edges = async {
            if let Some(admin) = self.admin.take() {
                admin.shutdown(DRAIN).await;
            }
            if let Some(web) = self.web.take() {
                web.shutdown(DRAIN).await;
            }
            self.dns.join().await;
            self.prober.join().await;
            while self.writes.join_next().await.is_some() {}
            self.record.verdicts(self.world.verdicts());
            self.record.close().await;
        };
        if timeout(DRAIN * 2, edges).await.is_err() {
            tracing::warn!("not everything ended in time");
        }
        tracing::info!("stopped");
    }
}

/// Old pictures, kept until no query can still read them, so that no query ever frees one.
#[derive(Debug, Default)]
pub(super) struct Retired(Vec<(Instant, Arc<Snapshot>)>);

impl Retired {
    fn keep(&mut self, old: Arc<Snapshot>) {
        self.0.push((Instant::now(), old));
    }

    fn free(&mut self) {
        self.0.retain(|(since, _)| since.elapsed() < LINGER);
    }
}

const TICK: Duration = Duration::from_secs(1);
/// Far longer than any query holds a picture.
const LINGER: Duration = Duration::from_secs(1);
