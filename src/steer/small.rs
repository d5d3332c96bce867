//! A region and a service for tests, as plain as can be.

use super::{Binding, Motion, Portions, Service, SteeredType, Strategy, TtlBounds};
use crate::region::{Endpoints, Jurisdiction, Region, RegionId};

/// A region at no known place.
pub(super) fn region(name: &str, jurisdiction: &str) -> Region {
    Region {
        name: name.into(),
        jurisdiction: Jurisdiction(jurisdiction.into()),
        coordinates: None,
        endpoints: Endpoints::Addresses(Vec::new()),
        probe_endpoints: Vec::new(),
        capacity: 1,
        bias: 1.0,
        min_endpoints: 1,
        plan: None,
    }
}

/// A service of the first three regions.
pub(super) fn service(strategy: Strategy) -> Service {
    Service {
        name: "api.example.com".into(),
        regions: [0, 1, 2].map(RegionId).into(),
        strategy,
        ttl: TtlBounds { min: 5, max: 30 },
        budget: None,
        jurisdictions: Vec::new(),
        types: vec![SteeredType::A],
        binding: Binding::new(&[], None),
        portions: Portions::default(),
        motion: Motion::default(),
    }
}
