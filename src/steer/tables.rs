//! Share tables, each held once: views with the same eligible order and shares have the same table, and thousands of
//! views share a few.

use std::collections::HashMap;

use super::decide::Route;
use super::reason::Reason;
use super::share::{self, Share};
use super::spread::Spread;
use crate::region::RegionId;

/// The tables of one picture, by what they were made of.
#[derive(Debug, Default)]
pub struct Tables {
    known: HashMap<Key, Route>,
}

/// Why the regions of a table are in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Why {
    /// The first is the client's first choice.
    Preferred,
    /// The client's first choice is out.
    Failover,
    /// Weights say so.
    Weighted,
    /// Nothing is eligible.
    LastResort,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    why: Why,
    weighted: bool,
    canary: Option<RegionId>,
    /// Regions in order, with the bits of their shares.
    shares: Box<[(RegionId, u64)]>,
}

impl Tables {
    /// How many are held.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// The route over `shares`, which is not empty. A region's seed must be the same in every call.
    pub(super) fn route(&mut self, spread: &Spread, shares: &[Share], why: Why) -> Route {
        let weighted = matches!(spread, Spread::Weighted(_));
        let first = shares.iter().map(|share| share.region).find(|region| spread.canary() != Some(*region));
        if !weighted && shares[0].amount >= 1.0 {
            return Route::One(shares[0].region, why.reason(first == Some(shares[0].region)));
        }
        let bits = shares.iter().map(|share| (share.region, share.amount.to_bits())).collect();
        let key = Key { why, weighted, canary: spread.canary(), shares: bits };
        let made = || if weighted { share::weighted(shares) } else { share::ordered(shares) };
        self.known.entry(key).or_insert_with(|| route(&made(), first, why)).clone()
    }
}

/// A table, or the one region when a single one holds every slot.
fn route(holders: &[RegionId], first: Option<RegionId>, why: Why) -> Route {
    let one = holders[0];
    if holders.iter().all(|holder| *holder == one) {
        return Route::One(one, why.reason(first == Some(one)));
    }
    Route::Slots(holders.iter().map(|&holder| (holder, why.reason(first == Some(holder)))).collect())
}

impl Why {
    /// Why `regions`, which is not empty and stands in line, answer a client whose first choice is `preferred`.
    pub(super) fn of(spread: &Spread, regions: &[RegionId], preferred: Option<RegionId>) -> Self {
        let first = regions.iter().copied().find(|region| spread.canary() != Some(*region));
        match spread {
            Spread::Weighted(_) => Self::Weighted,
            Spread::Ordered | Spread::Portioned(_) if first == preferred => Self::Preferred,
            Spread::Ordered | Spread::Portioned(_) => Self::Failover,
        }
    }

    /// The reason of a region that is the first of the table, or a later one.
    const fn reason(self, is_first: bool) -> Reason {
        match self {
            Self::LastResort => Reason::LastResort,
            Self::Preferred if is_first => Reason::Preferred,
            Self::Failover if is_first => Reason::Failover,
            Self::Preferred | Self::Failover | Self::Weighted => Reason::Shared,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn shares(amounts: &[f64]) -> Vec<Share> {
        let share = |(at, amount): (u16, &f64)| Share {
            region: RegionId(at),
            seed: share::seed(&format!("region-{at}")),
            amount: *amount,
        };
        (0..).zip(amounts).map(share).collect()
    }

    fn table(route: &Route) -> &Arc<[(RegionId, Reason)]> {
        let Route::Slots(slots) = route else { panic!("no table: {route:?}") };
        slots
    }

    #[test]
    fn equal_orders_and_shares_have_one_table() {
        let mut tables = Tables::default();
        let one = tables.route(&Spread::Ordered, &shares(&[0.5, 1.0]), Why::Preferred);
        let same = tables.route(&Spread::Ordered, &shares(&[0.5, 1.0]), Why::Preferred);
        let other = tables.route(&Spread::Ordered, &shares(&[0.4, 1.0]), Why::Preferred);
        assert!(Arc::ptr_eq(table(&one), table(&same)));
        assert!(!Arc::ptr_eq(table(&one), table(&other)));
        let failover = tables.route(&Spread::Ordered, &shares(&[0.5, 1.0]), Why::Failover);
        assert_eq!(table(&failover).iter().filter(|(_, reason)| *reason == Reason::Failover).count(), 2048);
        assert_eq!(tables.count(), 3);
    }

    #[test]
    fn a_full_share_takes_all_without_a_table_but_a_weight_above_one_does_not() {
        let mut tables = Tables::default();
        let full = tables.route(&Spread::Ordered, &shares(&[1.0, 1.0]), Why::Preferred);
        assert_eq!((full, tables.count()), (Route::One(RegionId(0), Reason::Preferred), 0));
        let weights = Spread::Weighted(Box::new([3.0, 1.0]));
        let shared = tables.route(&weights, &shares(&[3.0, 1.0]), Why::Weighted);
        assert!(table(&shared).iter().any(|(region, _)| *region == RegionId(1)));
    }

    #[test]
    fn a_table_of_one_region_is_no_table() {
        let mut tables = Tables::default();
        let route = tables.route(&Spread::Ordered, &shares(&[0.0, 1.0]), Why::Preferred);
        assert_eq!(route, Route::One(RegionId(1), Reason::Shared));
        let weights = Spread::Weighted(Box::new([3.0]));
        assert_eq!(
            tables.route(&weights, &shares(&[3.0]), Why::Weighted),
            Route::One(RegionId(0), Reason::Shared)
        );
    }
}
