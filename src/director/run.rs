//! The loop: one input after the other, then a picture where something changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use super::DRAIN;
use super::gauges::Gauges;
use super::late::Late;
use super::start::{Director, StartError};
use super::succession::{Successor, TRY_AGAIN};
use crate::admin::Leave;
use crate::health::Observation;
use crate::probe::Round;
use crate::snapshot::Snapshot;
use crate::world::{Event, Observed};

/// Signals that the loop listens to.
#[derive(Debug)]
pub(super) struct Signals {
    stop: [Signal; 2],
    reload: Signal,
    upgrade: Signal,
}

/// Takes over SIGTERM and SIGINT (stop), SIGHUP (reload) and SIGUSR2 (a successor).
pub(super) fn signalled() -> Result<Signals, StartError> {
    let on = |kind| signal(kind).map_err(StartError::System);
    let stop = [on(SignalKind::terminate())?, on(SignalKind::interrupt())?];
    let (reload, upgrade) = (on(SignalKind::hangup())?, on(SignalKind::user_defined2())?);
    Ok(Signals { stop, reload, upgrade })
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
        let mut watchdog = interval(self.notifier.watchdog().unwrap_or(NEVER));
        let successor = loop {
            tokio::select! {
                () = Signals::stop(&mut signals.stop) => break None,
                _ = signals.reload.recv() => self.reload_by_signal(),
                _ = signals.upgrade.recv() => self.start_successor(),
                Some(ask) = self.succession.asks.recv() => {
                    if let Some(successor) = self.asked(ask) {
                        break Some(successor);
                    }
                }
                Some(Ok(step)) = self.succession.steps.join_next() => self.stepped(step),
                () = Late::left(&mut self.late) => self.serve_late(),
                _ = watchdog.tick() => self.notifier.alive(),
                Some(act) = self.acts.recv() => self.act(act),
                Some(round) = self.rounds.recv() => self.observe(round),
                Some(Ok(written)) = self.writes.join_next() => self.written(written),
                Some(attempt) = self.loads.join_next() => self.loaded(attempt),
                Some(Ok(look)) = self.looks.join_next() => self.looked(look),
                Some(Ok(Some(glance))) = self.glances.join_next() => self.glanced(glance),
                Some(written) = self.keeper.writing.join_next() => self.keeper.wrote(written),
                Some(_) = self.reads.join_next() => {}
                _ = tick.tick() => self.tick(),
            }
            self.let_go_if_idle();
        };
        match successor {
            None => self.stop().await,
            Some(successor) => self.leave(successor).await,
        }
    }

    fn reload_by_signal(&mut self) {
        if self.succession.is_under_way() {
            return tracing::warn!("{TRY_AGAIN}");
        }
        self.notifier.reloading();
        self.reload(Leave::default(), None);
    }

    /// Takes in a round and whatever else waits, then publishes once if anything moved.
    fn observe(&mut self, round: Round) {
        let mut seen = round.observations;
        while let Ok(round) = self.rounds.try_recv() {
            seen.extend(round.observations);
        }
        if let (Some(own), Some(controls)) = (self.probing.own, &self.controls) {
            let reached = controls.reached();
            self.tell_controls(own, reached);
        }
        if !self.is_cut_off() {
            self.take(&seen);
        }
    }

    /// Takes in observations, and publishes if anything moved.
    pub(super) fn take(&mut self, seen: &[Observation]) {
        let now = self.clock.now();
        self.level(seen, now);
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
        let silent = self.world.expire_pushes(now);
        let groundless = self.world.end_groundless_holds();
        let Observed { moved, events } = self.world.tick(now);
        let asked = self.watch_rates(now);
        if moved || asked || !expired.is_empty() || !silent.is_empty() {
            self.publish();
        }
        expired.into_iter().for_each(|ended| self.record.expired(now.unix, ended));
        groundless.into_iter().for_each(|hold| self.record.lifted(now.unix, hold, NO_GROUND));
        self.tell(silent);
        self.tell(events);
        self.retired.free();
        self.watch_certificate();
        self.watch_locations();
        self.watch_alarms();
        self.pass_levels(now);
        self.exposition.upkeep();
        let verdicts = self.world.verdicts();
        if verdicts != self.kept {
            self.record.verdicts(verdicts.clone());
            self.kept = verdicts;
        }
        self.keeper.show(now);
        let returns = self.world.returns();
        if returns != self.kept_returns {
            self.record.returns(returns.clone());
            self.kept_returns = returns;
        }
        let heartbeat = self.prober.heartbeat();
        self.minute.note(heartbeat);
        Gauges::prober(heartbeat);
        self.gauges.show(&self.world, self.epoch(), now);
    }

    /// Makes the next picture and puts it in place; its number.
    pub(super) fn publish(&mut self) -> u64 {
        let began = Instant::now();
        let (next, events) = self.world.publish(self.clock.now());
        Gauges::built(began.elapsed());
        self.swap(next, events)
    }

    /// Puts a picture of the world in place, and tells what it brings; its number.
    pub(super) fn swap(&mut self, next: Arc<Snapshot>, events: Vec<Event>) -> u64 {
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
        self.notifier.stopping();
        self.stop_answering();
        tracing::info!("stopping");
        if let Some(admin) = self.admin.take() {
            admin.shutdown(DRAIN).await;
        }
        self.succession.remove();
        self.end().await;
    }

    /// Leaves its place to a successor that serves: the sockets stay, what is under way ends here.
    async fn leave(mut self, Successor { pid, left }: Successor) {
        self.stop_answering();
        tracing::info!(pid, "leaving to a successor that serves");
        if timeout(DRAIN, self.dns.quic_ended()).await.is_err() {
            tracing::warn!("QUIC did not end in time");
        }
        drop(left);
        if let Some(admin) = self.admin.take() {
            admin.leave(DRAIN).await;
        }
        self.end().await;
    }

    /// Takes no new streams, and tells those that still get an answer to close.
    fn stop_answering(&mut self) {
        let last = Arc::new(self.snapshots.load().last());
        self.retired.keep(self.snapshots.publish(last));
        self.succession.close();
        self.dns.shutdown(DRAIN);
    }

    async fn end(mut self) {
        self.prober.shutdown();
        let edges = async {
            if let Some(web) = self.web.take() {
                web.shutdown(DRAIN).await;
            }
            self.dns.join().await;
            self.end_query_log().await;
            self.prober.join().await;
            while self.writes.join_next().await.is_some() {}
            self.keeper.close().await;
            self.record.verdicts(self.world.verdicts());
            self.record.returns(self.world.returns());
            self.record.close().await;
            self.notices.close().await;
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

/// Where no service manager waits.
const NEVER: Duration = Duration::from_secs(86_400);
/// Who ends a hold whose service takes its traffic back by itself.
const NO_GROUND: &str = "the config, which has no such manual failback any more";
const TICK: Duration = Duration::from_secs(1);
/// Far longer than any query holds a picture.
const LINGER: Duration = Duration::from_secs(1);
