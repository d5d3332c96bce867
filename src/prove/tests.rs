//! Planted faults: a decision, a scope or a policy that is broken on purpose, and the counterexample that says so.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::oracle::space::{Span, top};
use super::*;
use crate::config::{Files, load_from};
use crate::geo::{Family, Located, SetId, Table};
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::{self, Reason, Route, ServiceId, Spread, State, Tables, View};
use crate::world::{Compiled, Kept, Supposed, World};

/// The sample with a small database.
const SAMPLE: &str = include_str!("../../meridian.toml");

fn sample(geoip: &str) -> String {
    SAMPLE
        .replace("[geoip]", "[geoip]\ndatabase = \"small.mmdb\"")
        .replace("overrides = {", &format!("overrides = {{ {geoip}"))
}

fn compiled(text: &str) -> Compiled {
    // A name with a CNAME has no other records, so the sample's TXT goes.
    let zone = include_str!("../../zones/yourdomain.com.zone");
    let zone: String =
        zone.lines().filter(|line| !line.starts_with("api ")).flat_map(|line| [line, "\n"]).collect();
    let files = [
        ("meridian.toml", text.as_bytes().to_vec()),
        ("small.mmdb", small()),
        ("zones/yourdomain.com.zone", zone.into_bytes()),
    ];
    let files: BTreeMap<PathBuf, Vec<u8>> = files.map(|(path, bytes)| (path.into(), bytes)).into();
    let loaded = load_from(&Files::Memory(files), Path::new("meridian.toml")).unwrap();
    Compiled::new(loaded.config.catalog).unwrap()
}

fn small() -> Vec<u8> {
    include_bytes!("../../tests/data/maxmind-test/GeoIP2-Country-Test.mmdb").to_vec()
}

/// What the whole proof finds, where the oracle reads `text`.
fn found(text: &str, subject: &Subject<'_>) -> Ledger {
    let rules = Rules::read(text).unwrap();
    let records = Records::read(&small()).unwrap();
    let survey = |family| Survey::new(subject, &Ground::new(&rules, &records, family), &|| false);
    let surveys: Vec<Survey> = Family::BOTH.map(survey).into();
    let mut ledger = Ledger::default();
    let cases = cases(subject, &rules, &surveys, &mut ledger);
    let mut tables = Tables::default();
    cases.iter().for_each(|case| ledger.merge(examine(subject, case, &mut tables)));
    for policy in 0..subject.plan.policies().len() {
        let boards = Boards::new(subject, policy, &surveys);
        ledger.merge(boards.pending(&cases, &mut tables));
        (0..boards.count()).for_each(|state| ledger.merge(boards.examine(state, &mut tables)));
    }
    ledger.merge(moves(subject));
    ledger.merge(lifetimes(subject, &rules));
    surveys.into_iter().for_each(|survey| ledger.merge(survey.into_ledger()));
    ledger
}

/// The counterexample of an invariant.
fn counterexample(ledger: &Ledger, wanted: Invariant) -> Counterexample {
    let examined = ledger.invariants().find(|(invariant, _)| *invariant == wanted).unwrap().1;
    examined.counterexample.clone().unwrap_or_else(|| panic!("{} holds", wanted.word()))
}

fn broken(decide: fn(&View, &Spread, &[State], &mut Tables) -> Route) -> Ledger {
    let text = sample("");
    let compiled = compiled(&text);
    found(&text, &Subject { decide, ..Subject::new(compiled.catalog(), compiled.plan()) })
}

fn one(region: RegionId) -> Route {
    Route::One(region, Reason::Preferred)
}

#[test]
fn the_sample_holds() {
    let text = sample("");
    let compiled = compiled(&text);
    let ledger = found(&text, &Subject::new(compiled.catalog(), compiled.plan()));
    for (invariant, examined) in ledger.invariants() {
        assert_eq!(examined.counterexample, None, "{}", invariant.word());
        assert!(examined.cases > 20, "{}: {}", invariant.word(), examined.cases);
    }
    assert_eq!(ledger.invariants().count(), 7);
}

#[test]
fn a_fence_that_the_plan_forgot_is_found() {
    let text = sample("");
    let forgetful = compiled(&text.replace("clients = [\"@EEA\", \"CH\"]", "clients = [\"@EEA\"]"));
    let ledger = found(&text, &Subject::new(forgetful.catalog(), forgetful.plan()));
    let fence = counterexample(&ledger, Invariant::Fence);
    assert!(fence.allowed.ends_with("(inside gdpr)"), "{fence:?}");
}

#[test]
fn a_last_resort_that_leaves_the_fence_is_found() {
    let ledger = broken(|view, spread, states, _| {
        let up = |region: RegionId| spread.rejects(region, &states[region.index()]).is_none();
        if view.candidates().any(up) { steer::decide(view, spread, states) } else { one(view.order[0]) }
    });
    let fence = counterexample(&ledger, Invariant::Fence);
    assert!(fence.states.iter().all(|(_, state)| ["down", "drained"].contains(state)), "{fence:?}");
    assert!(fence.found == "us-east" || fence.found == "ap-southeast", "{fence:?}");
}

#[test]
fn a_route_without_slots_is_found() {
    let ledger = broken(|view, spread, states, _| match steer::decide(view, spread, states) {
        Route::Slots(slots) => Route::Slots(slots[..slots.len() - 1].into()),
        route => route,
    });
    let empty = counterexample(&ledger, Invariant::NeverEmpty);
    assert_eq!(empty.found, "no region for some slots");
    assert!(empty.states.iter().any(|(_, state)| *state == "weight 30"), "{empty:?}");
}

#[test]
fn a_fence_that_is_not_intersected_is_found_in_a_mixed_quantum() {
    let mixed = sample("\"2001:218::/64\" = \"DE\", ");
    let blind = compiled(&sample(""));
    let ledger = found(&mixed, &Subject::new(blind.catalog(), blind.plan()));
    let fence = counterexample(&ledger, Invariant::Fence);
    assert_eq!((fence.client.to_string().as_str(), &*fence.states), ("2001:218::/56", &[][..]));
}

#[test]
fn a_scope_that_overlaps_other_clients_is_found() {
    let text = sample("");
    let compiled = compiled(&text);
    let scope = |table: &Table, located: &Located, uniform: &dyn Fn(SetId) -> bool| {
        table.scope(located, uniform).saturating_sub(1)
    };
    let ledger = found(&text, &Subject { scope, ..Subject::new(compiled.catalog(), compiled.plan()) });
    let scope = counterexample(&ledger, Invariant::ScopeSound);
    assert!(scope.found.starts_with("scope /"), "{scope:?}");
}

#[test]
fn a_board_that_serves_something_else_than_the_decision_is_found() {
    let ledger = broken(|view, spread, states, _| match steer::decide(view, spread, states) {
        Route::One(region, _) => one(view.candidates().last().unwrap_or(region)),
        route => route,
    });
    assert!(counterexample(&ledger, Invariant::ScopeSound).found.contains("another route"));
}

#[test]
fn a_region_outside_that_changes_an_answer_is_found() {
    let ledger = broken(|view, spread, states, _| {
        let outside = view.order.iter().find(|region| !view.allowed.contains(**region));
        let down = outside.is_some_and(|region| states[region.index()].rejection.is_some());
        let last = view.candidates().last().filter(|_| down);
        last.map_or_else(|| steer::decide(view, spread, states), one)
    });
    let independence = counterexample(&ledger, Invariant::Independence);
    assert!(independence.found.contains("outside"), "{independence:?}");
}

#[test]
fn a_table_that_shuffles_is_found() {
    let ledger = broken(|view, spread, states, _| {
        let up = |region: &RegionId| spread.rejects(*region, &states[region.index()]).is_none();
        let eligible: Vec<RegionId> = view.candidates().filter(up).collect();
        match eligible.as_slice() {
            [first, second, _, ..] => one(if eligible.len().is_multiple_of(2) { *first } else { *second }),
            _ => steer::decide(view, spread, states),
        }
    });
    assert!(counterexample(&ledger, Invariant::Monotone).found.contains("moves from"));
}

#[test]
fn a_share_that_jumps_is_found() {
    let ledger = broken(|view, spread, states, _| {
        let mut states = states.to_vec();
        states.iter_mut().filter(|state| state.weight >= 50).for_each(|state| state.weight = 100);
        steer::decide(view, spread, &states)
    });
    let moves = counterexample(&ledger, Invariant::SmallMoves);
    assert!(moves.found.starts_with("4096 of 4096"), "{moves:?}");
}

#[test]
fn a_ttl_beyond_what_the_file_says_is_found() {
    let text = sample("");
    let compiled = compiled(&text);
    let short =
        text.replace("ttl = { min = \"5s\", max = \"30s\" }", "ttl = { min = \"5s\", max = \"20s\" }");
    let ledger = found(&short, &Subject::new(compiled.catalog(), compiled.plan()));
    assert_eq!(counterexample(&ledger, Invariant::TtlBounds).allowed, "5s to 20s");
}

/// What queries find of a server with `config`, where the oracle reads `text` and both European regions are down.
fn sent(text: &str, config: &str) -> Ledger {
    let (rules, records) = (Rules::read(text).unwrap(), Records::read(&small()).unwrap());
    let [v4, v6] = Family::BOTH.map(|family| Ground::new(&rules, &records, family));
    let now = Now { monotonic: Duration::ZERO, unix: 0 };
    let world = World::new(compiled(config), Kept::default(), now);
    let lost = ["eu-west", "eu-central"].map(|region| (region.into(), Supposed::Down));
    let snapshot = world.suppose(&lost, now).unwrap();
    let grounds = Grounds { records: &records, v4: &v4, v6: &v6 };
    let mut ledger = Ledger::default();
    for family in Family::BOTH {
        ledger.merge(wire(&snapshot, &rules, grounds, family, (&[], &|| false)));
    }
    ledger
}

#[test]
fn query_bytes_are_answered_as_the_oracle_allows_and_a_forgotten_fence_is_found() {
    let text = sample("");
    let ledger = sent(&text, &text);
    let (invariant, examined) = ledger.invariants().next().unwrap();
    assert_eq!((invariant, &examined.counterexample), (Invariant::Wire, &None));
    assert!(examined.cases > 1_000, "{}", examined.cases);
    let forgetful = sent(&text, &text.replace("clients = [\"@EEA\", \"CH\"]", "clients = [\"@EEA\"]"));
    assert_eq!(counterexample(&forgetful, Invariant::Wire).allowed, "eu-west, eu-central");
}

#[test]
fn cname_targets_are_proven_as_addresses_are_and_a_forgotten_fence_is_found() {
    // The sample's zone holds a text at api: a CNAME stands alone.
    let mut text = sample("").replace("\"api.yourdomain.com\"", "\"named.yourdomain.com\"");
    for line in SAMPLE.lines().filter(|line| line.starts_with("endpoints = ")) {
        let name = format!("endpoints = [\"lb-{}.example.net\"]", text.matches("lb-").count());
        text = text.replacen(line, &name, 1);
    }
    let text: String = text
        .lines()
        .filter(|line| {
            !["probe = ", "types = ", "https = ", "min_endpoints = "].iter().any(|key| line.starts_with(key))
        })
        .flat_map(|line| [line, "\n"])
        .collect();
    let compiled = compiled(&text);
    assert!(compiled.catalog().services.iter().all(steer::Service::is_alias));
    let ledger = found(&text, &Subject::new(compiled.catalog(), compiled.plan()));
    assert!(ledger.invariants().all(|(_, examined)| examined.counterexample.is_none()));
    let ledger = sent(&text, &text);
    let (_, examined) = ledger.invariants().next().unwrap();
    assert_eq!(examined.counterexample, None);
    let forgetful = sent(&text, &text.replace("clients = [\"@EEA\", \"CH\"]", "clients = [\"@EEA\"]"));
    let wire = counterexample(&forgetful, Invariant::Wire);
    assert!(wire.found.contains("Name("), "{wire:?}");
}

/// Lemma `equal_views`: services that are passed over as of one kind have no bound that no case has.
#[test]
fn every_service_has_its_bounds_without_the_reduction() {
    let own = |name: &str, more: &str| {
        format!(
            "\n[services.\"{name}.yourdomain.com\"]\nregions = [\"us-east\", \"eu-west\", \"eu-central\"]\nstrategy = \"nearest\"\n{more}\n"
        )
    };
    let pinned = "jurisdictions = [\"EU\"]";
    let fence = "\n[fences.own]\nclients = [\"US\", \"CA\"]\njurisdictions = [\"US\"]\nservices = [\"fenced.yourdomain.com\"]\nsink = [\"192.0.2.99\", \"2001:db8::99\"]\n";
    let text = sample("")
        + &own("one", "")
        + &own("other", "")
        + &own("pinned", pinned)
        + &own("fenced", "")
        + &own("last", "")
        + fence;
    let compiled = compiled(&text);
    let subject = Subject::new(compiled.catalog(), compiled.plan());
    let (rules, records) = (Rules::read(&text).unwrap(), Records::read(&small()).unwrap());
    let surveys =
        Family::BOTH.map(|family| Survey::new(&subject, &Ground::new(&rules, &records, family), &|| false));
    let cases = cases(&subject, &rules, &surveys, &mut Ledger::default());
    let mut met = BTreeSet::new();
    for (id, service) in (0..).map(ServiceId).zip(&subject.catalog.services) {
        let policy = subject.plan.policy_of()[id.index()] as usize;
        for (class, holders) in surveys.iter().flat_map(|survey| survey.met.keys()) {
            let bound = rules.bound(subject.catalog, &rules.kin(&service.name), *holders);
            let view = subject.plan.view_of(id, *class).unwrap();
            let mut own = cases.iter().filter(|case| (case.policy, case.view) == (policy, view));
            assert!(
                own.any(|case| case.bounds.iter().any(|(known, ..)| *known == bound)),
                "{}",
                service.name
            );
            met.insert(bound);
        }
    }
    assert!(met.len() >= 5, "bounds are told apart: {met:?}");
}

/// Lemma `equal_prefixes`: whatever prefix is asked about, its class and its holders were met together.
#[test]
fn every_prefix_is_met_without_the_reduction() {
    let text = sample("\"81.2.69.0/30\" = \"FR\", \"2a02:fb80:8000::/33\" = \"DE\", ");
    let compiled = compiled(&text);
    let subject = Subject::new(compiled.catalog(), compiled.plan());
    let (rules, records) = (Rules::read(&text).unwrap(), Records::read(&small()).unwrap());
    for family in Family::BOTH {
        let ground = Ground::new(&rules, &records, family);
        let survey = Survey::new(&subject, &ground, &|| false);
        let near = records
            .of(family)
            .iter()
            .flat_map(|(span, _)| [span.first, span.last, span.last.wrapping_add(1)]);
        for at in near.chain([0, u128::MAX]) {
            for length in 1..=family.quantum() {
                let span = Span::around(at, length);
                let first = super::oracle::space::address(family, span.first);
                if matches!(first, IpAddr::V6(first) if super::oracle::space::unwrapped(first).is_some()) {
                    continue;
                }
                let class = compiled.plan().table().locate(first, length).class;
                let inside = ground.starts.iter().map(|start| u128::from(*start) << 64);
                let inside = inside.filter(|start| span.first < *start && *start <= span.last);
                let starts = [span.first].into_iter().chain(inside);
                let each = starts.map(|start| ground.at(super::oracle::space::address(family, start)));
                let holders = each.fold(Holders::default(), Holders::and);
                assert!(
                    survey.met.contains_key(&(class, holders)),
                    "{first}/{length}: {:?}",
                    holders.words()
                );
            }
        }
    }
    assert_eq!(top("0.0.0.1".parse().unwrap()), 1 << 96);
}
