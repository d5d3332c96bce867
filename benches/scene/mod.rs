//! Worlds of a chosen size over the built-in database, and the queries that benches ask of them.
//!
//! Every region has one address of each family; a third of them lie in the EU, and a fence holds the clients of the
//! EEA to those. Services are steered by distance and share four policies. Only what benches need.
#![allow(dead_code)] // each bench is a crate of its own and uses its part

use std::hint::black_box;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use meridian::answer::{Outcome, answer};
use meridian::catalog::{Catalog, Host, Safety};
use meridian::client::{Carrier, Client};
use meridian::geo::{Atlas, Coordinates, Database, Prefixes, Steering, group};
use meridian::health::{FaultClass, Layer, Observation, ProbePlan, Reading, Vantage, VantageId};
use meridian::now::Now;
use meridian::region::{Endpoints, Jurisdiction, Region, RegionId};
use meridian::snapshot::{Parts, Published, Snapshot};
use meridian::steer::{
    Binding, Board, Conditions, Fence, Motion, Plan, Portions, SLOTS, Service, State, SteeredType, Strategy,
    TtlBounds, Unlocated, seed,
};
use meridian::world::{Compiled, Kept, World};
use meridian::zone::{Name, Rtype, Spot, Steered, ZoneFile, Zones};

/// How much there is of everything.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) services: usize,
    pub(crate) regions: usize,
}

/// As the sample config: one service, four regions.
pub(crate) const SMALL: Size = Size { services: 1, regions: 4 };

/// What a query is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A of a steered name, with a random /24.
    SteeredV4,
    /// AAAA of a steered name, with a random /56.
    SteeredV6,
    /// A of a steered name, by the resolver's address.
    SteeredPlain,
    /// A of a static name.
    Static,
    /// A of a random name that does not exist.
    Missing,
    /// A below a delegation with glue.
    Referral,
}

/// The catalog of a size.
pub(crate) fn catalog(size: Size) -> Catalog {
    let database = Database::built_in();
    Catalog {
        regions: (0..size.regions).map(region).collect(),
        services: (0..size.services).map(|at| service(at, size.regions)).collect(),
        fences: vec![fence()],
        plans: vec![plan()],
        vantages: vec![Vantage::default()],
        safety: Safety::default(),
        zones: zones(size.services),
        atlas: Atlas::compile(&database, &[], Steering::default()),
        located: Vec::new(),
        unlocated: Prefixes::new(&["203.0.113.53/32".parse().expect("a prefix")]),
        database: database.metadata().clone(),
        config_sha256: "".into(),
        host: Host::default(),
    }
}

/// A world of a size, nothing known of its regions.
pub(crate) fn world(size: Size) -> World {
    let compiled = Compiled::new(catalog(size)).expect("few classes");
    World::new(compiled, Kept::default(), at(0))
}

/// A picture in which every region has `weight` of its share.
pub(crate) fn weighed(size: Size, weight: u8) -> Snapshot {
    let catalog = catalog(size);
    let plan = Plan::new(&catalog.sources()).expect("few classes");
    let conditions = conditions(&catalog, weight);
    let board = |policy| Arc::new(Board::new(&plan, policy, conditions.clone()));
    Snapshot::new(Parts {
        epoch: 1,
        generation: 1,
        boards: plan.policies().iter().map(board).collect(),
        board_of: plan.policy_of().to_vec(),
        published: catalog
            .regions
            .iter()
            .map(|region| Published::new(region.endpoints.addresses()))
            .collect(),
        catalog: Arc::new(catalog),
        plan: Arc::new(plan),
    })
}

/// All regions up, with `weight` of their share.
pub(crate) fn conditions(catalog: &Catalog, weight: u8) -> Conditions {
    let state =
        |region: &Region| State { rejection: None, weight, share: SLOTS as u16, seed: seed(&region.name) };
    Conditions {
        states: catalog.regions.iter().map(state).collect(),
        pending: vec![None; catalog.regions.len()],
        canary: None,
    }
}

/// A round that finds a region's first endpoint down …
pub(crate) fn failure(region: u16) -> Observation {
    observation(region, Err(FaultClass::Refused))
}

/// … and one that finds it up.
pub(crate) fn success(region: u16) -> Observation {
    observation(region, Ok(()))
}

fn observation(region: u16, result: Result<(), FaultClass>) -> Observation {
    Observation {
        vantage: VantageId::default(),
        region: RegionId(region),
        endpoint: 0,
        layer: Layer::Tcp,
        result,
        took: Duration::ZERO,
        reading: Reading::Nothing,
    }
}

/// A moment, in seconds.
pub(crate) fn at(second: u64) -> Now {
    Now { monotonic: Duration::from_secs(second), unix: 1_790_000_000 + second }
}

/// Random numbers, the same in every run (xorshift64*).
pub(crate) fn noise() -> impl Iterator<Item = u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    std::iter::repeat_with(move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    })
}

/// Distinct queries of a kind, spread over the services.
pub(crate) fn queries(kind: Kind, size: Size, count: usize) -> Vec<Vec<u8>> {
    let name = |bits: u64| match kind {
        Kind::Static => "www.example.com".to_owned(),
        Kind::Missing => format!("{bits:016x}.example.com"),
        Kind::Referral => format!("{bits:04x}.team.example.com"),
        Kind::SteeredV4 | Kind::SteeredV6 | Kind::SteeredPlain => {
            service_name((bits >> 40) as usize % size.services)
        }
    };
    let query = |bits: u64| match kind {
        Kind::SteeredV6 => {
            let address = Ipv6Addr::from_bits(u128::from(0x2000 << 48 | bits >> 11 << 8) << 64);
            question(&name(bits), Rtype::AAAA, Some((address.into(), 56)))
        }
        Kind::SteeredPlain => question(&name(bits), Rtype::A, None),
        _ => {
            let address = Ipv4Addr::from_bits(bits as u32 & 0xffff_ff00);
            question(&name(bits), Rtype::A, Some((address.into(), 24)))
        }
    };
    noise().take(count).map(query).collect()
}

/// Answers one query, from a resolver whose address is drawn from `bits`; octets of the answer.
pub(crate) fn ask(snapshot: &Snapshot, query: &[u8], bits: u32, out: &mut [u8]) -> usize {
    let client = Client { address: Ipv4Addr::from_bits(bits).into(), carrier: Carrier::Udp, limit: 1232 };
    match black_box(answer(snapshot, &client, at(1), query, out)) {
        Outcome::Answered { length, .. } => length,
        Outcome::Dropped => 0,
    }
}

fn question(name: &str, rtype: Rtype, subnet: Option<(IpAddr, u8)>) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
    message.extend(Name::from_text(name, &Name::root()).expect("a name").wire());
    message.extend(rtype.0.to_be_bytes());
    message.extend([0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0]);
    let Some((address, source)) = subnet else {
        message.extend([0, 0]);
        return message;
    };
    let (family, octets) = match address {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (2, address.octets().to_vec()),
    };
    let octets = &octets[..usize::from(source.div_ceil(8))];
    let length = octets.len() as u8;
    message.extend([0, length + 8, 0, 8, 0, length + 4, 0, family, source, 0]);
    message.extend(octets);
    message
}

fn region(at: usize) -> Region {
    let (latitude, longitude) = match at % 3 {
        0 => (38.0, -120.0),
        1 => (45.0, -5.0),
        _ => (0.0, 100.0),
    };
    let step = (at / 3) as f64 * 0.5;
    let (four, six) = (Ipv4Addr::from_bits(0xc633_6400 + at as u32), 0x2001_0db8 << 96 | at as u128);
    let endpoints: Vec<IpAddr> = vec![four.into(), Ipv6Addr::from_bits(six).into()];
    Region {
        name: format!("region-{at}").into(),
        jurisdiction: Jurisdiction(["US", "EU", "SG"][at % 3].into()),
        coordinates: Coordinates::new(latitude + step / 4.0, longitude + step).ok(),
        probe_endpoints: endpoints.clone(),
        endpoints: Endpoints::Addresses(endpoints),
        capacity: 100,
        bias: 1.0,
        min_endpoints: 2, // one endpoint down, and the region is
        plan: Some(0),
    }
}

/// One of four policies: all regions, in another order of the file.
fn service(at: usize, regions: usize) -> Service {
    let mut order: Vec<RegionId> = (0..regions as u16).map(RegionId).collect();
    order.rotate_left(at % 4);
    Service {
        name: service_name(at).into(),
        regions: order,
        strategy: Strategy::Nearest,
        ttl: TtlBounds { min: 5, max: 30 },
        jurisdictions: Vec::new(),
        types: vec![SteeredType::A, SteeredType::Aaaa],
        binding: Binding::new(&[], None),
        portions: Portions::default(),
        motion: Motion::default(),
    }
}

fn service_name(at: usize) -> String {
    format!("api-{at}.example.com")
}

fn fence() -> Fence {
    Fence {
        name: "eea".into(),
        clients: group("@EEA").expect("a named group").to_vec(),
        unlocated: Unlocated::Free,
        jurisdictions: vec![Jurisdiction("EU".into())],
        services: None,
        sink: Vec::new(),
        sink_alias: None,
    }
}

fn plan() -> ProbePlan {
    ProbePlan { fall: 1, rise: 1, ..ProbePlan::default() }
}

fn zones(services: usize) -> Zones {
    let steered = |at: usize| Steered {
        name: Name::from_text(&service_name(at), &Name::root()).expect("a name"),
        service: at as u32,
        types: vec![Rtype::A, Rtype::AAAA],
        spot: Spot { file: "bench".into(), line: 1, column: 1 },
        key: String::new(),
    };
    let steered: Vec<Steered> = (0..services).map(steered).collect();
    let file = ZoneFile { file: "example.com.zone".into(), text: ZONE.to_owned() };
    let (zones, _) = Zones::build(&[file], &|_, _| Err(String::new()), &steered).expect("a sound zone");
    zones
}

const ZONE: &str = "$ORIGIN example.com.
$TTL 3600
@ SOA ns1 hostmaster 1 7200 1800 1209600 60
@ NS ns1
ns1 A 192.0.2.53
www A 192.0.2.80
team NS ns.team
ns.team A 192.0.2.54
";
