//! Whether the kept events are what was written: of the store that is open, and of a state directory that nobody holds.

use std::path::Path;
use std::sync::Arc;

use crate::admin::{Audited, ChainedEvent, Refusal};
use crate::store::{Link, Store, StoreError, StoreTask, Suspect, Verified};

/// Recomputes every hash in a state directory; no server may hold it.
///
/// # Errors
/// The directory holds no state, is held, or cannot be read.
pub fn audit_file(directory: &Path) -> Result<Audited, StoreError> {
    audited(Store::open_existing(directory)?.verify())
}

/// Every event of a state directory that nobody holds, handed to `each` oldest first.
///
/// # Errors
/// The directory holds no state, is held, or cannot be read.
pub fn audit_links(directory: &Path, mut each: impl FnMut(ChainedEvent)) -> Result<(), StoreError> {
    let store = Store::open_existing(directory)?;
    let mut since = 0;
    loop {
        let links = store.links_since(since, PAGE)?;
        let Some(last) = links.last() else { return Ok(()) };
        since = last.event.id;
        links.into_iter().map(chained).for_each(&mut each);
    }
}

/// Recomputes every hash of the store that is open.
pub(super) async fn verify(store: Arc<StoreTask>) -> Result<Audited, Refusal> {
    audited(store.verify().await).map_err(|error| Refusal::Store(error.to_string()))
}

fn audited(verified: Result<Verified, StoreError>) -> Result<Audited, StoreError> {
    match verified {
        Ok(Verified { audit, transitions }) => Ok(Audited::Whole { audit, transitions }),
        Err(error @ StoreError::Broken { .. }) => Ok(broken(&error)),
        Err(error) => Err(error),
    }
}

fn broken(error: &StoreError) -> Audited {
    let (event, chain) = match error {
        StoreError::Broken { suspect: Suspect::Row { chain, id }, .. } => (Some(*id), *chain),
        StoreError::Broken { suspect: Suspect::End { chain }, .. } => (None, *chain),
        _ => (None, ""),
    };
    Audited::Broken { event, chain, what: error.to_string() }
}

/// Some of its events as they stand in their chains.
pub(super) async fn links(store: &StoreTask, since: u64, limit: u32) -> Result<Vec<ChainedEvent>, Refusal> {
    let links = store.links_since(since, limit).await.map_err(|error| Refusal::Store(error.to_string()))?;
    Ok(links.into_iter().map(chained).collect())
}

fn chained(Link { event, chain, hash }: Link) -> ChainedEvent {
    ChainedEvent { event, chain, hash }
}

/// How many events are read at once.
const PAGE: u32 = 1_000;
