//! The world that properties are tried on: every strategy, fences that meet, a sink, nested zones, long answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use meridian::config::{Files, load_from};
use meridian::health::{FaultClass, Layer, Observation, Reading, VantageId};
use meridian::now::Now;
use meridian::region::RegionId;
use meridian::snapshot::Snapshot;
use meridian::world::{Compiled, Kept, Override, OverrideKind, World};

/// Names with something to say, and some without.
pub(crate) const NAMES: [&str; 16] = [
    "nearest.example.com",
    "geo.example.com",
    "failover.example.com",
    "weighted.example.com",
    "six.child.example.com",
    "alias.example.com",
    "x.moved.example.com",
    "example.com",
    "big.example.com",
    "any.wild.example.com",
    "deep.sub.example.com",
    "child.example.com",
    "nothing.example.com",
    "b.c.example.com",
    "elsewhere.net",
    "",
];

/// The names that are steered, and the type that each certainly has.
pub(crate) const SERVICES: [(&str, u16); 5] = [
    ("nearest.example.com", 1),
    ("geo.example.com", 28),
    ("failover.example.com", 1),
    ("weighted.example.com", 28),
    ("six.child.example.com", 28),
];

/// The world, with nothing held of any region yet.
pub(crate) fn world() -> World {
    let big: String = (0..12).map(|n| format!("big TXT \"{n} {}\"\n", "long ".repeat(30))).collect();
    let files = Files::Memory(BTreeMap::from([
        ("meridian.toml".into(), CONFIG.into()),
        ("zones/example.com.zone".into(), (ZONE.to_owned() + &big).into_bytes()),
        ("zones/child.example.com.zone".into(), CHILD.into()),
    ]));
    let loaded =
        load_from(&files, Path::new("meridian.toml")).unwrap_or_else(|problems| panic!("{problems:#?}"));
    World::new(Compiled::new(loaded.config.catalog).unwrap(), Kept::default(), NOW)
}

/// What one region is put through: probes, then operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Up,
    Down,
    Doubted,
    Drained,
    ForcedDown,
    ForcedUpWhileDown,
    DrainedForOneService,
    ForcedDownForOneService,
}

pub(crate) const FATES: [Fate; 8] = [
    Fate::Up,
    Fate::Down,
    Fate::Doubted,
    Fate::Drained,
    Fate::ForcedDown,
    Fate::ForcedUpWhileDown,
    Fate::DrainedForOneService,
    Fate::ForcedDownForOneService,
];

/// Puts every region through its fate, whatever came before, and publishes.
pub(crate) fn publish(world: &mut World, fates: &[Fate], service: &str) -> Arc<Snapshot> {
    world.expire(Now { unix: u64::MAX, ..NOW });
    let catalog = Arc::clone(world.catalog());
    for (at, fate) in (0..).zip(fates) {
        let region = &catalog.regions[usize::from(at)];
        let rounds: &[bool] = match fate {
            Fate::Down | Fate::ForcedUpWhileDown => &[false, false],
            Fate::Doubted => &[true, true, false],
            _ => &[true, true],
        };
        for passed in rounds {
            for endpoint in 0..region.endpoints.count() as u16 {
                let result = if *passed { Ok(()) } else { Err(FaultClass::Timeout) };
                let took = Duration::from_millis(1);
                let seen = Observation {
                    vantage: VantageId::default(),
                    region: RegionId(at),
                    endpoint,
                    layer: Layer::Tcp,
                    result,
                    took,
                    reading: Reading::Nothing,
                };
                world.observe(&seen, NOW).expect("every endpoint is probed");
            }
        }
        let (kind, one) = match fate {
            Fate::Up | Fate::Down | Fate::Doubted => continue,
            Fate::Drained => (OverrideKind::Drain, None),
            Fate::ForcedDown => (OverrideKind::ForceDown, None),
            Fate::ForcedUpWhileDown => (OverrideKind::ForceUp, None),
            Fate::DrainedForOneService => (OverrideKind::Drain, Some(service.into())),
            Fate::ForcedDownForOneService => (OverrideKind::ForceDown, Some(service.into())),
        };
        world.impose(
            Override {
                region: region.name.clone(),
                service: one,
                kind,
                actor: "properties".into(),
                reason: "a fate".into(),
                from: NOW.unix,
                until: NOW.unix + 17,
                gradual: None,
            },
            NOW,
        );
    }
    world.publish(NOW).0
}

/// The moment of every answer.
pub(crate) const NOW: Now = Now { monotonic: Duration::from_secs(1_000), unix: 1_800_000_000 };

const CONFIG: &str = r#"
[server]
listen = ["127.0.0.1:0"]
nsid = "properties"
[zones]
directory = "zones"
[geoip]
overrides = { "198.51.100.0/25" = "DE", "198.51.100.128/25" = "US", "30.0.2.0/25" = "FR", "30.0.2.128/25" = "CH" }
unlocated = ["203.0.113.53/32"]
[probes.tcp]
port = 443
interval = "10s"
fall = 2
rise = 2
[regions.us]
jurisdiction = "US"
coordinates = [39, -77]
endpoints = ["192.0.2.10", "2001:db8::10", "192.0.2.11"]
probe = "tcp"
[regions.eu-west]
jurisdiction = "EU"
coordinates = [53, -6]
endpoints = ["192.0.2.20", "2001:db8::20"]
probe = "tcp"
[regions.eu-central]
jurisdiction = "EU"
coordinates = [50, 8]
endpoints = ["192.0.2.30", "2001:db8::30", "2001:db8::31"]
probe = "tcp"
[regions.ch]
jurisdiction = "CH"
coordinates = [47, 8]
endpoints = ["192.0.2.40", "2001:db8::40"]
probe = "tcp"
[regions.sg]
jurisdiction = "SG"
coordinates = [1, 103]
endpoints = ["192.0.2.50", "2001:db8::50"]
probe = "tcp"
[services."nearest.example.com"]
regions = ["us", "eu-west", "eu-central", "ch", "sg"]
strategy = "nearest"
ttl = { min = "2s", max = "60s" }
[services."geo.example.com"]
regions = ["us", "eu-west", "eu-central", "sg"]
strategy = "geo"
geo = { "12.0.0.0/16" = ["sg"], "country:GB" = ["us", "eu-west"], "@EU" = ["eu-central"], "continent:AS" = ["sg"], default = ["us"] }
[services."failover.example.com"]
regions = ["sg", "ch", "us", "eu-west"]
strategy = "failover"
[services."weighted.example.com"]
regions = ["us", "eu-west", "eu-central", "sg"]
strategy = "weighted"
weights = { us = 3, eu-west = 1, eu-central = 2, sg = 0 }
[services."six.child.example.com"]
regions = ["us", "sg"]
strategy = "nearest"
jurisdictions = ["US", "SG"]
[fences.gdpr]
clients = ["@EEA", "CH"]
jurisdictions = ["EU", "CH"]
services = ["nearest.example.com", "geo.example.com", "failover.example.com", "weighted.example.com"]
unlocated = true
[fences.swiss]
clients = ["CH"]
jurisdictions = ["CH"]
services = ["nearest.example.com", "failover.example.com"]
[fences.french]
clients = ["FR"]
jurisdictions = ["EU"]
services = ["nearest.example.com", "failover.example.com"]
sink = ["203.0.113.99", "2001:db8::99"]
[fences.asian]
clients = ["JP", "SG"]
jurisdictions = ["SG"]
sink = ["203.0.113.98", "2001:db8::98"]
"#;

const ZONE: &str = r"
$TTL 300
@ SOA ns host 7 7200 900 1209600 60
@ NS ns
ns A 192.0.2.53
alias CNAME weighted
moved DNAME child
x.child CNAME x
*.wild TXT any
sub NS ns.sub
ns.sub A 192.0.2.6
child NS ns.child
ns.child A 192.0.2.7
a.b.c A 192.0.2.8
";

const CHILD: &str =
    "$TTL 120\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.7\nx CNAME nearest.example.com.\n";
