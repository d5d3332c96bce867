//! Config, zones and database loaded anew, beside the loop: a bad one keeps the old world and says every problem.

use std::path::Path;

use tokio::sync::{mpsc, oneshot};

use super::start::{Director, WAITING_ROUNDS, targets};
use crate::admin::ProblemLine;
use crate::certificate::Certificate;
use crate::config::{self, Admin, Config, Problem, Server, State, Web};
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
    let Config { server, certificate, admin, web, state, catalog } = loaded.config;
    let compiled =
        Compiled::new(catalog).map_err(|error| vec![Problem::of_file(path.to_owned(), "services", error)])?;
    let settings = Settings { server, admin, web, state };
    Ok(Prepared { settings, compiled, certificate, warnings: loaded.warnings })
}

/// A load that has come back.
pub(super) struct Attempt {
    result: Result<Prepared, Vec<Problem>>,
    /// Who asked; none: a signal did.
    reply: Option<Reply>,
}

impl Director {
    /// Starts a load; its end is an input of the loop.
    pub(super) fn reload(&mut self, reply: Option<Reply>) {
        let path = self.path.clone();
        self.loads.spawn_blocking(move || Attempt { result: load(&path), reply });
    }

    /// Takes a load that has come back.
    pub(super) fn loaded(&mut self, attempt: Attempt) {
        let outcome = match attempt.result {
            Ok(prepared) => Ok(self.adopt(prepared)),
            Err(problems) => Err(self.refuse(&problems)),
        };
        if let Some(reply) = attempt.reply {
            let _asker_left = reply.send(outcome);
        }
    }

    fn adopt(&mut self, prepared: Prepared) -> u64 {
        let Prepared { settings, compiled, certificate, warnings } = prepared;
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        if settings != self.settings {
            tracing::warn!(
                "[server], [admin], [web] and [state] are read at the start: restart to change them"
            );
        }
        self.adopt_certificate(settings.server.tls, certificate);
        let event = self.world.reload(compiled, self.clock.now());
        self.probe_anew();
        self.tell(vec![event]);
        self.publish()
    }

    /// Replaces the prober and its channel: rounds still on their way number the regions of the old config.
    fn probe_anew(&mut self) {
        let (rounds, waiting) = mpsc::channel(WAITING_ROUNDS);
        self.prober = Prober::start(targets(&self.world), &rounds);
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
