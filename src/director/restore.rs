//! What a start begins from beside its config: the store with what it kept.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::start::StartError;
use crate::store::{Store, StoreError, StoreTask};
use crate::world::Kept;

/// Opens the store and reads what was kept; nothing where the config names no directory.
pub(super) async fn open(directory: Option<PathBuf>) -> Result<(Option<StoreTask>, Kept), StartError> {
    let Some(directory) = directory else { return Ok((None, Kept::default())) };
    let opened = tokio::task::spawn_blocking(move || -> Result<(Store, Kept), StoreError> {
        let store = Store::open(&directory)?;
        let kept = store.load()?;
        Ok((store, kept))
    });
    let (store, kept) = opened.await.map_err(|error| StartError::System(io::Error::other(error)))??;
    Ok((Some(StoreTask::spawn(store)?), kept))
}

/// Opens the store again after a successor that failed; it may take a moment to end.
pub(super) async fn reopen(directory: PathBuf) -> Result<Arc<StoreTask>, StoreError> {
    let began = Instant::now();
    loop {
        let path = directory.clone();
        let opened = tokio::task::spawn_blocking(move || Store::open(&path)).await;
        match opened.unwrap_or(Err(StoreError::Stopped)) {
            Ok(store) => return StoreTask::spawn(store).map(Arc::new),
            Err(StoreError::Held { .. }) if began.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            Err(error) => return Err(error),
        }
    }
}

/// How long a process that failed may take to end.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);
