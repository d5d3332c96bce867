//! The table of accounts: fixed, shared by all workers, one word an account and no lock.
//!
//! An account is the moment at which all that was answered would have been answered at the rate (the generic cell rate
//! algorithm, ITU-T I.371): a second ahead of now, the rate is met. A word holds that moment beside a tag of its key.
//! Keys share sets of eight by their hash; a newcomer takes the place of the least busy one, so that crowding out only
//! ever forgives. A key is taken for another only where one of the eight in its set has its tag as well: one key in two
//! million, and nobody outside can tell which.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The table.
pub(super) struct Accounts {
    sets: Box<[Set]>,
    /// Ticks between two answers at the rate.
    interval: u64,
}

/// One line of the processor's cache.
#[repr(align(64))]
struct Set([AtomicU64; WAYS]);

impl Accounts {
    /// Touches all of its memory, so that none is taken later.
    pub(super) fn new(rate: NonZeroU32) -> Self {
        let sets = (0..SETS).map(|_| Set(std::array::from_fn(|_| AtomicU64::new(FREE)))).collect();
        Self { sets, interval: (SECOND / u64::from(rate.get())).max(1) }
    }

    /// Counts an answer at `now` for the key with this hash, as so many; whether the first of them is above the rate.
    /// Where workers meet at one account too often, the answer is let go.
    pub(super) fn exceeds(&self, hash: u64, count: u64, now: Duration) -> bool {
        let Set(ways) = &self.sets[hash as usize % SETS];
        let tag = hash >> (u64::BITS - TAG_BITS);
        let now = ticks(now);
        for _ in 0..ATTEMPTS {
            let (way, seen) = find(ways, tag, now);
            let before = if seen & TAG == tag { ahead(seen, now) } else { 0 };
            let after = (before + self.interval * count).min(SECOND + PENALTY);
            let exceeds = before + self.interval > SECOND;
            if exceeds && before + STEP > SECOND + PENALTY {
                return true; // all but as far ahead as can be: a flood is only read
            }
            let word = tag | (now + after) << TAG_BITS; // what does not fit goes round
            if way.compare_exchange(seen, word, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
                return exceeds;
            }
        }
        false
    }
}

/// The account with this tag, or the least busy one, with what it held.
fn find(ways: &[AtomicU64; WAYS], tag: u64, now: u64) -> (&AtomicU64, u64) {
    let [first, rest @ ..] = ways;
    let mut least = (first, first.load(Ordering::Relaxed));
    if least.1 & TAG == tag {
        return least;
    }
    for way in rest {
        let seen = way.load(Ordering::Relaxed);
        if seen & TAG == tag {
            return (way, seen);
        }
        if ahead(seen, now) < ahead(least.1, now) {
            least = (way, seen);
        }
    }
    least
}

/// How far an account is ahead of `now`; one that seems further than any can be is an old one.
const fn ahead(seen: u64, now: u64) -> u64 {
    let ahead = (seen >> TAG_BITS).wrapping_sub(now) & MOMENTS;
    if ahead > SECOND + PENALTY { 0 } else { ahead }
}

/// Time in units of 16 µs, round and round in 203 days.
fn ticks(now: Duration) -> u64 {
    (now.as_micros() / 16) as u64 & MOMENTS
}

/// Sets, a power of two: 131,072 accounts in 1 MiB.
const SETS: usize = 1 << 14;
const WAYS: usize = 8;
/// The tag stands low in the word, the moment above it.
const TAG_BITS: u32 = 24;
const TAG: u64 = (1 << TAG_BITS) - 1;
const MOMENTS: u64 = u64::MAX >> TAG_BITS;
const FREE: u64 = 0;
/// Ticks of a second.
const SECOND: u64 = 62_500;
/// How far beyond the rate an account may come: what a flood waits for after its end, beside the second of the rate.
const PENALTY: u64 = SECOND;
/// A flood's account is written anew each time that so much has passed.
const STEP: u64 = SECOND / 16;
const ATTEMPTS: usize = 4;

#[cfg(test)]
mod tests;
