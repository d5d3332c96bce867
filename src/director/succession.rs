//! Giving one's place to a successor: what is let go of and when, and how it is taken back.
//!
//! One process writes at any moment. From the moment at which the store is let go of, orders, reloads and reports are
//! refused with "try again"; answers, probes and questions go on. What happens meanwhile waits to be written, and is,
//! should the successor fail.

use std::sync::{Arc, mpsc as waited};

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::bind::Copies;
use super::record::Waiting;
use super::restore::reopen;
use super::start::Director;
use crate::handover::{Ask, Door, Given};
use crate::store::{StoreError, StoreTask};

/// How far the handing over has come.
#[derive(Debug)]
pub(super) struct Succession {
    /// Where successors ask; none: without an admin socket there is no such place.
    door: Option<Door>,
    pub(super) asks: mpsc::Receiver<Ask>,
    pub(super) steps: JoinSet<Step>,
    copies: Copies,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// This process has everything.
    Whole,
    /// A successor asked; orders under way are finished first.
    Asked(Reply),
    /// What was sent is being written.
    LettingGo(Reply),
    /// The store is the successor's.
    Away(Option<Waiting>),
    /// The successor failed; the store is being taken back.
    TakingBack(Option<Waiting>),
}

type Reply = waited::Sender<Result<Given, String>>;

/// What a step beside the loop came to.
#[derive(Debug)]
pub(super) enum Step {
    LetGo(Option<Waiting>),
    TakenBack(Result<Option<Arc<StoreTask>>, StoreError>),
}

/// A successor that serves.
#[derive(Debug)]
pub(super) struct Successor {
    pub(super) pid: u32,
    /// Dropping it says that no socket of QUIC is read here any more.
    pub(super) left: oneshot::Sender<()>,
}

impl Succession {
    pub(super) fn new(door: Option<Door>, asks: mpsc::Receiver<Ask>, copies: Copies) -> Self {
        Self { door, asks, steps: JoinSet::new(), copies, stage: Stage::Whole }
    }

    /// Lets no successor in any more, and closes the copies: where nobody else holds the sockets, they are gone.
    pub(super) fn close(&mut self) {
        self.door = None;
        self.copies.close();
    }

    /// Removes the place where successors ask: there is nobody to succeed any more.
    pub(super) fn remove(&self) {
        if let Some(place) = self.copies.place() {
            let _gone_already = std::fs::remove_file(place);
        }
    }

    /// Whether a successor is at work, so that nothing may be changed here.
    pub(super) const fn is_under_way(&self) -> bool {
        !matches!(self.stage, Stage::Whole)
    }
}

impl Director {
    /// Takes what a successor asks; gives the successor once it serves.
    pub(super) fn asked(&mut self, ask: Ask) -> Option<Successor> {
        match ask {
            Ask::Give(reply) if self.succession.is_under_way() => {
                let _it_has_ended =
                    reply.send(Err("the one before it is still being undone; try again".into()));
            }
            Ask::Give(reply) => {
                self.succession.stage = Stage::Asked(reply);
                self.let_go_if_idle();
            }
            Ask::Serving(pid, go) => return self.give_way(pid, &go),
            Ask::Lost => self.take_back(),
        }
        None
    }

    /// Makes a successor that serves the service, if it still waits for that.
    fn give_way(&mut self, pid: u32, go: &waited::Sender<oneshot::Receiver<()>>) -> Option<Successor> {
        // Before the word to go: a service manager believes only the process that it knows.
        self.notifier.succeeded(pid);
        let (left, read_no_more) = oneshot::channel();
        if go.send(read_no_more).is_ok() {
            return Some(Successor { pid, left });
        }
        self.notifier.ready();
        self.take_back();
        None
    }

    /// Lets go of the store once no order and no read is under way; a load under way is dropped, the successor has
    /// read what it would.
    pub(super) fn let_go_if_idle(&mut self) {
        if !self.writes.is_empty() || !self.reads.is_empty() {
            return;
        }
        match std::mem::replace(&mut self.succession.stage, Stage::Whole) {
            Stage::Asked(reply) => {
                self.record.verdicts(self.world.verdicts());
                self.record.returns(self.world.returns());
                let suspended = self.record.suspend();
                self.succession.steps.spawn(async move { Step::LetGo(suspended.await) });
                self.succession.stage = Stage::LettingGo(reply);
            }
            stage => self.succession.stage = stage,
        }
    }

    /// Takes what a step came to.
    pub(super) fn stepped(&mut self, step: Step) {
        match (std::mem::replace(&mut self.succession.stage, Stage::Whole), step) {
            (Stage::LettingGo(reply), Step::LetGo(waiting)) => {
                let given = self.succession.copies.given().map_err(|error| error.to_string());
                let failed = given.is_err();
                let lost = reply.send(given).is_err();
                self.succession.stage = Stage::Away(waiting);
                if failed || lost {
                    self.take_back();
                }
            }
            (Stage::TakingBack(waiting), Step::LetGo(late)) => {
                self.succession.stage = Stage::Away(waiting.or(late));
                self.take_back();
            }
            (Stage::TakingBack(waiting), Step::TakenBack(store)) => self.whole_again(waiting, store),
            (stage, _) => self.succession.stage = stage,
        }
    }

    /// The successor has ended without serving.
    fn take_back(&mut self) {
        match std::mem::replace(&mut self.succession.stage, Stage::Whole) {
            Stage::Whole | Stage::Asked(_) => {}
            Stage::LettingGo(_) => self.succession.stage = Stage::TakingBack(None),
            stage @ Stage::TakingBack(_) => self.succession.stage = stage,
            Stage::Away(waiting) => {
                let directory = self.settings.state.as_ref().map(|state| state.directory.clone());
                self.succession.steps.spawn(async move {
                    Step::TakenBack(match directory {
                        Some(directory) => reopen(directory).await.map(Some),
                        None => Ok(None),
                    })
                });
                self.succession.stage = Stage::TakingBack(waiting);
            }
        }
    }

    fn whole_again(&mut self, waiting: Option<Waiting>, store: Result<Option<Arc<StoreTask>>, StoreError>) {
        let store = store.unwrap_or_else(|error| {
            tracing::error!(%error, "the state directory cannot be taken back: nothing is kept until a restart");
            None
        });
        if let Some(waiting) = waiting {
            self.record.resume(waiting, store);
        }
        tracing::info!("serving goes on as before the successor came");
    }
}

/// Why nothing is changed while a successor is at work.
pub(super) const TRY_AGAIN: &str =
    "a new process is taking over from this one; nothing was done: try again in a moment";
