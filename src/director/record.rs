//! Events on their way out: to the store in order, from there to followers, and at once to the log and the metrics.

use std::sync::Arc;

use tokio::sync::{Notify, broadcast, mpsc};
use tokio::task::JoinHandle;

use super::start::Director;
use crate::metrics::{EVENTS, STORE_ERRORS};
use crate::store::{StoreError, StoreTask};
use crate::world::{Event, Holds, KeptReturn, KeptVerdict, Override, StampedEvent};

/// The way of events, and the store at its end.
#[derive(Debug)]
pub(super) struct Record {
    store: Option<Arc<StoreTask>>,
    told: broadcast::Sender<StampedEvent>,
    queue: mpsc::Sender<Entry>,
    /// The writer. It leaves when told, or when nobody can send any more, with what it has not written.
    task: Option<JoinHandle<mpsc::Receiver<Entry>>>,
    leave: Arc<Notify>,
}

/// The way of events while the store is away: what comes waits.
#[derive(Debug)]
pub(super) struct Waiting(mpsc::Receiver<Entry>);

/// What waits to be written.
#[derive(Debug)]
enum Entry {
    Event(u64, Event),
    /// An override that ended, and how.
    Ended(u64, Override, Event),
    /// A hold that the world put.
    Held(u64, Override),
    Verdicts(Vec<KeptVerdict>),
    Returns(Vec<KeptReturn>),
}

impl Record {
    /// Starts the task that writes one entry after the other.
    pub(super) fn start(store: Option<StoreTask>, told: broadcast::Sender<StampedEvent>) -> Self {
        let store = store.map(Arc::new);
        let (queue, waiting) = mpsc::channel(WAITING);
        let mut record = Self { store: None, told, queue, task: None, leave: Arc::default() };
        record.resume(Waiting(waiting), store);
        record
    }

    /// Lets go of the store once all that was sent is written. What comes from now on waits for [`Record::resume`].
    pub(super) fn suspend(&mut self) -> impl Future<Output = Option<Waiting>> + Send + 'static {
        self.leave.notify_one();
        let (task, store) = (self.task.take(), self.store.take());
        async move {
            let waiting = task?.await;
            if let Err(error) = &waiting {
                tracing::error!(%error, "the record ended badly");
            }
            close(store).await;
            waiting.ok().map(Waiting)
        }
    }

    /// Writes again, to this store from now on, what waits first.
    pub(super) fn resume(&mut self, Waiting(waiting): Waiting, store: Option<Arc<StoreTask>>) {
        self.store = store;
        self.leave = Arc::default();
        let (store, told, leave) = (self.store.clone(), self.told.clone(), Arc::clone(&self.leave));
        self.task = Some(tokio::spawn(write(store, told, waiting, leave)));
    }

    /// The store; none where the config names no state directory.
    pub(super) fn store(&self) -> Option<Arc<StoreTask>> {
        self.store.clone()
    }

    /// Tells followers of an event that the store has taken already.
    pub(super) fn told(&self, event: StampedEvent) {
        let _nobody_follows = self.told.send(event);
    }

    /// Writes and tells an event, and keeps the hold that it tells of; one that finds the queue full is counted and dropped.
    fn event(&self, at: u64, event: Event) {
        self.send(match event {
            Event::Overridden(held) => Entry::Held(at, held),
            event => Entry::Event(at, event),
        });
    }

    /// Forgets an override that ended by itself, and tells of it.
    pub(super) fn expired(&self, at: u64, ended: Override) {
        let event = Event::Expired(ended.clone());
        note(&event);
        self.send(Entry::Ended(at, ended, event));
    }

    /// Forgets a hold that an operator's word ended, and tells of it.
    pub(super) fn lifted(&self, at: u64, lifted: Override, actor: &str) {
        let event = Event::Lifted { lifted: lifted.clone(), actor: actor.into() };
        note(&event);
        self.send(Entry::Ended(at, lifted, event));
    }

    /// Keeps verdicts for the next start.
    pub(super) fn verdicts(&self, verdicts: Vec<KeptVerdict>) {
        self.send(Entry::Verdicts(verdicts));
    }

    /// Keeps the regions that came back lately for the next start.
    pub(super) fn returns(&self, returns: Vec<KeptReturn>) {
        self.send(Entry::Returns(returns));
    }

    fn send(&self, entry: Entry) {
        if self.queue.try_send(entry).is_err() {
            STORE_ERRORS.add([], 1);
            tracing::error!("the state directory is too slow: an event was not kept");
        }
    }

    /// Writes what waits, and closes the store. Where the store is away, what waits is lost: another process has it.
    pub(super) async fn close(mut self) {
        let _waiting = self.suspend().await;
    }
}

async fn close(store: Option<Arc<StoreTask>>) {
    if let Some(store) = store.and_then(Arc::into_inner)
        && let Err(error) = store.close().await
    {
        tracing::error!(%error, "the store ended badly");
    }
}

/// Writes entries in order. Without a store, or where it fails, events are still told, numbered in this process.
async fn write(
    store: Option<Arc<StoreTask>>,
    told: broadcast::Sender<StampedEvent>,
    mut waiting: mpsc::Receiver<Entry>,
    leave: Arc<Notify>,
) -> mpsc::Receiver<Entry> {
    let mut number = 0;
    loop {
        let entry = tokio::select! {
            biased; // what was sent before the word to leave is written first
            entry = waiting.recv() => entry,
            () = leave.notified() => None,
        };
        let Some(entry) = entry else { return waiting };
        let (at, event, kept) = match (&store, entry) {
            (Some(store), Entry::Verdicts(verdicts)) => {
                complain(store.put_verdicts(verdicts).await);
                continue;
            }
            (Some(store), Entry::Returns(returns)) => {
                complain(store.put_returns(returns).await);
                continue;
            }
            (None, Entry::Verdicts(_) | Entry::Returns(_)) => continue,
            (Some(store), Entry::Event(at, event)) => {
                let kept = store.append(at, event.clone()).await;
                (at, event, kept)
            }
            (Some(store), Entry::Ended(at, ended, event)) => {
                let kept = store.remove_override(ended, at, event.clone()).await;
                (at, event, kept)
            }
            (Some(store), Entry::Held(at, held)) => {
                let event = Event::Overridden(held.clone());
                let kept = store.put_override(held, at, event.clone()).await;
                (at, event, kept)
            }
            (None, Entry::Event(at, event) | Entry::Ended(at, _, event)) => (at, event, Ok(number + 1)),
            (None, Entry::Held(at, held)) => (at, Event::Overridden(held), Ok(number + 1)),
        };
        number = kept.as_ref().copied().unwrap_or(number + 1);
        complain(kept.map(drop));
        let _nobody_follows = told.send(StampedEvent { id: number, at, event });
    }
}

/// A disk that does not take what is written is counted and said; answers go on.
fn complain(result: Result<(), StoreError>) {
    if let Err(error) = result {
        STORE_ERRORS.add([], 1);
        tracing::error!(%error, "not kept");
    }
}

impl Director {
    /// Logs, counts, writes and tells events.
    pub(super) fn tell(&self, events: Vec<Event>) {
        let now = self.clock.now();
        for event in events {
            note(&event);
            self.record.event(now.unix, event);
        }
    }
}

/// Logs and counts an event.
pub(super) fn note(event: &Event) {
    EVENTS.add([event.word()], 1);
    match event {
        Event::LastResort { .. }
        | Event::ReloadRefused { .. }
        | Event::ReloadForced { .. }
        | Event::LastKnownGood { .. }
        | Event::Alarm { now: Holds::Began, .. } => {
            tracing::warn!(kind = event.word(), "{event}");
        }
        _ => tracing::info!(kind = event.word(), "{event}"),
    }
}

/// Entries that wait for the disk at most.
const WAITING: usize = 1024;
