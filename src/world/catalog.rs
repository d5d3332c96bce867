//! The catalog: everything a config, its zones and its database say, checked, in the core's types.

use crate::geo::{Atlas, Metadata, Prefixes};
use crate::health::ProbePlan;
use crate::region::{Region, RegionId};
use crate::steer::{Fence, Service, ServiceId};
use crate::zone::Zones;

/// What overrides may not break (`[safety]`); every rule is opt-in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Safety {
    /// Eligible regions that each service keeps inside each fence after an override.
    pub min_regions: Option<u16>,
}

/// The config as used. Replaced as a whole by a reload; indices of regions and services are positions here.
#[derive(Debug)]
pub struct Catalog {
    /// Every region, in file order; at most `RegionSet::CAPACITY`.
    pub regions: Vec<Region>,
    /// Every service, in file order.
    pub services: Vec<Service>,
    /// Every fence, in file order.
    pub fences: Vec<Fence>,
    /// Every probe plan, in file order.
    pub plans: Vec<ProbePlan>,
    /// What overrides may not break.
    pub safety: Safety,
    /// The zones, with the services' names in them.
    pub zones: Zones,
    /// Where addresses are.
    pub atlas: Atlas,
    /// Resolvers whose address says nothing of their users.
    pub unlocated: Prefixes,
    /// What is known of the location database.
    pub database: Metadata,
    /// SHA-256 of the config file, in hexadecimal.
    pub config_sha256: Box<str>,
    /// What NSID answers (RFC 5001); empty: nothing.
    pub nsid: Box<[u8]>,
}

impl Catalog {
    /// The region called `name`.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<RegionId> {
        self.regions
            .iter()
            .position(|region| &*region.name == name)
            .map(|at| RegionId(at as u16))
    }

    /// The service called `name`, which is lower case and without a final dot.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<ServiceId> {
        self.services
            .iter()
            .position(|service| &*service.name == name)
            .map(|at| ServiceId(at as u32))
    }
}
