//! A service: a hostname that is steered, and the strategy that orders its regions.

use std::fmt;

use super::budget::Budget;
use super::latency::Latencies;
use super::motion::Motion;
use super::spread::Portions;
use crate::client::Prefix;
use crate::geo::{Continent, Country, Subdivision};
use crate::region::{Jurisdiction, RegionId};

/// Index of a service in the catalog; stable between two reloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServiceId(pub u32);

impl ServiceId {
    /// The index as a slice position.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// Bounds of a steered answer's TTL, in seconds; `1 ≤ min ≤ max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TtlBounds {
    /// Never less, whatever is pending.
    pub min: u32,
    /// While nothing is in doubt.
    pub max: u32,
}

/// A steered hostname (`[services."NAME"]`).
#[derive(Clone, Debug, PartialEq)]
pub struct Service {
    /// The hostname, lower case, without the final dot.
    pub name: Box<str>,
    /// The regions it may be answered with, in file order; never empty, no duplicates.
    pub regions: Vec<RegionId>,
    /// How the regions are ordered for a client.
    pub strategy: Strategy,
    /// Bounds of its answers' TTL.
    pub ttl: TtlBounds,
    /// Queries a second above which the TTL rises within its bounds; none: it goes by what is pending alone.
    pub budget: Option<Budget>,
    /// A fence for everyone, whatever their location; empty: none.
    pub jurisdictions: Vec<Jurisdiction>,
    /// The types that are steered, each once: an address type is among them, and every region has its addresses; or
    /// CNAME alone, and every region is a target.
    pub types: Vec<SteeredType>,
    /// What HTTPS and SVCB records say beside addresses.
    pub binding: Binding,
    /// A little set aside for a new region or the standby.
    pub portions: Portions,
    /// How its traffic moves when regions change.
    pub motion: Motion,
}

/// A type that a service can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SteeredType {
    /// IPv4 addresses.
    A,
    /// IPv6 addresses.
    Aaaa,
    /// How to reach the service over HTTPS (RFC 9460), with the same addresses as hints.
    Https,
    /// The same for any protocol.
    Svcb,
    /// A name elsewhere, whatever the type asked for.
    Cname,
}

impl Service {
    /// Whether it is answered with the names of its regions, not with addresses.
    #[must_use]
    pub fn is_alias(&self) -> bool {
        self.types.contains(&SteeredType::Cname)
    }
}

impl SteeredType {
    /// Its name.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::A => "A",
            Self::Aaaa => "AAAA",
            Self::Https => "HTTPS",
            Self::Svcb => "SVCB",
            Self::Cname => "CNAME",
        }
    }
}

/// The part of an HTTPS or SVCB record that is the same for all regions, as octets of RDATA: ServiceMode, the owner
/// itself as target, protocols, port (RFC 9460 §2.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding(Box<[u8]>);

impl Binding {
    /// Protocols in order of preference, 1 to 255 octets each; none: the scheme's default. A port; none: the scheme's.
    #[must_use]
    pub fn new(alpn: &[&str], port: Option<u16>) -> Self {
        let mut octets = vec![0, PRIORITY, 0];
        let mut parameter = |key: u8, value: &[u8]| {
            octets.extend([0, key]);
            octets.extend((value.len() as u16).to_be_bytes());
            octets.extend(value);
        };
        if !alpn.is_empty() {
            let ids = alpn.iter().flat_map(|id| std::iter::once(id.len() as u8).chain(id.bytes()));
            parameter(ALPN, &ids.collect::<Vec<u8>>());
        }
        if let Some(port) = port {
            parameter(PORT, &port.to_be_bytes());
        }
        Self(octets.into())
    }

    /// The octets; hints of addresses follow them.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}

/// ServiceMode, and the one record there is.
const PRIORITY: u8 = 1;
const ALPN: u8 = 1;
const PORT: u8 = 3;

/// How a service orders its regions.
#[derive(Clone, Debug, PartialEq)]
pub enum Strategy {
    /// By great-circle distance from the client's country, divided by the region's bias.
    Nearest,
    /// By ordered lists per location. Regions that a list leaves out come behind it, in the service's order.
    Geo(GeoLists),
    /// By measured round trips, and by distance where none was measured.
    Latency(Latencies),
    /// As the service lists them.
    Failover,
    /// By weight, spread over clients; one weight a region, in the order of `Service::regions`.
    Weighted(Vec<u32>),
}

/// The lists of the `geo` strategy: the most specific key that a client matches decides.
#[derive(Clone, Debug, PartialEq)]
pub struct GeoLists {
    /// Keyed lists, in file order.
    pub rules: Vec<(GeoKey, Vec<RegionId>)>,
    /// Everyone else.
    pub default: Vec<RegionId>,
}

/// A key of the `geo` strategy, most specific kind first.
#[derive(Clone, Debug, PartialEq)]
pub enum GeoKey {
    /// `"203.0.113.0/24"`; never longer than a quantum.
    Prefix(Prefix),
    /// `asn:64500`
    Asn(u32),
    /// `subdivision:US-CA`
    Subdivision(Subdivision),
    /// `country:GB`
    Country(Country),
    /// `@EU`: its name and members.
    Group(Box<str>, Vec<Country>),
    /// `continent:EU`
    Continent(Continent),
}

impl fmt::Display for GeoKey {
    /// As a config writes it.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Prefix(prefix) => write!(out, "{prefix}"),
            Self::Asn(asn) => write!(out, "asn:{asn}"),
            Self::Subdivision(subdivision) => write!(out, "subdivision:{subdivision}"),
            Self::Country(country) => write!(out, "country:{country}"),
            Self::Group(name, _) => write!(out, "{name}"),
            Self::Continent(continent) => write!(out, "continent:{}", continent.code()),
        }
    }
}
