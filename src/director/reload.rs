//! Config, zones and database loaded anew, beside the loop: a bad one keeps the old world and says every problem.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinError;

use super::gauges::Gauges;
use super::guard::missed;
use super::notices::Notices;
use super::probing::{Probing, controls};
use super::prove::Proof;
use super::start::{Director, WAITING_ROUNDS};
use super::update::{Update, update};
use crate::admin::{Forced, Leave, ProblemLine, Reloaded};
use crate::certificate::Certificate;
use crate::config::{self, Admin, Config, Files, Hook, Origin, Problem, Server, State, Web};
use crate::probe::Prober;
use crate::world::{Compiled, Event, ProofStatus, Proven};

/// What a reload tells whoever asked for it: what serves, or every problem.
pub(super) type Reply = oneshot::Sender<Result<Reloaded, Vec<ProblemLine>>>;

/// Everything that a config gives, ready to serve.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) settings: Settings,
    pub(super) compiled: Compiled,
    pub(super) certificate: Option<Certificate>,
    pub(super) probing: Probing,
    pub(super) hooks: Vec<Hook>,
    pub(super) warnings: Vec<Problem>,
    /// The very bytes that all this was made of.
    pub(super) origin: Origin,
    /// What another location database may move, 0 to 1.
    pub(super) max_drift: f64,
}

/// What is bound at the start and stays until the process ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Settings {
    pub(super) server: Server,
    pub(super) admin: Option<Admin>,
    pub(super) web: Option<Web>,
    pub(super) state: Option<State>,
}

/// Loads and compiles; blocks.
pub(super) fn load(files: &Files, path: &Path) -> Result<Prepared, Vec<Problem>> {
    let loaded = config::load_from(files, path)?;
    let Config { server, certificate, admin, web, state, max_drift, vantage, trusts, hooks, catalog, .. } =
        loaded.config;
    let compiled =
        Compiled::new(catalog).map_err(|error| vec![Problem::of_file(path.to_owned(), "services", error)])?;
    let settings = Settings { server, admin, web, state };
    let probing = Probing { own: vantage, trusts };
    let (warnings, origin) = (loaded.warnings, loaded.origin);
    Ok(Prepared { settings, compiled, certificate, probing, hooks, warnings, origin, max_drift })
}

/// One load at a time: an older file that took longer to load must not come after a newer one.
#[derive(Debug, Default)]
pub(super) struct Reloads {
    under_way: Option<Asked>,
    /// Whoever asked since it began: what they want read may have been written after it was.
    waiting: Option<Asked>,
}

/// Who asked for a load (nobody: a signal, or a changed file did), and what they let pass.
#[derive(Debug, Default)]
struct Asked {
    replies: Vec<Reply>,
    leave: Leave,
}

/// A load that has come back.
pub(super) struct Attempt(Result<Update, Vec<Problem>>);

impl Director {
    /// Starts a load, or the next one when this one has come back; its end is an input of the loop.
    pub(super) fn reload(&mut self, leave: Leave, reply: Option<Reply>) {
        let asked = self.reloads.waiting.get_or_insert_default();
        asked.replies.extend(reply);
        asked.leave.drifting = asked.leave.drifting.max(leave.drifting);
        asked.leave.forced = leave.forced.or(asked.leave.forced.take());
        self.next_load();
    }

    fn next_load(&mut self) {
        if self.reloads.under_way.is_some() {
            return;
        }
        if let Some(asked) = self.reloads.waiting.take() {
            let (path, serving, leave) =
                (self.path.clone(), self.locations.serving.clone(), asked.leave.clone());
            let catalog = Arc::clone(self.world.catalog());
            self.reloads.under_way = Some(asked);
            self.loads.spawn_blocking(move || Attempt(update(&path, (&serving, &catalog), &leave)));
        }
    }

    /// Takes a load that has come back; one that panicked is refused like one that found problems.
    pub(super) fn loaded(&mut self, attempt: Result<Attempt, JoinError>) {
        let Asked { replies, leave } = self.reloads.under_way.take().unwrap_or_default();
        let adopted = match attempt {
            Ok(Attempt(update)) => update.and_then(|update| self.adopt(update, leave.forced)),
            Err(panic) => Err(vec![Problem::of_file(self.path.clone(), "", panic)]),
        };
        let outcome = adopted.map_err(|problems| self.refuse(&problems));
        for reply in replies {
            let _asker_left = reply.send(outcome.clone());
        }
        self.notifier.ready();
        self.next_load();
    }

    /// Serves a load, when the picture of it answers: the world is changed as a whole or not at all.
    fn adopt(&mut self, update: Update, forced: Option<Forced>) -> Result<Reloaded, Vec<Problem>> {
        let Update { prepared, proof, drift, held, lost, canaries } = update;
        let Prepared { settings, compiled, certificate, probing, hooks, warnings, origin, .. } = prepared;
        let now = self.clock.now();
        let mut world = self.world.clone();
        let reloaded = world.reload(compiled, now);
        let began = Instant::now();
        let (next, brought) = world.publish(now);
        Gauges::built(began.elapsed());
        canaries.ask(&next, now).map_err(|miss| vec![missed(&self.path, &miss)])?;
        self.world = world;
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        if settings != self.settings {
            tracing::warn!(
                "[server], [admin], [web] and [state] are read at the start: restart to change them"
            );
        }
        self.adopt_certificate(settings.server.tls, certificate);
        let mut events = vec![reloaded, Event::Proven(proven(&proof))];
        if let Some(Forced { actor, reason }) = forced.filter(|_| !lost.is_empty()) {
            events.push(Event::ReloadForced { actor, reason, problems: lost });
        }
        self.proof = Some(ProofStatus { at: now.unix, proven: proven(&proof) });
        events.extend(held.as_ref().map(|held| Event::DatabaseHeld {
            sha256: held.sha256.as_str().into(),
            moved: held.moved.as_str().into(),
        }));
        Gauges::proven(&proof, now);
        Gauges::drifted(drift, held.is_some());
        self.locations.adopt(origin.databases.clone(), held);
        self.keeper.accept(&self.path, origin, now);
        self.renew_hooks(hooks);
        self.probing = probing;
        self.probe_anew();
        self.tell(events);
        Ok(Reloaded { epoch: self.swap(next, brought), held: self.locations.held_in_words() })
    }

    /// Hooks of the config from now on; those before have a little time for what they carry.
    fn renew_hooks(&mut self, hooks: Vec<Hook>) {
        let before = std::mem::replace(&mut self.notices, Notices::start(hooks, &self.told));
        self.reads.spawn(before.close());
    }

    /// Replaces the prober and its channel: rounds still on their way number the regions of the old config.
    fn probe_anew(&mut self) {
        let (rounds, waiting) = mpsc::channel(WAITING_ROUNDS);
        self.prober = Prober::start(&self.probing.targets(&self.world), &rounds);
        self.controls = controls(self.world.catalog(), self.probing.own);
        self.rounds = waiting;
    }

    fn refuse(&mut self, problems: &[Problem]) -> Vec<ProblemLine> {
        problems.iter().for_each(|problem| tracing::error!("{problem}"));
        self.tell(vec![Event::ReloadRefused {
            problems: problems.iter().map(ToString::to_string).collect(),
        }]);
        problems.iter().map(problem_line).collect()
    }
}

fn proven(proof: &Proof) -> Proven {
    Proven {
        cases: proof.ledger.cases(),
        took: Duration::from_millis(proof.took.as_millis() as u64),
        cut_short: proof.cut_short.map(Into::into),
    }
}

/// A problem as the admin edge carries it.
pub fn problem_line(problem: &Problem) -> ProblemLine {
    ProblemLine {
        file: problem.file.clone(),
        line: problem.line,
        column: problem.column,
        key: problem.key.clone(),
        what: problem.what.clone(),
    }
}
