//! What a start serves: the newest files, or, where they cannot serve, what was accepted last; and the keeping of what is
//! accepted.
//!
//! ```text
//! newest ─► parse, validate ─► compare with what was accepted ─► prove ─► canaries ─► serve
//!                │                        │                        │          │
//!                └────────────────────────┴────── a problem ───────┴──────────┴─► accepted ─► canaries ─► serve, loudly
//! ```
//!
//! Files that are what was accepted were compared and proven then, and are not again.

use std::path::{Path, PathBuf};

use tokio::task::{JoinError, JoinSet};

use super::guard::{answers, compare};
use super::reload::{Prepared, load};
use super::start::Director;
use super::update::proven;
use crate::admin::Drifting;
use crate::config::{self, Files, Origin, Problem};
use crate::metrics::{LAST_KNOWN_GOOD_AGE, STORE_ERRORS};
use crate::now::Now;
use crate::store::{Accepted, Generation, NotKept};
use crate::world::{AlarmKind, Alarms, Event};

/// What a start serves.
pub(super) struct Begun {
    pub(super) prepared: Prepared,
    /// There when it is not the newest.
    pub(super) fallback: Option<Fallback>,
}

/// Why the newest files do not serve.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fallback {
    /// Unix seconds at which what serves was accepted.
    accepted: u64,
    /// What is wrong with the newest.
    pub(super) problems: Vec<Problem>,
}

/// Chooses what to serve; blocks.
pub(super) fn begin(path: &Path, now: Now) -> Result<Begun, Vec<Problem>> {
    let newest = load(&Files::Disk, path);
    let kept = last(path, newest.as_ref().ok());
    let problems = match newest.and_then(|newest| judged(path, newest, kept.as_ref(), now)) {
        Ok(prepared) => return Ok(Begun { prepared, fallback: None }),
        Err(problems) => problems,
    };
    let Some(kept) = kept else { return Err(problems) };
    let accepted = kept.at;
    let Ok(prepared) = load(&Files::Accepted(kept.files), &kept.config) else { return Err(problems) };
    match answers(path, &prepared, now) {
        Ok(()) => Ok(Begun { prepared, fallback: Some(Fallback { accepted, problems }) }),
        Err(_) => Err(problems),
    }
}

/// When what a start would fall back to was accepted, in Unix seconds; none: there is nothing.
pub(super) fn would_serve(path: &Path) -> Option<u64> {
    last(path, None).map(|kept| kept.at)
}

/// Whether the newest may serve in the place of what was accepted last.
fn judged(
    path: &Path,
    newest: Prepared,
    kept: Option<&Generation>,
    now: Now,
) -> Result<Prepared, Vec<Problem>> {
    if let Some(kept) = kept.filter(|kept| kept.files != newest.origin.files) {
        if let Ok(serving) = load(&Files::Accepted(kept.files.clone()), &kept.config) {
            let lost = compare(path, serving.compiled.catalog(), newest.compiled.catalog(), Drifting::Held);
            if !lost.is_empty() {
                return Err(lost);
            }
        }
        proven(path, &newest)?;
    }
    answers(path, &newest, now)?;
    Ok(newest)
}

/// What was accepted last: below the state directory of the newest config, or of what is left of a broken one, or where
/// systemd says that it is, or beside the config.
fn last(path: &Path, newest: Option<&Prepared>) -> Option<Generation> {
    let named = match newest {
        Some(newest) => vec![newest.settings.state.as_ref()?.directory.clone()],
        None => {
            let beside = path.parent().unwrap_or(Path::new("")).join(USUAL);
            let systemd = std::env::var_os("STATE_DIRECTORY").map(PathBuf::from);
            config::state_directory(path).into_iter().chain(systemd).chain([beside]).collect()
        }
    };
    named.iter().find_map(|state| Accepted::at(state).newest(path))
}

/// Keeps what is accepted, one generation after the other, beside the loop.
#[derive(Debug, Default)]
pub(super) struct Keeper {
    accepted: Option<Accepted>,
    fallback: Option<Fallback>,
    /// The writing under way.
    pub(super) writing: JoinSet<Result<(), NotKept>>,
    waiting: Option<Generation>,
    /// The last one that could not be written.
    failed: Option<String>,
}

impl Keeper {
    /// Below `state`; none: nothing is kept.
    pub(super) fn new(state: Option<&Path>, fallback: Option<Fallback>) -> Self {
        Self { accepted: state.map(Accepted::at), fallback, ..Self::default() }
    }

    /// Keeps what serves from now on.
    pub(super) fn accept(&mut self, path: &Path, origin: Origin, now: Now) {
        self.fallback = None;
        self.waiting = Some(Generation { config: path.to_owned(), at: now.unix, files: origin.files });
        self.next();
    }

    /// Takes a writing that has ended.
    pub(super) fn wrote(&mut self, written: Result<Result<(), NotKept>, JoinError>) {
        self.failed = match written {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(panic) => Some(panic.to_string()),
        };
        if let Some(what) = &self.failed {
            STORE_ERRORS.add([], 1);
            tracing::error!("{what}");
        }
        self.next();
    }

    /// Waits until everything is written.
    pub(super) async fn close(&mut self) {
        while let Some(written) = self.writing.join_next().await {
            self.wrote(written);
        }
    }

    /// Shows how old what serves is, where it is not the newest.
    pub(super) fn show(&self, now: Now) {
        let age = self.fallback.as_ref().map_or(0, |fallback| now.unix.saturating_sub(fallback.accepted));
        LAST_KNOWN_GOOD_AGE.set([], age as f64);
    }

    /// What an operator should know.
    pub(super) fn alarms(&self, alarms: &mut Alarms) {
        if let Some(fallback) = &self.fallback {
            alarms.raise(AlarmKind::LastKnownGood, "config", fallback.words());
        }
        if let Some(what) = &self.failed {
            let what = format!("what serves is not kept for a restart: {what}");
            alarms.raise(AlarmKind::NotKept, "state", what);
        }
    }

    fn next(&mut self) {
        if !self.writing.is_empty() {
            return;
        }
        if let Some((generation, accepted)) = self.waiting.take().zip(self.accepted.clone()) {
            self.writing.spawn_blocking(move || accepted.keep(&generation));
        }
    }
}

impl Fallback {
    fn words(&self) -> String {
        let accepted = humantime::format_rfc3339_seconds(
            std::time::UNIX_EPOCH + std::time::Duration::from_secs(self.accepted),
        );
        let first = self.problems.first().map_or_else(String::new, ToString::to_string);
        format!(
            "what was accepted at {accepted} is served: the newest files have {} problem(s), first {first}; mend them, \
             then `meridian reload`",
            self.problems.len()
        )
    }
}

impl Director {
    /// Says loudly that what serves is not the newest, or keeps it.
    pub(super) fn begun(&mut self, origin: Origin) {
        let now = self.clock.now();
        let Some(fallback) = &self.keeper.fallback else {
            return self.keeper.accept(&self.path, origin, now);
        };
        fallback.problems.iter().for_each(|problem| tracing::error!("{problem}"));
        tracing::error!("{}", fallback.words());
        let event = Event::LastKnownGood {
            accepted: fallback.accepted,
            problems: fallback.problems.iter().map(ToString::to_string).collect(),
        };
        self.keeper.show(now);
        self.tell(vec![event]);
    }
}

/// Where the sample config keeps its state.
const USUAL: &str = "state";
