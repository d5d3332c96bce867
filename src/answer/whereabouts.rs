//! Where a client may be served, for gateways: they see the real client, DNS saw a resolver or a subnet.

use super::explain::countries;
use crate::client::Prefix;
use crate::geo::Country;
use crate::region::{RegionId, RegionSet};
use crate::snapshot::Snapshot;
use crate::steer::{FenceId, ServiceId};

/// Where a client is and which regions may serve it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// All countries of the block, the leading one first; empty when unlocated.
    pub countries: Vec<Country>,
    /// Fences that hold the client for some service, in config order.
    pub fences: Vec<FenceId>,
    /// Regions of some service that every service which has them may answer this client with.
    pub allowed: RegionSet,
    /// The region that the service asked about, else the first, would answer with now; none: a sink, or no service.
    pub chosen: Option<RegionId>,
}

/// Where `client` may be served, as its own address or subnet says: by one service, or by all.
#[must_use]
pub fn whereabouts(snapshot: &Snapshot, client: Prefix, service: Option<ServiceId>) -> Whereabouts {
    let (first, length) = (client.first(), client.length());
    let location = snapshot.locate(first, Some((first, length)));
    let all = || (0..snapshot.catalog().services.len() as u32).map(ServiceId);
    let services = || all().filter(|id| service.is_none_or(|service| service == *id));
    let (mut offered, mut forbidden) = (RegionSet::empty(), RegionSet::empty());
    let mut fences: Vec<FenceId> = Vec::new();
    for service in services() {
        let Some(policy) = snapshot.plan().policy(service) else {
            continue;
        };
        let view = &policy.views()[policy.view_of(location.class)];
        for region in &view.order {
            let set = if view.allowed.contains(*region) { &mut offered } else { &mut forbidden };
            set.insert(*region);
        }
        fences.extend(view.fences.iter());
    }
    fences.sort_unstable();
    fences.dedup();
    Whereabouts {
        countries: countries(snapshot, client),
        fences,
        allowed: offered.iter().filter(|region| !forbidden.contains(*region)).collect(),
        chosen: services().next().and_then(|first| snapshot.decide(first, &location)?.region()),
    }
}
