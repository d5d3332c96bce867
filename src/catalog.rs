//! The catalog: everything a config, its zones and its database say, checked, in the core's types.

use std::fmt;

use crate::client::Prefix;
use crate::geo::{Atlas, Country, Metadata, Prefixes};
use crate::health::{Ground, ProbePlan, Vantage};
use crate::region::{Region, RegionId};
use crate::steer::{Fence, Service, ServiceId, Sources};
use crate::zone::Zones;

/// What overrides may not break (`[safety]`); every rule is opt-in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Safety {
    /// Eligible regions that each service keeps inside each fence after an override.
    pub min_regions: Option<u16>,
    /// The part of its regions' capacity that each service keeps inside each fence, 0 to 1.
    pub min_capacity: Option<f64>,
    /// The part of all Internet users that one act may send to other regions at once, 0 to 1.
    pub max_move: Option<f64>,
    /// Whether the rules must also hold with one more region lost.
    pub n_minus_1: Spare,
}

/// Whether an act must leave enough for the loss of one more region.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Spare {
    /// It need not.
    #[default]
    Unneeded,
    /// It must.
    Needed,
}

/// What answers say of this server, and what it knows its clients by.
#[derive(Clone, Debug, Default)]
pub struct Host {
    /// What NSID answers (RFC 5001); empty: nothing.
    pub nsid: Box<[u8]>,
    /// TXT of `version.bind` in class CHAOS, at most 255 octets; empty: refused.
    pub version: Box<[u8]>,
    /// TXT of `id.server` in class CHAOS, at most 255 octets; empty: refused.
    pub id: Box<[u8]>,
    /// How long a stream may be idle, in units of 100 ms (RFC 7828).
    pub idle: u16,
    /// What cookies are made with, the current secret first; empty: no cookies.
    pub secrets: Vec<Secret>,
}

/// A secret that server cookies are made with (RFC 9018).
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 16]);

impl Secret {
    /// From its octets.
    #[must_use]
    pub const fn new(octets: [u8; 16]) -> Self {
        Self(octets)
    }

    /// Its octets.
    #[must_use]
    pub const fn octets(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
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
    /// Every vantage that may report, in file order; at least one.
    pub vantages: Vec<Vantage>,
    /// What overrides may not break.
    pub safety: Safety,
    /// The zones, with the services' names in them.
    pub zones: Zones,
    /// Where addresses are.
    pub atlas: Atlas,
    /// Prefixes whose country the config says, for `explain`; the atlas has them already.
    pub located: Vec<(Prefix, Country)>,
    /// Resolvers whose address says nothing of their users.
    pub unlocated: Prefixes,
    /// What is known of the location database.
    pub database: Metadata,
    /// SHA-256 of the config file, in hexadecimal.
    pub config_sha256: Box<str>,
    /// What answers say of this server.
    pub host: Host,
}

impl Catalog {
    /// What steering is compiled from.
    #[must_use]
    pub fn sources(&self) -> Sources<'_> {
        Sources { regions: &self.regions, services: &self.services, fences: &self.fences, atlas: &self.atlas }
    }

    /// What evidence is judged by.
    #[must_use]
    pub fn ground(&self) -> Ground<'_> {
        Ground { regions: &self.regions, plans: &self.plans, vantages: &self.vantages }
    }

    /// The region called `name`.
    #[must_use]
    pub fn region(&self, name: &str) -> Option<RegionId> {
        self.regions.iter().position(|region| &*region.name == name).map(|at| RegionId(at as u16))
    }

    /// The service called `name`, which is lower case and without a final dot.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<ServiceId> {
        self.services.iter().position(|service| &*service.name == name).map(|at| ServiceId(at as u32))
    }
}

#[cfg(test)]
impl Default for Catalog {
    /// No zones, no services; MaxMind's test database.
    fn default() -> Self {
        use crate::geo::{Database, Detail, Gate, Steering};
        let bytes = include_bytes!("../tests/data/maxmind-test/GeoIP2-Country-Test.mmdb");
        let database =
            Database::read(bytes, Detail::default(), Gate::FIXTURE).expect("the test database reads");
        let (zones, _) = Zones::build(&[], &|_, _| Err(String::new()), &[]).expect("no zones, no problems");
        Self {
            regions: Vec::new(),
            services: Vec::new(),
            fences: Vec::new(),
            plans: Vec::new(),
            vantages: vec![Vantage::default()],
            safety: Safety::default(),
            zones,
            atlas: Atlas::compile(&database, &[], Steering::default()),
            located: Vec::new(),
            unlocated: Prefixes::new(&[]),
            database: database.metadata().clone(),
            config_sha256: "".into(),
            host: Host::default(),
        }
    }
}
