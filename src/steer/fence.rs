//! A fence: clients of these countries may be answered only with regions of these jurisdictions.

use std::net::IpAddr;

use super::service::{Service, ServiceId};
use crate::geo::Country;
use crate::region::{Hostname, Jurisdiction};

/// Index of a fence in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FenceId(pub u16);

impl FenceId {
    /// The index as a slice position.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// A data-sovereignty fence (`[fences.NAME]`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fence {
    /// Its name in the config.
    pub name: Box<str>,
    /// Countries whose clients it holds; groups expanded.
    pub clients: Vec<Country>,
    /// Whether clients that cannot be located are held too.
    pub unlocated: Unlocated,
    /// The only jurisdictions that may answer them.
    pub jurisdictions: Vec<Jurisdiction>,
    /// The services it applies to; none named: all.
    pub services: Option<Vec<ServiceId>>,
    /// What is answered when no region is allowed, one address a family at least where it can be reached.
    pub sink: Vec<IpAddr>,
    /// The same for services whose regions are CNAME targets.
    pub sink_alias: Option<Hostname>,
}

/// What a fence does with clients that cannot be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unlocated {
    /// They are held like the fence's countries.
    Held,
    /// They are none of its business.
    Free,
}

impl Fence {
    /// Whether it applies to `service`.
    #[must_use]
    pub fn applies_to(&self, service: ServiceId) -> bool {
        self.services.as_ref().is_none_or(|services| services.contains(&service))
    }

    /// Whether it says what clients of `service` get when no region is allowed.
    #[must_use]
    pub fn has_sink(&self, service: &Service) -> bool {
        if service.is_alias() { self.sink_alias.is_some() } else { !self.sink.is_empty() }
    }
}
