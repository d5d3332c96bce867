//! Config, zones and database loaded anew, beside the loop: a bad one keeps the old world and says every problem.

use std::path::Path;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinError;

use super::notices::Notices;
use super::probing::{Probing, controls};
use super::start::{Director, WAITING_ROUNDS};
use crate::admin::ProblemLine;
use crate::certificate::Certificate;
use crate::config::{self, Admin, Config, Hook, Problem, Server, State, Web};
use crate::probe::Prober;
use crate::world::{Compiled, Event};

/// What a reload tells whoever asked for it: the epoch, or every problem.
pub(super) type Reply = oneshot::Sender<Result<u64, Vec<ProblemLine>>>;

/// Everything that a config gives, ready to serve.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) settings: Settings,
    pub(super) compiled: Compiled,
    pub(super) certificate: Option<Certificate>,
    pub(super) probing: Probing,
    pub(super) hooks: Vec<Hook>,
    pub(super) warnings: Vec<Problem>,
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
pub(super) fn load(path: &Path) -> Result<Prepared, Vec<Problem>> {
    let loaded = config::load(path)?;
    let Config { server, certificate, admin, web, state, vantage, trusts, hooks, catalog } = loaded.config;
    let compiled =
        Compiled::new(catalog).map_err(|error| vec![Problem::of_file(path.to_owned(), "services", error)])?;
    let settings = Settings { server, admin, web, state };
    let probing = Probing { own: vantage, trusts };
    Ok(Prepared { settings, compiled, certificate, probing, hooks, warnings: loaded.warnings })
}

/// One load at a time: an older file that took longer to load must not come after a newer one.
#[derive(Debug, Default)]
pub(super) struct Reloads {
    under_way: Option<Asked>,
    /// Whoever asked since it began: what they want read may have been written after it was.
    waiting: Option<Asked>,
}

/// Who asked for a load; nobody: a signal did.
#[derive(Debug, Default)]
struct Asked(Vec<Reply>);

/// A load that has come back.
pub(super) struct Attempt(Result<Prepared, Vec<Problem>>);

impl Director {
    /// Starts a load, or the next one when this one has come back; its end is an input of the loop.
    pub(super) fn reload(&mut self, reply: Option<Reply>) {
        self.reloads.waiting.get_or_insert_default().0.extend(reply);
        self.next_load();
    }

    fn next_load(&mut self) {
        if self.reloads.under_way.is_some() {
            return;
        }
        if let Some(asked) = self.reloads.waiting.take() {
            self.reloads.under_way = Some(asked);
            let path = self.path.clone();
            self.loads.spawn_blocking(move || Attempt(load(&path)));
        }
    }

    /// Takes a load that has come back; one that panicked is refused like one that found problems.
    pub(super) fn loaded(&mut self, attempt: Result<Attempt, JoinError>) {
        let outcome = match attempt {
            Ok(Attempt(Ok(prepared))) => Ok(self.adopt(prepared)),
            Ok(Attempt(Err(problems))) => Err(self.refuse(&problems)),
            Err(panic) => Err(self.refuse(&[Problem::of_file(self.path.clone(), "", panic)])),
        };
        for reply in self.reloads.under_way.take().unwrap_or_default().0 {
            let _asker_left = reply.send(outcome.clone());
        }
        self.next_load();
    }

    fn adopt(&mut self, prepared: Prepared) -> u64 {
        let Prepared { settings, compiled, certificate, probing, hooks, warnings } = prepared;
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        if settings != self.settings {
            tracing::warn!(
                "[server], [admin], [web] and [state] are read at the start: restart to change them"
            );
        }
        self.adopt_certificate(settings.server.tls, certificate);
        let event = self.world.reload(compiled, self.clock.now());
        self.renew_hooks(hooks);
        self.probing = probing;
        self.probe_anew();
        self.tell(vec![event]);
        self.publish()
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
