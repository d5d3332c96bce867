//! Reports to one server: in batches, one at a time, again after a pause where it is away, never what has grown old.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::connect::{Request, Server};
use super::failure::Failure;
use crate::admin::body::ObservationsBody;
use crate::admin::{Observed, Report};
use crate::director::Sight;

/// The way of observations to one server.
#[derive(Debug)]
pub(super) struct Reporter {
    queue: mpsc::Sender<Seen>,
    task: JoinHandle<()>,
    left_out: u64,
}

/// An observation, or that there is none, and how the vantage stood as it came in.
#[derive(Debug)]
struct Seen {
    at: Instant,
    controls: Option<bool>,
    what: Option<Observed>,
}

impl Reporter {
    /// Starts the task that reports.
    pub(super) fn start(server: Server, vantage: &str) -> Self {
        let (queue, waiting) = mpsc::channel(MOST_WAITING);
        let courier = Courier { server, vantage: vantage.into(), sequence: micros(), waiting };
        Self { queue, task: tokio::spawn(courier.run()), left_out: 0 }
    }

    /// Takes what was seen; what finds no room is left out and said.
    pub(super) fn take(&mut self, sight: &Sight) {
        let (at, controls) = (Instant::now(), sight.controls);
        let full = |what: Option<Observed>| self.queue.try_send(Seen { at, controls, what }).is_err();
        let nothing = sight.observations.is_empty().then_some(None);
        let all = sight.observations.iter().cloned().map(Some).chain(nothing);
        let left_out = all.filter(|what| full(what.clone())).count() as u64;
        if left_out > 0 && self.left_out == 0 {
            tracing::warn!(left_out, "the server is away for long: observations are left out");
        }
        self.left_out = if left_out > 0 { self.left_out + left_out } else { 0 };
    }

    /// Ends it, after what waits or after `patience`.
    pub(super) async fn stop(mut self, patience: Duration) {
        drop(self.queue);
        if timeout(patience, &mut self.task).await.is_err() {
            self.task.abort();
        }
    }
}

/// Carries what waits.
struct Courier {
    server: Server,
    vantage: Box<str>,
    sequence: u64,
    waiting: mpsc::Receiver<Seen>,
}

impl Courier {
    async fn run(mut self) {
        let mut batch = Vec::new();
        while self.waiting.recv_many(&mut batch, LARGEST_BATCH).await > 0 {
            self.deliver(&mut batch).await;
            batch.clear();
        }
    }

    /// Delivers a batch, or gives it up when nothing in it is fresh any more.
    async fn deliver(&mut self, batch: &mut Vec<Seen>) {
        let mut pause = SHORTEST_PAUSE;
        loop {
            batch.retain(|seen| seen.at.elapsed() < FRESH);
            if batch.is_empty() {
                return;
            }
            self.sequence = (self.sequence + 1).max(micros());
            match self.post(batch).await {
                Ok(()) => return,
                Err(Refused::Old(last)) => self.sequence = last,
                Err(Refused::Wrong(why)) => {
                    tracing::error!(server = %self.server.socket.display(), "not taken: {why}");
                    return;
                }
                Err(Refused::Away(why)) => {
                    if pause == SHORTEST_PAUSE {
                        tracing::warn!(server = %self.server.socket.display(), "not reported yet: {why}");
                    }
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn post(&self, batch: &[Seen]) -> Result<(), Refused> {
        let report = Report {
            vantage: self.vantage.clone(),
            sequence: self.sequence,
            controls: batch.last().and_then(|seen| seen.controls),
            observations: batch.iter().filter_map(|seen| seen.what.clone()).collect(),
        };
        let mut request = Request::new(Method::POST, &["observations"]);
        request.body = Some(json!(ObservationsBody::from(&report)));
        match timeout(BOUND, self.server.open(&request)).await {
            Ok(Ok(_taken)) => Ok(()),
            Ok(Err(failure)) => Err(Refused::of(&failure)),
            Err(_) => Err(Refused::Away("the server accepts and says nothing".to_owned())),
        }
    }
}

/// Why a report was not taken.
enum Refused {
    /// The server has taken this sequence from somebody.
    Old(u64),
    /// It will not be taken however often it is sent.
    Wrong(String),
    /// Nobody is there, or not able to.
    Away(String),
}

impl Refused {
    fn of(failure: &Failure) -> Self {
        match (failure.status, failure.sequence) {
            (Some(StatusCode::CONFLICT), Some(last)) => Self::Old(last),
            (Some(status), _) if status.is_client_error() => Self::Wrong(failure.words()),
            _ => Self::Away(failure.words()),
        }
    }
}

/// Microseconds of the wall clock: a later process of the same vantage begins above the earlier one's sequences.
fn micros() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| u64::try_from(since.as_micros()).unwrap_or(u64::MAX))
}

/// Some minutes of a hundred endpoints.
const MOST_WAITING: usize = 16_384;
/// Well under what a server reads of a request.
const LARGEST_BATCH: usize = 128;
/// What is older says nothing of now, and the server would take it for new.
const FRESH: Duration = Duration::from_secs(10);
const BOUND: Duration = Duration::from_secs(5);
const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
