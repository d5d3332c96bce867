//! What a strategy knows beside the order: whether the first takes all, each region's weight, and the little portions
//! that are set aside.

use std::borrow::Cow;

use super::decide::State;
use super::reason::Rejection;
use crate::region::RegionId;

/// How slots are spread over the eligible regions.
#[derive(Clone, Debug, PartialEq)]
pub enum Spread {
    /// The first in order takes all, as far as its share goes.
    Ordered,
    /// The same, with portions set aside.
    Portioned(Portions),
    /// Every eligible region takes its part; one weight a region, indexed by `RegionId`.
    Weighted(Box<[f64]>),
}

/// A little for the new, a little for the standby. Portions belong to regions, not to clients: a block of several kinds
/// of clients is portioned as each of them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Portions {
    /// This region takes this share of every client that may have it, and no more while another is eligible.
    pub canary: Option<(RegionId, f64)>,
    /// This region, the service's first, leaves this share to the next in order.
    pub trickle: Option<(RegionId, f64)>,
}

impl Portions {
    /// Whether nothing is set aside.
    #[must_use]
    pub const fn are_none(&self) -> bool {
        self.canary.is_none() && self.trickle.is_none()
    }

    fn share(&self, region: RegionId) -> f64 {
        match (self.canary, self.trickle) {
            (Some((canary, share)), _) if canary == region => share,
            (_, Some((first, left))) if first == region => 1.0 - left,
            _ => 1.0,
        }
    }
}

impl Spread {
    /// Why a region in this state cannot be taken; none: it is eligible.
    #[must_use]
    pub fn rejects(&self, region: RegionId, state: &State) -> Option<Rejection> {
        let weightless = state.weight == 0 || self.weight(region) <= 0.0;
        state.rejection.or_else(|| weightless.then_some(Rejection::NoWeight))
    }

    /// A region's weight in the config, or the part of the slots it may take; 1 where the config says none.
    pub(super) fn weight(&self, region: RegionId) -> f64 {
        match self {
            Self::Ordered => 1.0,
            Self::Portioned(portions) => portions.share(region),
            Self::Weighted(weights) => weights.get(region.index()).copied().unwrap_or(0.0),
        }
    }

    /// The candidates as slots are offered to them: a canary comes before its turn.
    pub(super) fn line(&self, mut candidates: Vec<RegionId>) -> Vec<RegionId> {
        if let Self::Portioned(Portions { canary: Some((canary, _)), .. }) = self
            && let Some(at) = candidates.iter().position(|region| region == canary)
        {
            candidates[..=at].rotate_right(1);
        }
        candidates
    }

    /// The same with another canary, or with one at all; weights leave no room for it.
    #[must_use]
    pub fn with_canary(&self, canary: (RegionId, f64)) -> Cow<'_, Self> {
        let trickle = match self {
            Self::Weighted(_) => return Cow::Borrowed(self),
            Self::Portioned(portions) => portions.trickle,
            Self::Ordered => None,
        };
        Cow::Owned(Self::Portioned(Portions { canary: Some(canary), trickle }))
    }

    /// The one region that is offered slots before its turn, if any.
    pub(super) const fn canary(&self) -> Option<RegionId> {
        match self {
            Self::Portioned(Portions { canary: Some((canary, _)), .. }) => Some(*canary),
            _ => None,
        }
    }
}
