//! The store's own thread: one request after the other, in the order they were sent, each answered when it is on disk.

use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use super::chain::Verified;
use super::error::StoreError;
use super::history::Link;
use super::schema::Store;
use crate::world::{Event, KeptReturn, KeptVerdict, Override, StampedEvent};

/// How many requests wait at most; the next one waits to be sent.
const WAITING: usize = 256;

/// What the thread does next, its reply included.
struct Request(Box<dyn FnOnce(&mut Store) + Send>);

/// The async side of a store. Dropping it, or [`StoreTask::close`], lets the thread finish what was sent.
#[derive(Debug)]
pub struct StoreTask {
    requests: mpsc::Sender<Request>,
    thread: JoinHandle<()>,
}

impl StoreTask {
    /// Moves the store to its own thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(mut store: Store) -> Result<Self, StoreError> {
        let path = store.path.clone();
        let (requests, mut waiting) = mpsc::channel::<Request>(WAITING);
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || {
                while let Some(Request(act)) = waiting.blocking_recv() {
                    act(&mut store);
                }
            })
            .map_err(|source| StoreError::Directory { path, source })?;
        Ok(Self { requests, thread })
    }

    /// [`Store::put_override`].
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub async fn put_override(&self, wanted: Override, at: u64, event: Event) -> Result<u64, StoreError> {
        self.ask(move |store| store.put_override(&wanted, at, &event)).await
    }

    /// [`Store::put_overrides`].
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub async fn put_overrides(
        &self,
        wanted: Vec<Override>,
        at: u64,
        events: Vec<Event>,
    ) -> Result<Vec<u64>, StoreError> {
        self.ask(move |store| store.put_overrides(&wanted, at, &events)).await
    }

    /// [`Store::remove_override`].
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub async fn remove_override(&self, ended: Override, at: u64, event: Event) -> Result<u64, StoreError> {
        self.ask(move |store| store.remove_override(&ended, at, &event)).await
    }

    /// [`Store::put_verdicts`].
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub async fn put_verdicts(&self, verdicts: Vec<KeptVerdict>) -> Result<(), StoreError> {
        self.ask(move |store| store.put_verdicts(&verdicts)).await
    }

    /// [`Store::put_returns`].
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub async fn put_returns(&self, returns: Vec<KeptReturn>) -> Result<(), StoreError> {
        self.ask(move |store| store.put_returns(&returns)).await
    }

    /// [`Store::append`].
    ///
    /// # Errors
    /// The disk does not take it; the state is as before.
    pub async fn append(&self, at: u64, event: Event) -> Result<u64, StoreError> {
        self.ask(move |store| store.append(at, &event)).await
    }

    /// [`Store::events_since`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn events_since(&self, id: u64, limit: u32) -> Result<Vec<StampedEvent>, StoreError> {
        self.ask(move |store| store.events_since(id, limit)).await
    }

    /// [`Store::newest_events`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn newest_events(&self, limit: u32) -> Result<Vec<StampedEvent>, StoreError> {
        self.ask(move |store| store.newest_events(limit)).await
    }

    /// [`Store::links_since`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub async fn links_since(&self, id: u64, limit: u32) -> Result<Vec<Link>, StoreError> {
        self.ask(move |store| store.links_since(id, limit)).await
    }

    /// [`Store::verify`].
    ///
    /// # Errors
    /// A chain is broken.
    pub async fn verify(&self) -> Result<Verified, StoreError> {
        self.ask(|store| store.verify()).await
    }

    /// Finishes what was sent and closes the file.
    ///
    /// # Errors
    /// The thread had stopped before.
    pub async fn close(self) -> Result<(), StoreError> {
        let Self { requests, thread } = self;
        drop(requests);
        let joined = tokio::task::spawn_blocking(move || thread.join()).await;
        match joined {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) | Err(_) => Err(StoreError::Stopped),
        }
    }

    async fn ask<T: Send + 'static>(
        &self,
        request: impl FnOnce(&mut Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, done) = oneshot::channel();
        let request = Request(Box::new(move |store| {
            let _asker_left = reply.send(request(store));
        }));
        self.requests.send(request).await.map_err(|_| StoreError::Stopped)?;
        done.await.map_err(|_| StoreError::Stopped)?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn requests_are_taken_in_order_and_done_when_the_task_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let task = StoreTask::spawn(Store::open(directory.path()).unwrap()).unwrap();
        let event = Event::Reloaded { config_sha256: "ab".into() };
        let first = task.append(1, event.clone()).await.unwrap();
        let (second, third) = tokio::join!(task.append(2, event.clone()), task.append(3, event));
        assert_eq!((first, second.unwrap(), third.unwrap()), (1, 2, 3));
        assert_eq!(task.events_since(1, 10).await.unwrap().len(), 2);
        task.close().await.unwrap();
        let store = Store::open(directory.path()).unwrap();
        assert_eq!(store.verify().unwrap().audit, 3);
    }
}
