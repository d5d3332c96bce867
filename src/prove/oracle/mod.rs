//! The oracle: what the config alone says of who may be answered with what. It shares neither `steer/`, nor group
//! expansion, nor block sets, nor the compiled table: it reads the file, the country table and the database itself,
//! and knows nothing of health, order or shares.

mod ground;
mod holders;
mod records;
mod rules;
pub(super) mod space;

pub use ground::Ground;
pub use holders::Holders;
pub use records::Records;
pub(super) use rules::Told;
pub use rules::{Rules, Unreadable};

use crate::catalog::Catalog;
use crate::region::RegionSet;
use crate::steer::ServiceId;

/// What a service may answer some clients with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bound {
    /// These regions, and no others.
    pub(super) allowed: RegionSet,
    /// Where no region is allowed, this.
    pub(super) sinks: Vec<Told>,
    /// The fences that hold the clients.
    pub(super) fences: Vec<String>,
}

impl Rules {
    /// What `service` may answer `holders` with. Regions are named by `catalog`; one that the rules do not know is
    /// never allowed.
    pub(super) fn bound(&self, catalog: &Catalog, service: ServiceId, holders: Holders) -> Bound {
        let name = &*catalog.services[service.index()].name;
        let Some(rule) = self.services.iter().find(|rule| rule.name == name) else {
            return Bound { allowed: RegionSet::empty(), sinks: Vec::new(), fences: Vec::new() };
        };
        let applies = |services: &Option<Vec<String>>| {
            services.as_ref().is_none_or(|services| services.iter().any(|service| service == name))
        };
        let held =
            || self.fences.iter().filter(|fence| applies(&fence.services) && fence.clients.meets(&holders));
        let inside = |jurisdiction: &String| {
            let own = rule.jurisdictions.as_ref().is_none_or(|own| own.contains(jurisdiction));
            own && held().all(|fence| fence.jurisdictions.contains(jurisdiction))
        };
        let own = || self.regions.iter().filter(|region| rule.regions.contains(&region.name));
        let is_name = |told: &Told| matches!(told, Told::Name(_));
        let named = own().any(|region| region.endpoints.iter().any(is_name));
        let allowed = own().filter(|region| inside(&region.jurisdiction));
        let sinks = held().flat_map(|fence| &fence.sinks);
        Bound {
            allowed: allowed.filter_map(|region| catalog.region(&region.name)).collect(),
            sinks: sinks.filter(|sink| is_name(sink) == named).cloned().collect(),
            fences: held().map(|fence| fence.name.clone()).collect(),
        }
    }
}
