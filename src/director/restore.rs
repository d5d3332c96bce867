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

/// Opens the store again after a successor that failed: as soon as that one has ended, however long it takes, since
/// there is no other way to the orders of operators. Says so now and then.
pub(super) async fn reopen(directory: PathBuf) -> Result<Arc<StoreTask>, StoreError> {
    let mut said = Instant::now();
    loop {
        let path = directory.clone();
        let opened = tokio::task::spawn_blocking(move || Store::open(&path)).await;
        match opened.unwrap_or(Err(StoreError::Stopped)) {
            Ok(store) => return StoreTask::spawn(store).map(Arc::new),
            Err(error @ StoreError::Held { .. }) => {
                if said.elapsed() >= PATIENCE {
                    tracing::warn!(%error, "orders are refused until the successor that failed has ended; end it");
                    said = Instant::now();
                }
                tokio::time::sleep(PAUSE).await;
            }
            Err(error) => return Err(error),
        }
    }
}

/// How long a process that failed may take to end before that is said.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);
