//! The frozen picture that queries are answered from, and the one swap.

use std::sync::Arc;

use arc_swap::ArcSwap;

use crate::answer::Steered;

/// A frozen picture.
#[derive(Debug, Default)]
pub struct Snapshot {
    /// Number of the picture; grows by one with each publication.
    pub epoch: u64,
    /// Number of the catalog that its indices point into; grows with each reload.
    pub generation: u64,
}

impl Snapshot {
    /// The words that metrics use for a decision: service, region (`none` for a sink) and reason.
    #[must_use]
    pub fn labels(&self, steered: Steered) -> (&str, &str, &'static str) {
        ("unknown", "none", steered.reason.word())
    }
}

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

    /// The picture of this moment; load it once per query or batch.
    #[must_use]
    pub fn load(&self) -> arc_swap::Guard<Arc<Snapshot>> {
        self.0.load()
    }
}
