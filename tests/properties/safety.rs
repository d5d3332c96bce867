//! Any acts of operators, in any order, several regions at once, for one service or for all: what is accepted breaks no
//! rule that is enabled. The rules are held here against the published picture, not against the figures that judged.

use std::collections::BTreeMap;
use std::path::Path;

use meridian::catalog::Catalog;
use meridian::config::{Files, load_from};
use meridian::region::{RegionId, RegionSet};
use meridian::snapshot::Snapshot;
use meridian::steer::{Conditions, ServiceId, Spread, Supposed};
use meridian::world::{Compiled, Kept, Override, OverrideKind, World};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, TestRunner};

use super::picture::NOW;

#[derive(Clone, Debug)]
struct Attempt {
    regions: Vec<&'static str>,
    kind: OverrideKind,
    service: Option<&'static str>,
}

fn attempt() -> impl Strategy<Value = Attempt> {
    let regions = subsequence(REGIONS.to_vec(), 1..=3);
    let service = select(&[None, Some("near.example.com"), Some("spread.example.com")][..]);
    (regions, select(&KINDS[..]), service).prop_map(|(regions, kind, service)| Attempt {
        regions,
        kind,
        service,
    })
}

fn orders(attempt: &Attempt) -> Vec<Override> {
    let order = |region: &&str| Override {
        region: (*region).into(),
        service: attempt.service.map(Into::into),
        kind: attempt.kind,
        actor: "properties".into(),
        reason: "an attempt".into(),
        from: NOW.unix,
        until: NOW.unix + 3_600,
        gradual: None,
    };
    attempt.regions.iter().map(order).collect()
}

fn eligible(allowed: &RegionSet, spread: &Spread, conditions: &Conditions) -> Vec<RegionId> {
    let serves = |id: &RegionId| spread.rejects(*id, &conditions.states[id.index()]).is_none();
    allowed.iter().filter(serves).collect()
}

/// The first service and bound in which a picture has too little.
fn short(snapshot: &Snapshot, regions: usize, capacity: f64) -> Option<String> {
    let catalog: &Catalog = snapshot.catalog();
    let sum = |ids: &[RegionId]| -> u32 { ids.iter().map(|id| catalog.regions[id.index()].capacity).sum() };
    for (id, service) in (0..).map(ServiceId).zip(&catalog.services) {
        let (policy, board) = (snapshot.plan().policy(id).unwrap(), snapshot.board(id).unwrap());
        for (allowed, _) in policy.enclosures().into_iter().filter(|(allowed, _)| !allowed.is_empty()) {
            let left = eligible(&allowed, policy.spread(), board.conditions());
            let all: Vec<RegionId> = allowed.iter().collect();
            let part = f64::from(sum(&left)) / f64::from(sum(&all));
            if left.len() < regions || part < capacity - 1e-9 {
                return Some(format!("{}: {left:?} of {all:?}", service.name));
            }
        }
    }
    None
}

#[test]
fn an_act_that_is_accepted_breaks_no_rule_now_or_after_one_more_loss() {
    let mut refused = 0;
    let mut accepted = 0;
    let held = std::cell::RefCell::new(world());
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let counts = std::cell::RefCell::new((&mut accepted, &mut refused));
    TestRunner::new(config)
        .run(&prop::collection::vec(attempt(), 1..8), |attempts| {
            let mut world = held.borrow_mut();
            let before: Vec<_> = world.overrides().map(Override::place).collect();
            before.iter().for_each(|place| drop(world.lift(place, NOW)));
            for attempt in &attempts {
                let orders = orders(attempt);
                if world.judge(&orders, &[], NOW).is_err() {
                    *counts.borrow_mut().1 += 1;
                    continue;
                }
                *counts.borrow_mut().0 += 1;
                orders.into_iter().for_each(|order| drop(world.impose(order, NOW)));
                let now = world.publish(NOW).0;
                prop_assert_eq!(short(&now, 1, 0.3), None, "after {:?}", attempt);
                for region in REGIONS {
                    let lost = world.suppose(&[(region.into(), Supposed::Down)], NOW).unwrap();
                    prop_assert_eq!(short(&lost, 1, 0.3), None, "after {:?} and without {}", attempt, region);
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(accepted > 50 && refused > 50, "{accepted} accepted, {refused} refused: both are tried");
}

fn world() -> World {
    let files = Files::Memory(BTreeMap::from([
        ("meridian.toml".into(), CONFIG.into()),
        (
            "zones/example.com.zone".into(),
            "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n".into(),
        ),
    ]));
    let loaded =
        load_from(&files, Path::new("meridian.toml")).unwrap_or_else(|problems| panic!("{problems:#?}"));
    World::new(Compiled::new(loaded.config.catalog).unwrap(), Kept::default(), NOW)
}

const KINDS: [OverrideKind; 3] = [OverrideKind::Drain, OverrideKind::ForceDown, OverrideKind::ForceUp];
const REGIONS: [&str; 7] = ["us", "ca", "mx", "de", "ie", "fr", "es"];

const CONFIG: &str = r#"
[server]
listen = ["127.0.0.1:0"]
[zones]
directory = "zones"
[regions.us]
jurisdiction = "US"
coordinates = [39, -77]
endpoints = ["192.0.2.1"]
capacity = 100
[regions.ca]
jurisdiction = "CA"
coordinates = [45, -75]
endpoints = ["192.0.2.2"]
capacity = 50
[regions.mx]
jurisdiction = "MX"
coordinates = [19, -99]
endpoints = ["192.0.2.3"]
capacity = 80
[regions.de]
jurisdiction = "EU"
coordinates = [50, 8]
endpoints = ["192.0.2.4"]
capacity = 60
[regions.ie]
jurisdiction = "EU"
coordinates = [53, -6]
endpoints = ["192.0.2.5"]
capacity = 60
[regions.fr]
jurisdiction = "EU"
coordinates = [48, 2]
endpoints = ["192.0.2.6"]
capacity = 40
[regions.es]
jurisdiction = "EU"
coordinates = [40, -3]
endpoints = ["192.0.2.7"]
capacity = 60
[services."near.example.com"]
regions = ["us", "ca", "mx", "de", "ie", "fr", "es"]
strategy = "nearest"
[services."spread.example.com"]
regions = ["us", "ca", "mx", "de", "ie", "fr", "es"]
strategy = "weighted"
weights = { us = 2, ca = 1, mx = 1, de = 3, ie = 1, fr = 1, es = 1 }
[fences.gdpr]
clients = ["@EEA"]
jurisdictions = ["EU"]
[safety]
min_regions = 1
min_capacity = "30%"
n_minus_1 = true
"#;
