//! What two catalogs differ in that is a loss of policy: steered names, regions, fences, all endpoints of a name.

use std::collections::BTreeSet;

use super::loss::Loss;
use crate::catalog::Catalog;
use crate::steer::Service;

/// Every loss, in config order: services, regions, fences.
pub(super) fn losses(serving: &Catalog, loaded: &Catalog) -> Vec<Loss> {
    let mut losses: Vec<Loss> =
        serving.services.iter().filter_map(|service| of_service(service, serving, loaded)).collect();
    let regions = serving.regions.iter().filter(|region| loaded.region(&region.name).is_none());
    losses.extend(regions.map(|region| Loss::Region(region.name.clone())));
    let kept = |name: &str| loaded.fences.iter().any(|fence| &*fence.name == name);
    let fences = serving.fences.iter().filter(|fence| !kept(&fence.name));
    losses.extend(fences.map(|fence| Loss::Fence(fence.name.clone())));
    losses
}

fn of_service(service: &Service, serving: &Catalog, loaded: &Catalog) -> Option<Loss> {
    let Some(kept) = loaded.service(&service.name) else {
        return Some(Loss::Service(service.name.clone()));
    };
    let (old, new) = (endpoints(service, serving), endpoints(&loaded.services[kept.index()], loaded));
    old.is_disjoint(&new).then(|| Loss::Endpoints(service.name.clone()))
}

/// Every address or name that the service can be answered with.
fn endpoints(service: &Service, catalog: &Catalog) -> BTreeSet<String> {
    let regions = service.regions.iter().filter_map(|region| catalog.regions.get(region.index()));
    regions.flat_map(|region| region.endpoints.iter().map(|endpoint| endpoint.to_string())).collect()
}
