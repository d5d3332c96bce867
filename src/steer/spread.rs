//! What a strategy knows beside the order: whether the first takes all, and each region's weight.

use super::decide::State;
use super::reason::Rejection;
use crate::region::RegionId;

/// How slots are spread over the eligible regions.
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// The first in order takes all, as far as its share goes.
    Ordered,
    /// Every eligible region takes its part; one weight a region, indexed by `RegionId`.
    Weighted(Box<[f64]>),
}

impl Spread {
    /// Why a region in this state cannot be taken; none: it is eligible.
    #[must_use]
    pub fn rejects(&self, region: RegionId, state: &State) -> Option<Rejection> {
        let weightless = state.weight == 0 || self.weight(region) <= 0.0;
        state.rejection.or_else(|| weightless.then_some(Rejection::NoWeight))
    }

    /// A region's weight in the config; 1 where the strategy has none.
    pub(super) fn weight(&self, region: RegionId) -> f64 {
        match self {
            Self::Ordered => 1.0,
            Self::Weighted(weights) => weights.get(region.index()).copied().unwrap_or(0.0),
        }
    }
}
