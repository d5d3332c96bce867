//! The share table: 4096 slots, each held by one region, so that the same subnet keeps its region.
//!
//! Every (slot, region) has a fixed number u = (rank + ½) ÷ 4096, where the ranks of a region's slots are a permutation
//! drawn from its name. In an ordered strategy a slot goes to the first region whose share reaches its u; a slot that no
//! region's share reaches goes where share ÷ u is largest. In `weighted` it goes where −ln(u) ÷ weight is least
//! (weighted rendezvous hashing).
//!
//! Either way a share that grows draws slots towards its region and moves no other. In an ordered strategy the first
//! region gets exactly `round(share × 4096)` slots, so a share that changes by x moves x of them, ± 1; regions behind it
//! get theirs of what is left, and `weighted` its parts, as closely as independent permutations meet.

use std::array::from_fn;

use crate::region::RegionId;

/// How many slots a table has.
pub const SLOTS: usize = 4096;

/// A region with what decides its share of the slots.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Share {
    /// Which region.
    pub region: RegionId,
    /// Seed of its numbers, see [`seed`].
    pub seed: u64,
    /// Ordered: the share of the slots it takes of those that reach it, 0 to 1. Weighted: its weight, from 0 up.
    pub amount: f64,
}

/// The seed of a region's numbers: a function of its name alone, so that neither reloads nor other regions move slots.
#[must_use]
pub fn seed(region: &str) -> u64 {
    region.bytes().fold(0x6d65_7269_6469_616e, |seed, byte| mix(seed ^ u64::from(byte)))
}

/// The slot of a client's quantum: a keyed hash with the same key on every director.
#[must_use]
pub fn slot(quantum: u64) -> u16 {
    (mix(quantum ^ 0x736c_6f74_7461_626c) >> 52) as u16
}

/// Who holds each slot when regions are taken in order; `shares` must not be empty.
#[must_use]
pub(super) fn ordered(shares: &[Share]) -> Box<[RegionId]> {
    let mut holders = vec![shares[0].region; SLOTS];
    let mut open: Vec<u16> = (0..SLOTS as u16).collect();
    for share in shares {
        if open.is_empty() {
            break;
        }
        let (numbers, reached) = (Numbers::of(share.seed), reached(share.amount));
        let mut left = 0;
        // Without a branch, since none could be foretold: whoever comes later takes what this region does not reach.
        for at in 0..open.len() {
            let slot = open[at];
            holders[usize::from(slot)] = share.region;
            open[left] = slot;
            left += usize::from(numbers.rank(slot) >= reached);
        }
        open.truncate(left);
    }
    best(&mut holders, &open, shares, |amount, number| amount / number);
    holders.into()
}

/// Who holds each slot when regions are taken by weight; `shares` must not be empty.
#[must_use]
pub(super) fn weighted(shares: &[Share]) -> Box<[RegionId]> {
    let mut holders = vec![shares[0].region; SLOTS];
    let all: Vec<u16> = (0..SLOTS as u16).collect();
    best(&mut holders, &all, shares, |amount, number| amount / -number.ln());
    holders.into()
}

/// Gives each of `open` to the share with the greatest score; of equals to the first.
fn best(holders: &mut [RegionId], open: &[u16], shares: &[Share], score: impl Fn(f64, f64) -> f64) {
    let mut greatest = vec![f64::NEG_INFINITY; open.len()];
    for share in shares.iter().filter(|_| !open.is_empty()) {
        let numbers = Numbers::of(share.seed);
        for (slot, greatest) in open.iter().zip(&mut greatest) {
            let score = score(share.amount, numbers.number(*slot));
            if score > *greatest {
                (*greatest, holders[usize::from(*slot)]) = (score, share.region);
            }
        }
    }
}

/// How many ranks have a number that a share reaches.
fn reached(amount: f64) -> u16 {
    ((amount * SLOTS as f64 - 0.5).floor() + 1.0) as u16
}

/// A region's numbers: its ranks of the slots are a permutation of 12 bits (Feistel network; Luby and Rackoff, 1988).
/// What each round draws for each half is worked out once.
struct Numbers([[u8; HALVES]; ROUNDS]);

impl Numbers {
    fn of(seed: u64) -> Self {
        let drawn = |round: usize, half: usize| mix(seed ^ (round as u64) << 32 ^ half as u64) as u8;
        Self(from_fn(|round| from_fn(|half| drawn(round, half) & HALF as u8)))
    }

    /// The rank of a slot among the region's slots.
    fn rank(&self, slot: u16) -> u16 {
        let halves = (slot >> 6 & HALF, slot & HALF);
        let turn = |(left, right): (u16, u16), drawn: &[u8; HALVES]| {
            (right, left ^ u16::from(drawn[usize::from(right & HALF)]))
        };
        let (left, right) = self.0.iter().fold(halves, turn);
        left << 6 | right
    }

    /// The fixed number of a slot, in (0, 1).
    fn number(&self, slot: u16) -> f64 {
        (f64::from(self.rank(slot)) + 0.5) / SLOTS as f64
    }
}

/// A bijective mixing of 64 bits (the finalizer of SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

/// Half the bits of a slot.
const HALF: u16 = 0x3f;
const HALVES: usize = 1 << 6;
/// With four, a Feistel network of good functions cannot be told from a random permutation.
const ROUNDS: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(amounts: &[f64]) -> Vec<Share> {
        let region = |at: usize| RegionId(at as u16);
        let share = |(at, amount): (usize, &f64)| Share {
            region: region(at),
            seed: seed(&format!("region-{at}")),
            amount: *amount,
        };
        amounts.iter().enumerate().map(share).collect()
    }

    fn held(table: &[RegionId], region: u16) -> usize {
        table.iter().filter(|held| held.0 == region).count()
    }

    #[test]
    fn a_full_share_takes_every_slot() {
        assert_eq!(held(&ordered(&shares(&[1.0, 1.0, 1.0])), 0), SLOTS);
    }

    #[test]
    fn every_rank_is_given_once() {
        for name in ["us-east", "eu-west", "a", ""] {
            let mut ranks: Vec<u16> =
                (0..SLOTS as u16).map(|slot| Numbers::of(seed(name)).rank(slot)).collect();
            ranks.sort_unstable();
            assert!(ranks.into_iter().eq(0..SLOTS as u16), "{name}");
        }
    }

    /// A client keeps its region across releases and directors only while these stay.
    #[test]
    fn seeds_slots_and_ranks_never_change() {
        assert_eq!(
            ["us-east", "eu-west", ""].map(seed),
            [0x0ff6_a0e7_ca70_0f57, 0x98b7_6fb6_70b9_30da, 0x6d65_7269_6469_616e]
        );
        let quanta = [0, 0x5102_4500_0000_0000, 0x2001_0db8_0000_0101];
        assert_eq!(quanta.map(slot), [2579, 2256, 2011]);
        let ranks = [0, 1, 63, 64, 2048, 4095].map(|slot| Numbers::of(seed("us-east")).rank(slot));
        assert_eq!(ranks, [3171, 1573, 2089, 1602, 2286, 3337]);
    }

    #[test]
    fn a_slot_that_no_share_reaches_goes_where_share_over_number_is_largest() {
        let held = shares(&[0.001, 0.004]);
        let table = ordered(&held);
        for slot in 0..SLOTS as u16 {
            let scores = [0, 1].map(|at: usize| held[at].amount / Numbers::of(held[at].seed).number(slot));
            let reached = (0..2).find(|at: &usize| scores[*at] >= 1.0);
            let best = reached.unwrap_or(usize::from(scores[1] > scores[0]));
            assert_eq!(table[usize::from(slot)], held[best].region, "slot {slot}: {scores:?}");
        }
    }

    #[test]
    fn the_first_region_whose_share_reaches_a_number_takes_the_slot() {
        for amounts in [[0.3, 0.6, 1.0], [0.5 / 4096.0, 1.5 / 4096.0, 1.0], [0.25, 0.0, 2.0]] {
            let held = shares(&amounts);
            let table = ordered(&held);
            let numbers: Vec<Numbers> = held.iter().map(|share| Numbers::of(share.seed)).collect();
            for slot in 0..SLOTS as u16 {
                let first = (0..3).find(|at: &usize| numbers[*at].number(slot) <= held[*at].amount);
                assert_eq!(Some(table[usize::from(slot)].0), first.map(|at| at as u16), "slot {slot}");
            }
        }
    }

    #[test]
    fn of_equal_scores_the_first_is_taken() {
        let mut equal = shares(&[0.0, 0.0, 0.0]);
        equal.iter_mut().for_each(|share| share.seed = 7);
        assert_eq!((held(&ordered(&equal), 0), held(&weighted(&equal), 0)), (SLOTS, SLOTS));
    }

    #[test]
    fn the_first_in_order_gets_exactly_its_share() {
        for step in 0..=1_000_u32 {
            let share = f64::from(step) / 1_000.0;
            let exact = (share * SLOTS as f64).round() as usize;
            assert_eq!(held(&ordered(&shares(&[share, 1.0])), 0), exact, "a share of {share}");
        }
    }

    #[test]
    fn the_next_in_order_gets_its_share_of_what_is_left() {
        let table = ordered(&shares(&[0.5, 0.5, 1.0]));
        let second = held(&table, 1);
        assert!((SLOTS / 4 - 60..SLOTS / 4 + 60).contains(&second), "{second} of {SLOTS} slots");
    }

    #[test]
    fn weights_three_to_one_hold_three_quarters_and_a_quarter() {
        let table = weighted(&shares(&[3.0, 1.0]));
        let first = held(&table, 0);
        assert!((SLOTS * 3 / 4 - 80..SLOTS * 3 / 4 + 80).contains(&first), "{first} of {SLOTS} slots");
    }

    /// Two regions would hold the same parts by other rules too; three would not.
    #[test]
    fn weights_of_three_regions_hold_their_parts() {
        let table = weighted(&shares(&[4.0, 1.0, 1.0]));
        for (region, expected) in [(0, SLOTS * 4 / 6), (1, SLOTS / 6), (2, SLOTS / 6)] {
            let slots = held(&table, region);
            assert!(
                (expected - 80..expected + 80).contains(&slots),
                "{slots} of {SLOTS} slots, not {expected}"
            );
        }
    }

    #[test]
    fn equal_weights_of_five_regions_hold_a_fifth_each() {
        let table = weighted(&shares(&[1.0; 5]));
        for region in 0..5 {
            let slots = held(&table, region);
            assert!((SLOTS / 5 - 90..SLOTS / 5 + 90).contains(&slots), "{slots} of {SLOTS} slots");
        }
    }

    #[test]
    fn a_share_that_grows_only_draws_slots_towards_itself() {
        for step in 0..100 {
            let (before, after) = (f64::from(step) / 100.0, f64::from(step + 1) / 100.0);
            for build in [ordered, weighted] {
                let old = build(&shares(&[0.4, before, 0.7]));
                let new = build(&shares(&[0.4, after, 0.7]));
                for (slot, (old, new)) in old.iter().zip(&new).enumerate() {
                    assert!(old == new || new.0 == 1, "slot {slot} moved from {old:?} to {new:?}");
                }
            }
        }
    }

    #[test]
    fn nobody_has_a_share_and_yet_every_slot_is_held() {
        assert_eq!(ordered(&shares(&[0.0, 0.0])).len(), SLOTS);
        assert_eq!(weighted(&shares(&[0.0, 0.0])).len(), SLOTS);
    }

    #[test]
    fn neighbouring_quanta_spread_over_all_slots() {
        let mut counts = [0_u32; 16];
        for quantum in 0..16_000_u64 {
            counts[usize::from(slot(quantum << 40)) / 256] += 1;
        }
        assert!(counts.iter().all(|count| (850..1_150).contains(count)), "{counts:?}");
    }
}
