//! Which regions no answer names any more, and since when: what a drain's end is proven by.
//!
//! An answer is made from the picture that serves. A region that no route of the picture names is not handed out from
//! the moment of its publication on, but for queries that still hold the picture before; so no cache that keeps to TTLs
//! has it a TTL later. Counted per picture, not per answer: nothing is done on a query's path.

use std::collections::HashSet;
use std::sync::Arc;

use super::{OverrideKind, World};
use crate::now::Now;
use crate::region::{RegionId, RegionSet};
use crate::snapshot::Snapshot;
use crate::steer::Route;

impl World {
    /// Notes which regions the picture names. Without an override that takes a region out, all count as named.
    pub(super) fn note_absent(&mut self, snapshot: &Snapshot, now: Now) {
        let takes_out = |kind| matches!(kind, OverrideKind::Drain | OverrideKind::ForceDown);
        let named = self.overrides.iter().any(|held| takes_out(held.kind)).then(|| named(snapshot));
        self.absent.resize(self.catalog.regions.len(), None);
        for (id, absent) in (0..).map(RegionId).zip(&mut self.absent) {
            let is_named = named.as_ref().is_none_or(|named| named.contains(id));
            *absent = if is_named { None } else { absent.or(Some(now.unix)) };
        }
    }

    /// Unix seconds from which no cache that keeps to TTLs has an answer with the region; none: it is still handed out.
    pub(super) fn forgotten(&self, region: RegionId) -> Option<u64> {
        let since = self.absent.get(region.index()).copied().flatten()?;
        let serves = self.catalog.services.iter().filter(|service| service.regions.contains(&region));
        let ttl = serves.map(|service| service.ttl.max).max().unwrap_or(0);
        Some(since + u64::from(ttl) + MARGIN)
    }
}

/// Every region that some route of the picture names. Shared tables are looked at once.
fn named(snapshot: &Snapshot) -> RegionSet {
    let mut named = RegionSet::empty();
    let mut seen = HashSet::new();
    for board in (0..).map_while(|at| snapshot.board_at(at)) {
        for route in board.routes() {
            match route {
                Route::One(region, _) => named.insert(*region),
                Route::Slots(slots) if seen.insert(Arc::as_ptr(slots).cast::<()>()) => {
                    slots.iter().for_each(|(region, _)| named.insert(*region));
                }
                Route::Slots(_) | Route::Sink(_) => {}
            }
        }
    }
    named
}

/// Seconds: for queries that hold the picture before, and for the second that is under way.
const MARGIN: u64 = 2;
