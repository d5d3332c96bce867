//! Which regions a client's fences leave of a service. The config check and the decision ask the same function.

use super::fence::{Fence, FenceId, Unlocated};
use super::service::{Service, ServiceId};
use crate::geo::Country;
use crate::region::{Jurisdiction, Region, RegionId, RegionSet};

/// Whom fences may hold: clients of one country, or those that cannot be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Holder {
    /// Clients of this country.
    Country(Country),
    /// Clients that cannot be located.
    Unlocated,
}

impl Fence {
    /// Whether it holds `holder`.
    #[must_use]
    pub fn holds(&self, holder: Holder) -> bool {
        match holder {
            Holder::Country(country) => self.clients.contains(&country),
            Holder::Unlocated => self.unlocated == Unlocated::Held,
        }
    }
}

/// The regions of `service` (whose identifier is `id`) that `holder` may be answered with, and the fences that hold it.
///
/// Fences intersect: each one takes away what lies outside its jurisdictions, and so do the service's own.
#[must_use]
pub fn allowed(
    service: &Service,
    id: ServiceId,
    fences: &[Fence],
    regions: &[Region],
    holder: Holder,
) -> (RegionSet, Vec<FenceId>) {
    let held: Vec<FenceId> = (0..)
        .map(FenceId)
        .zip(fences)
        .filter(|(_, fence)| fence.applies_to(id) && fence.holds(holder))
        .map(|(id, _)| id)
        .collect();
    let mut left = unfenced(service, regions);
    for fence in &held {
        left = left.intersection(&inside(&fences[fence.0 as usize].jurisdictions, regions));
    }
    (left, held)
}

/// The regions of `service` that its own jurisdictions leave to everyone.
#[must_use]
pub fn unfenced(service: &Service, regions: &[Region]) -> RegionSet {
    let own: RegionSet = service.regions.iter().copied().collect();
    if service.jurisdictions.is_empty() {
        own
    } else {
        own.intersection(&inside(&service.jurisdictions, regions))
    }
}

/// The regions in any of `jurisdictions`.
#[must_use]
pub fn inside(jurisdictions: &[Jurisdiction], regions: &[Region]) -> RegionSet {
    (0..)
        .map(RegionId)
        .zip(regions)
        .filter(|(_, region)| jurisdictions.contains(&region.jurisdiction))
        .map(|(id, _)| id)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::small::{self, region};
    use super::*;
    use crate::steer::Strategy;

    fn fence(clients: &[&str], jurisdictions: &[&str], unlocated: Unlocated) -> Fence {
        Fence {
            name: clients.concat().into(),
            clients: clients.iter().filter_map(|code| Country::from_code(code)).collect(),
            unlocated,
            jurisdictions: jurisdictions.iter().map(|name| Jurisdiction((*name).into())).collect(),
            services: None,
            sink: Vec::new(),
            sink_alias: None,
        }
    }

    fn names(holder: Holder, service: &Service, fences: &[Fence]) -> (Vec<u16>, Vec<u16>) {
        let regions = [region("us", "US"), region("eu", "EU"), region("ch", "CH")];
        let (left, held) = allowed(service, ServiceId(0), fences, &regions, holder);
        (left.iter().map(|id| id.0).collect(), held.iter().map(|id| id.0).collect())
    }

    fn service() -> Service {
        small::service(Strategy::Failover)
    }

    fn country(code: &str) -> Holder {
        Holder::Country(Country::from_code(code).unwrap())
    }

    #[test]
    fn fences_that_hold_the_same_client_intersect() {
        let fences =
            [fence(&["DE", "CH"], &["EU", "CH"], Unlocated::Held), fence(&["CH"], &["CH"], Unlocated::Free)];
        assert_eq!(names(country("US"), &service(), &fences), (vec![0, 1, 2], vec![]));
        assert_eq!(names(country("DE"), &service(), &fences), (vec![1, 2], vec![0]));
        assert_eq!(names(country("CH"), &service(), &fences), (vec![2], vec![0, 1]));
        assert_eq!(names(Holder::Unlocated, &service(), &fences), (vec![1, 2], vec![0]));
    }

    #[test]
    fn a_fence_leaves_other_services_alone() {
        let mut other = fence(&["DE"], &["EU"], Unlocated::Free);
        other.services = Some(vec![ServiceId(7)]);
        assert_eq!(names(country("DE"), &service(), &[other]), (vec![0, 1, 2], vec![]));
    }

    #[test]
    fn a_services_own_jurisdictions_hold_everyone() {
        let mut service = service();
        service.jurisdictions = vec![Jurisdiction("US".into())];
        assert_eq!(names(country("US"), &service, &[]), (vec![0], vec![]));
        let fences = [fence(&["DE"], &["EU"], Unlocated::Free)];
        assert_eq!(names(country("DE"), &service, &fences), (vec![], vec![0]));
    }
}
