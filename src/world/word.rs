//! An override as it holds: the operator's word, with its end on the clock that never jumps.
//!
//! The end is worked out when the word is taken, not at each picture: two clocks read together disagree by parts of a
//! second, and a picture must not differ from the one before for that. A gradual drain counts in wall time, so that a
//! restart in the middle, and another director with the same word, are where this one is.

use std::ops::Deref;
use std::time::Duration;

use super::Override;
use crate::now::Now;
use crate::steer::SLOTS;

/// A word that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    order: Override,
    ends: Duration,
}

/// How far a drain has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drained {
    /// Nothing is left.
    Wholly,
    /// This many of 4096 slots of its share are left; it had all it was going to have at the monotonic moment given.
    Partly(u16, Duration),
}

impl Word {
    pub(super) fn new(order: Override, now: Now) -> Self {
        Self { ends: now.moment_of(order.until), order }
    }

    /// The monotonic moment of its end.
    pub(super) const fn ends(&self) -> Duration {
        self.ends
    }

    /// The order alone.
    pub(super) fn into_order(self) -> Override {
        self.order
    }

    /// Follows a wall clock that was set: the word ends at the time that people read.
    pub(super) fn follow(&mut self, now: Now) {
        let ends = now.moment_of(self.order.until);
        if ends.abs_diff(self.ends) > DISAGREEMENT {
            self.ends = ends;
        }
    }

    /// How far it has drained the region.
    pub(super) fn drained(&self, now: Now) -> Drained {
        match self.order.gradual.map(|ramp| (ramp, ramp.left(now.unix))) {
            None | Some((_, 0)) => Drained::Wholly,
            Some((ramp, left)) => Drained::Partly(left.min(SLOTS as u16 - 1), now.moment_before(ramp.since)),
        }
    }
}

impl Deref for Word {
    type Target = Override;

    fn deref(&self) -> &Override {
        &self.order
    }
}

/// Two clocks that were never set disagree by less.
const DISAGREEMENT: Duration = Duration::from_secs(2);
