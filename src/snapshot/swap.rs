//! The one place that a published picture is read from, and the one swap.

use std::ops::Deref;
use std::sync::Arc;

use arc_swap::ArcSwap;

use super::Snapshot;

/// The one place that a published snapshot is read from. Clones share it.
#[derive(Clone, Debug)]
pub struct Snapshots(Arc<ArcSwap<Snapshot>>);

impl Snapshots {
    /// Starts with a first picture.
    #[must_use]
    pub fn new(first: Arc<Snapshot>) -> Self {
        Self(Arc::new(ArcSwap::new(first)))
    }

    /// Puts a new picture in place and returns the one it replaces, for the writer to retire.
    pub fn publish(&self, next: Arc<Snapshot>) -> Arc<Snapshot> {
        self.0.swap(next)
    }

    /// The picture of this moment, for whoever keeps it longer than a query.
    #[must_use]
    pub fn load_full(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// The picture of this moment; load it once per query or batch.
    #[must_use]
    pub fn load(&self) -> Current {
        Current(self.0.load())
    }
}

/// The picture of one moment, held without counting: for the length of a query or a batch.
#[derive(Debug)]
pub struct Current(arc_swap::Guard<Arc<Snapshot>>);

impl Deref for Current {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}
