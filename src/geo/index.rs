//! Which range holds a key: buckets on the high bits, then a search without branches.
//! Keys are the top 64 bits; the first range starts at 0.

use std::hint::select_unpredictable;

/// Sorted ranges that can be found by key.
pub(super) trait Index {
    fn new(starts: &[u64]) -> Self;
    /// The range that holds a key.
    fn find(&self, key: u64) -> usize;
    /// The first key of a range.
    fn start(&self, range: usize) -> u64;
    /// The same, quicker where the range starts close to a key.
    fn start_near(&self, range: usize, key: u64) -> u64;
    /// Bytes in memory.
    fn memory(&self) -> usize;
}

/// IPv4 quanta (24 bits): 16 bits choose a bucket, 8 are searched in it.
#[derive(Clone, Debug)]
pub(super) struct ShortIndex {
    /// For each bucket, the first range that starts in or after it; then the count of ranges.
    buckets: Vec<u32>,
    lows: Vec<u8>,
}

impl Index for ShortIndex {
    fn new(starts: &[u64]) -> Self {
        let buckets = firsts(starts, (0..=0xffff_u64).map(|bucket| bucket << 48));
        Self { buckets, lows: starts.iter().map(|start| (start >> 40) as u8).collect() }
    }

    #[inline]
    fn find(&self, key: u64) -> usize {
        let bucket = (key >> 48) as usize;
        let (from, to) = (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize);
        from + not_above(&self.lows[from..to], (key >> 40) as u8) - 1
    }

    fn start(&self, range: usize) -> u64 {
        let bucket = self.buckets.partition_point(|first| *first as usize <= range) - 1;
        self.start_in(bucket, range)
    }

    #[inline]
    fn start_near(&self, range: usize, key: u64) -> u64 {
        let bucket = (key >> 48) as usize;
        let inside = self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize;
        if inside.contains(&range) { self.start_in(bucket, range) } else { self.start(range) }
    }

    fn memory(&self) -> usize {
        size_of_val(self.buckets.as_slice()) + self.lows.len()
    }
}

impl ShortIndex {
    fn start_in(&self, bucket: usize, range: usize) -> u64 {
        (bucket as u64) << 48 | u64::from(self.lows[range]) << 40
    }
}

/// IPv6 quanta (56 bits): inside 2000::/3 the next bits choose a bucket; elsewhere there is little to search.
#[derive(Clone, Debug)]
pub(super) struct LongIndex {
    buckets: Vec<u32>,
    starts: Vec<u64>,
}

impl Index for LongIndex {
    fn new(starts: &[u64]) -> Self {
        let buckets = (0..=1_u64 << BUCKET_BITS).map(|bucket| GLOBAL + (bucket << BUCKET_SHIFT));
        Self { buckets: firsts(starts, buckets), starts: starts.to_vec() }
    }

    #[inline]
    fn find(&self, key: u64) -> usize {
        let bucket = (key.wrapping_sub(GLOBAL) >> BUCKET_SHIFT) as usize;
        let (from, to) = if bucket < 1 << BUCKET_BITS {
            (self.buckets[bucket] as usize, self.buckets[bucket + 1] as usize)
        } else if key < GLOBAL {
            (0, self.buckets[0] as usize)
        } else {
            (self.buckets[1 << BUCKET_BITS] as usize, self.starts.len())
        };
        from + not_above(&self.starts[from..to], key) - 1
    }

    fn start(&self, range: usize) -> u64 {
        self.starts[range]
    }

    #[inline]
    fn start_near(&self, range: usize, _: u64) -> u64 {
        self.starts[range]
    }

    fn memory(&self) -> usize {
        size_of_val(self.buckets.as_slice()) + size_of_val(self.starts.as_slice())
    }
}

/// For each sorted key, the first range that starts there or later; at the end, the count of ranges.
fn firsts(starts: &[u64], keys: impl Iterator<Item = u64>) -> Vec<u32> {
    let mut at = 0;
    let mut firsts: Vec<u32> = Vec::new();
    for key in keys {
        while starts.get(at).is_some_and(|start| *start < key) {
            at += 1;
        }
        firsts.push(at as u32);
    }
    firsts.push(starts.len() as u32);
    firsts
}

/// How many of the sorted items are not above `key`.
#[inline]
fn not_above<T: Copy + Ord>(sorted: &[T], key: T) -> usize {
    let (mut base, mut size) = (0, sorted.len());
    while size > 1 {
        let half = size / 2;
        base = select_unpredictable(sorted[base + half] <= key, base + half, base);
        size -= half;
    }
    base + usize::from(sorted.get(base).is_some_and(|item| *item <= key))
}

/// 2000::/3, the space that is given out.
const GLOBAL: u64 = 0x2000 << 48;
const BUCKET_BITS: u32 = 18;
const BUCKET_SHIFT: u32 = 61 - BUCKET_BITS;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check<I: Index>(mut starts: Vec<u64>, keys: &[u64]) -> Result<(), TestCaseError> {
        starts.push(0);
        starts.sort_unstable();
        starts.dedup();
        let index = I::new(&starts);
        let edges = starts.iter().flat_map(|start| [*start, start.saturating_sub(1)]);
        for key in edges.chain(keys.iter().copied()).chain([0, u64::MAX]) {
            let expected = starts.partition_point(|start| *start <= key) - 1;
            prop_assert_eq!(index.find(key), expected, "key {:x} in {:x?}", key, &starts);
        }
        for (range, start) in starts.iter().enumerate() {
            prop_assert_eq!(index.start(range), *start);
            for key in keys {
                prop_assert_eq!(index.start_near(range, *key), *start);
            }
        }
        Ok(())
    }

    fn quanta(bits: u32) -> impl Strategy<Value = Vec<u64>> {
        let key =
            prop_oneof![any::<u64>(), (0..2000_u64).prop_map(move |near| GLOBAL + (near << (64 - bits)))];
        prop::collection::vec(key.prop_map(move |key| key >> (64 - bits) << (64 - bits)), 0..300)
    }

    proptest! {
        #[test]
        fn a_key_is_found_in_its_range(short in quanta(24), long in quanta(56), keys in prop::collection::vec(any::<u64>(), 20)) {
            check::<ShortIndex>(short, &keys)?;
            check::<LongIndex>(long, &keys)?;
        }
    }
}
