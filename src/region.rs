//! A region: a place that serves. Ground floor: plain data with its invariants, no policy.

mod endpoint;

use std::net::IpAddr;

pub use endpoint::{Endpoint, Endpoints, Hostname, NoEndpoint};

use crate::geo::Coordinates;

/// Index of a region in the catalog; stable between two reloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionId(pub u16);

impl RegionId {
    /// The index as a slice position.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Whose law a region's data is under (`EU`, `US`, `JP` …), as written in the config.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Jurisdiction(pub Box<str>);

/// A region as the config gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct Region {
    /// Its name in config, metrics and the admin routes.
    pub name: Box<str>,
    /// Whose law its data is under.
    pub jurisdiction: Jurisdiction,
    /// Where it is, for `nearest`; degrees.
    pub coordinates: Option<Coordinates>,
    /// What is published.
    pub endpoints: Endpoints,
    /// Where each endpoint is probed; one for one with `endpoints`, and empty for a name that is not probed.
    pub probe_endpoints: Vec<IpAddr>,
    /// Relative: how much the region can carry.
    pub capacity: u32,
    /// Divides the distance in `nearest`; above 0.
    pub bias: f64,
    /// Fewer up endpoints than this: the region is down.
    pub min_endpoints: u16,
    /// Index of its probe plan in the catalog; without one it serves as up.
    pub plan: Option<usize>,
}

/// A set of regions, at most [`RegionSet::CAPACITY`] of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegionSet([u64; 4]);

impl RegionSet {
    /// How many regions a catalog can hold.
    pub const CAPACITY: usize = 256;

    /// The set of nothing.
    #[must_use]
    pub const fn empty() -> Self {
        Self([0; 4])
    }

    /// Adds one; an identifier beyond the capacity is no member of any set.
    pub const fn insert(&mut self, region: RegionId) {
        if region.index() < Self::CAPACITY {
            self.0[region.index() / 64] |= 1 << (region.index() % 64);
        }
    }

    /// Whether `region` is in the set.
    #[must_use]
    pub const fn contains(&self, region: RegionId) -> bool {
        region.index() < Self::CAPACITY && self.0[region.index() / 64] >> (region.index() % 64) & 1 == 1
    }

    /// What both sets hold.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] & other.0[word]))
    }

    /// Whether nothing is in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 4]
    }

    /// Members in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = RegionId> + '_ {
        (0..Self::CAPACITY as u16).map(RegionId).filter(|region| self.contains(*region))
    }
}

impl FromIterator<RegionId> for RegionSet {
    fn from_iter<I: IntoIterator<Item = RegionId>>(regions: I) -> Self {
        let mut set = Self::empty();
        regions.into_iter().for_each(|region| set.insert(region));
        set
    }
}
