//! The fence of one kind of client: which regions of a service may answer it, and which fences say so.

use super::fence::{Fence, FenceId, Unlocated};
use super::service::{Service, ServiceId};
use crate::geo::Country;
use crate::region::{Region, RegionId, RegionSet};

/// Whom a fence may hold: everyone of a country, or everyone who cannot be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Holder {
    /// Clients of this country.
    Country(Country),
    /// Clients that cannot be located.
    Unlocated,
}

/// The regions of `service` that all its fences allow `holder`, and the fences that hold it, in config order.
///
/// A service's own jurisdictions bound everyone. Fences intersect; none ever widens another.
#[must_use]
pub fn allowed(
    service: &Service,
    id: ServiceId,
    fences: &[Fence],
    regions: &[Region],
    holder: Holder,
) -> (RegionSet, Vec<FenceId>) {
    let holding: Vec<FenceId> = (0..)
        .zip(fences)
        .filter(|(_, fence)| fence.applies_to(id) && fence.holds(holder))
        .map(|(at, _)| FenceId(at))
        .collect();
    let permits = |region: RegionId| {
        let Some(jurisdiction) = regions.get(region.index()).map(|region| &region.jurisdiction) else {
            return false;
        };
        let own = service.jurisdictions.is_empty() || service.jurisdictions.contains(jurisdiction);
        own && holding
            .iter()
            .all(|fence| fences[usize::from(fence.0)].jurisdictions.contains(jurisdiction))
    };
    (
        service
            .regions
            .iter()
            .copied()
            .filter(|region| permits(*region))
            .collect(),
        holding,
    )
}

impl Fence {
    /// Whether clients of this kind are held by it.
    #[must_use]
    pub fn holds(&self, holder: Holder) -> bool {
        match holder {
            Holder::Country(country) => self.clients.contains(&country),
            Holder::Unlocated => self.unlocated == Unlocated::Held,
        }
    }
}
