//! The share table: 4096 slots, each held by one region, so that the same subnet keeps its region.
//!
//! Every (slot, region) has a fixed number u in (0, 1], drawn from the region's name. In an ordered strategy a slot goes
//! to the first region whose share reaches its u; a slot that no region's share reaches goes where share ÷ u is
//! largest. In `weighted` it goes where −ln(u) ÷ weight is least (weighted rendezvous hashing). Either way a share that
//! grows by 3 % moves 3 % of the slots, all of them towards it.

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
    slots(|slot| {
        let taken = shares.iter().find(|share| number(share.seed, slot) <= share.amount);
        taken.or_else(|| best(shares, |share| share.amount / number(share.seed, slot)))
    })
}

/// Who holds each slot when regions are taken by weight; `shares` must not be empty.
#[must_use]
pub(super) fn weighted(shares: &[Share]) -> Box<[RegionId]> {
    slots(|slot| best(shares, |share| share.amount / -number(share.seed, slot).ln().min(-f64::MIN_POSITIVE)))
}

fn slots<'a>(holder: impl Fn(u16) -> Option<&'a Share>) -> Box<[RegionId]> {
    (0..SLOTS as u16).filter_map(|slot| holder(slot).map(|share| share.region)).collect()
}

/// The share with the greatest score; of equals the first.
fn best(shares: &[Share], score: impl Fn(&Share) -> f64) -> Option<&Share> {
    shares.iter().reduce(|best, next| if score(next) > score(best) { next } else { best })
}

/// The fixed number of a slot and a region, in (0, 1].
fn number(seed: u64, slot: u16) -> f64 {
    let bits = mix(seed.wrapping_add(u64::from(slot).wrapping_mul(0x9e37_79b9_7f4a_7c15))) >> 11;
    (bits + 1) as f64 / (1_u64 << 53) as f64
}

/// A bijective mixing of 64 bits (the finalizer of SplitMix64; Steele, Lea and Flood, OOPSLA 2014).
const fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

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
    fn a_share_of_a_quarter_takes_about_a_quarter_and_the_next_takes_the_rest() {
        let table = ordered(&shares(&[0.25, 1.0]));
        let first = held(&table, 0);
        assert!((SLOTS / 4 - 100..SLOTS / 4 + 100).contains(&first), "{first} of {SLOTS} slots");
        assert_eq!(first + held(&table, 1), SLOTS);
    }

    #[test]
    fn weights_three_to_one_hold_three_quarters_and_a_quarter() {
        let table = weighted(&shares(&[3.0, 1.0]));
        let first = held(&table, 0);
        assert!((SLOTS * 3 / 4 - 120..SLOTS * 3 / 4 + 120).contains(&first), "{first} of {SLOTS} slots");
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
}
