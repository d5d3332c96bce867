//! Explanations: every part of an answer with what it was come to by.

use meridian::answer::{Candidate, Change, Explanation, Question, explain};
use meridian::client::Prefix;
use meridian::health::Traffic;
use meridian::snapshot::Snapshot;
use meridian::steer::{Reason, Rejection, RoundTrip};
use meridian::world::{OverrideKind, Push, Supposed};
use meridian::zone::Rtype;

use super::stage::{GERMAN, Stage};

const NEAREST: &str = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\", \"ie\", \"sg\"]
strategy = \"nearest\"
ttl = { min = \"5s\", max = \"30s\" }
failback = { delay = \"40s\" }
[fences.gdpr]
clients = [\"@EEA\"]
jurisdictions = [\"EU\"]
unlocated = true
[geoip]
overrides = { \"198.18.0.0/16\" = \"DE\" }
unlocated = [\"192.0.2.53/32\"]
";

fn why(stage: &Stage, client: &str) -> Explanation {
    let client: Prefix = client.parse().unwrap();
    let question = Question {
        name: "api.example.com",
        rtype: Rtype::A,
        client,
        resolver: Some("192.0.2.53".parse().unwrap()),
    };
    let mut explanation = explain(&stage.snapshot, &question, stage.now).unwrap();
    stage.world.annotate(&mut explanation, &[], stage.now);
    explanation
}

fn candidate<'a>(explanation: &'a Explanation, region: &str) -> &'a Candidate {
    explanation.candidates.iter().find(|candidate| &*candidate.region == region).unwrap()
}

fn note(explanation: &Explanation, region: &str) -> String {
    candidate(explanation, region).note.as_deref().unwrap_or_default().to_owned()
}

#[test]
fn a_calm_answer_says_where_the_client_is_and_what_bounds_it() {
    let explanation = why(&Stage::new(NEAREST), GERMAN);
    let grounds = &explanation.grounds;
    assert_eq!((explanation.source, &*grounds.located), ("ecs", "subnet 5.9.0.0/24"));
    let rule = &grounds.rules[0];
    assert_eq!((&*rule.name, &*rule.why), ("fences.gdpr", "holds clients in DE to EU"));
    assert_eq!(&*grounds.order, "nearest to the people of Germany");
    assert_eq!(&*grounds.ttl, "the maximum, nothing is pending");
    assert!(grounds.scope.starts_with("all of 5.") && explanation.scope < 24, "{}", grounds.scope);
    let eu = candidate(&explanation, "eu");
    assert_eq!((eu.rejection, eu.slots, eu.note.as_deref()), (None, 4_096, None));
    assert_eq!(candidate(&explanation, "us").rejection, Some(Rejection::OutsideFence));
    assert_eq!(note(&explanation, "us"), "it is in US");
    let change = Change { region: "eu".into(), is: "eligible", becomes: "down", answer: Some("ie".into()) };
    assert_eq!(grounds.change, Some(change));
}

#[test]
fn an_override_of_the_config_and_an_unlocated_resolver_are_named() {
    let stage = Stage::new(NEAREST);
    let overridden = why(&stage, "198.18.7.0/24");
    assert_eq!(overridden.source, "override");
    assert_eq!(&*overridden.grounds.located, "subnet 198.18.7.0/24, by geoip.overrides: 198.18.0.0/16 is DE");
    let nowhere = why(&stage, "0.0.0.0/0");
    assert_eq!(nowhere.source, "unlocated");
    assert!(nowhere.grounds.located.contains("geoip.unlocated"), "{}", nowhere.grounds.located);
    assert_eq!(&*nowhere.grounds.rules[0].why, "holds clients that cannot be located to EU");
    assert_eq!(&*nowhere.grounds.scope, "the query names no subnet, so nothing is said of one");
}

#[test]
fn a_fallen_region_tells_its_fault_and_its_way_back() {
    let mut stage = Stage::new(NEAREST);
    stage.fall("eu");
    stage.pass(12);
    let fallen = why(&stage, GERMAN);
    assert_eq!((fallen.region.as_deref(), fallen.reason), (Some("ie"), Reason::Failover));
    assert_eq!(note(&fallen, "eu"), "down for 12 s: 192.0.2.20 tcp refused");
    let change = Change { region: "eu".into(), is: "down", becomes: "up", answer: Some("eu".into()) };
    assert_eq!(fallen.grounds.change, Some(change));

    stage.rise("eu");
    stage.pass(30);
    let held = why(&stage, GERMAN);
    assert_eq!(candidate(&held, "eu").rejection, Some(Rejection::Held));
    assert_eq!(note(&held, "eu"), "well again; its traffic waits 10 s more");
    assert_eq!((held.ttl, &*held.grounds.ttl), (10, "eu gets its traffic back in 10 s"));
}

#[test]
fn an_operators_word_is_repeated_with_its_end() {
    let mut stage = Stage::new(NEAREST);
    stage.order("eu", OverrideKind::Drain, None, 8);
    let explanation = why(&stage, GERMAN);
    assert_eq!(note(&explanation, "eu"), "drain eu by alice: test, for 8 s more; its probes say unknown");
    assert_eq!(&*explanation.grounds.ttl, "the override of eu ends in 8 s");
    stage.pass(6);
    let late = why(&stage, GERMAN);
    assert_eq!((late.ttl, &*late.grounds.ttl), (5, "the minimum, the override of eu ends in 2 s"));
}

#[test]
fn where_nothing_alone_would_change_it_nothing_is_named() {
    let alone = "
[services.\"api.example.com\"]
regions = [\"eu\"]
strategy = \"failover\"
";
    let explanation = why(&Stage::new(alone), GERMAN);
    assert_eq!(explanation.grounds.change, None);
    assert_eq!((explanation.scope, &*explanation.grounds.scope), (0, "every client gets this answer"));
}

#[test]
fn a_supposition_is_explained_like_the_real_thing() {
    let stage = Stage::new(NEAREST);
    let picture = stage.world.suppose(&[("eu".into(), Supposed::Down)], stage.now).unwrap();
    let question = Question {
        name: "api.example.com",
        rtype: Rtype::A,
        client: GERMAN.parse().unwrap(),
        resolver: None,
    };
    let mut explanation = explain(&picture, &question, stage.now).unwrap();
    stage.world.annotate(&mut explanation, &["eu".into()], stage.now);
    assert_eq!((explanation.region.as_deref(), explanation.reason), (Some("ie"), Reason::Failover));
    assert_eq!(note(&explanation, "eu"), "supposed");
}

#[test]
fn the_smallest_change_alters_the_answer_and_none_is_named_only_where_none_does() {
    use Supposed::{Down, Drained, Up};
    let mut stage = Stage::new(NEAREST);
    let mut named = std::collections::BTreeSet::new();
    for turn in 0..120_u32 {
        let region = ["eu", "ie", "us", "sg"][turn as usize % 4];
        match turn.wrapping_mul(2_654_435_761) >> 29 {
            0 => stage.fall(region),
            1 => stage.rise(region),
            2 => stage.order(region, OverrideKind::Drain, None, 90),
            3 => stage.order(region, OverrideKind::ForceDown, None, 60),
            4 => stage.order(region, OverrideKind::ForceUp, Some("api.example.com"), 30),
            5 => push(&mut stage, region, 40),
            _ => drop(stage.tick(20)),
        }
        stage.publish();
        for client in [GERMAN, "8.8.8.0/24", "126.0.0.0/24"] {
            let explanation = why(&stage, client);
            let answered = |region: &str, state| {
                let picture = stage.world.suppose(&[(region.into(), state)], stage.now).unwrap();
                explain_on(&picture, client, &stage).region
            };
            let state =
                |word: &str| [Up, Down, Drained].into_iter().find(|state| state.word() == word).unwrap();
            match &explanation.grounds.change {
                Some(change) => {
                    let then = answered(&change.region, state(change.becomes));
                    assert_eq!(then, change.answer, "turn {turn}, {client}: {change:?}");
                    assert_ne!(then, explanation.region, "turn {turn}, {client}: {change:?}");
                    named.insert((change.is, change.becomes));
                }
                None => {
                    for (candidate, state) in explanation
                        .candidates
                        .iter()
                        .flat_map(|one| [Up, Down, Drained].map(|state| (one, state)))
                    {
                        assert_eq!(
                            answered(&candidate.region, state),
                            explanation.region,
                            "turn {turn}, {client}"
                        );
                    }
                }
            }
        }
    }
    for kind in [("eligible", "down"), ("down", "up"), ("drained", "up"), ("forced_down", "up")] {
        assert!(named.contains(&kind), "{kind:?} is among {named:?}");
    }
}

fn push(stage: &mut Stage, region: &str, weight: u8) {
    let until = stage.now.unix + 45;
    let (region, source) = (region.into(), "pod-7".into());
    let push = Push { region, source, weight: Some(weight), load: None, state: None, sequence: None, until };
    stage.world.push(push, stage.now).unwrap();
}

fn explain_on(picture: &Snapshot, client: &str, stage: &Stage) -> Explanation {
    let client: Prefix = client.parse().unwrap();
    let resolver = Some("192.0.2.53".parse().unwrap());
    let question = Question { name: "api.example.com", rtype: Rtype::A, client, resolver };
    explain(picture, &question, stage.now).unwrap()
}

const ALIASED: &str = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\"]
strategy = \"nearest\"
types = [\"A\", \"HTTPS\"]
https = { alpn = [\"h2\"] }
";
const ALIASES: &str = "$TTL 60
@ SOA ns. host. 1 1 1 1 1
@ NS ns.example.net.
www CNAME a1
old DNAME @
round CNAME about
about CNAME round
";

#[test]
fn aliases_are_followed_as_the_lookup_follows_them() {
    let mut zone = ALIASES.to_owned();
    (1..14).for_each(|at| zone += &format!("a{at} CNAME a{}\n", at + 1));
    zone += "a14 CNAME api\nb0 CNAME www\nc0 CNAME b0\n";
    let stage = Stage::with(ALIASED, &[("zones/example.com.zone", &zone)]);
    let ask = |name| {
        let question = Question { name, rtype: Rtype::A, client: GERMAN.parse().unwrap(), resolver: None };
        explain(&stage.snapshot, &question, stage.now)
    };
    let walked = |name| {
        ask(name).map(|explained| explained.aliases.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    assert_eq!(walked("api.example.com").unwrap(), Vec::<String>::new());
    assert_eq!(walked("api.old.example.com").unwrap(), ["api.old.example.com"]);
    let long = walked("www.example.com").unwrap();
    assert_eq!((long.len(), &*long[0], &*long[14]), (15, "www.example.com", "a14.example.com"));
    for name in ["b0.example.com", "c0.example.com", "round.example.com", "ns.example.net"] {
        let refused = ask(name).unwrap_err().to_string();
        assert_eq!(refused, format!("{name} is not steered; the steered names are api.example.com"));
    }
}

#[test]
fn hints_obey_the_decision_that_addresses_do() {
    let stage = Stage::with(ALIASED, &[("zones/example.com.zone", ALIASES)]);
    let ask = |rtype| {
        let question =
            Question { name: "api.example.com", rtype, client: GERMAN.parse().unwrap(), resolver: None };
        explain(&stage.snapshot, &question, stage.now)
    };
    let (addresses, hints) = (ask(Rtype::A).unwrap(), ask(Rtype::HTTPS).unwrap());
    assert_eq!(
        (&hints.records, &hints.region, hints.scope),
        (&addresses.records, &addresses.region, addresses.scope)
    );
    assert_eq!(
        ask(Rtype::AAAA).unwrap_err().to_string(),
        "api.example.com has no AAAA answers; it is answered with A, HTTPS"
    );
}

#[test]
fn a_geo_list_and_a_round_trip_are_named() {
    let geo = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\"]
strategy = \"geo\"
geo = { \"country:DE\" = [\"eu\"], default = [\"us\"] }
";
    let stage = Stage::new(geo);
    assert_eq!(&*why(&stage, GERMAN).grounds.order, "the geo list of country:DE");
    assert_eq!(&*why(&stage, "8.8.8.0/24").grounds.order, "the geo list \"default\"");
    let latency = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\"]
strategy = \"latency\"
latency = \"rows.csv\"
";
    let explanation = why(&Stage::with(latency, &[("rows.csv", "DE,us,9\n")]), GERMAN);
    assert_eq!(candidate(&explanation, "us").round_trip, Some(RoundTrip::Measured(9.0)));
    assert!(matches!(candidate(&explanation, "eu").round_trip, Some(RoundTrip::Estimated(_))));
    assert!(explanation.grounds.order.contains("where none was measured, by distance"));
}

#[test]
fn slots_are_counted_and_a_canary_is_seen() {
    let canary = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\"]
strategy = \"failover\"
canary = { region = \"eu\", share = \"25%\" }
";
    let explanation = why(&Stage::new(canary), GERMAN);
    let slots: Vec<usize> = explanation.candidates.iter().map(|candidate| candidate.slots).collect();
    assert_eq!(slots, [3_072, 1_024]);
    assert_eq!(&*explanation.grounds.scope, "slots are mixed here, so an answer is one quantum's");
}

#[test]
fn what_the_probes_say_is_told_with_its_age() {
    let mut stage = Stage::new(NEAREST);
    assert_eq!(candidate(&why(&stage, GERMAN), "ie").evidence, None, "nobody has looked yet");
    stage.see("ie", Ok(()));
    stage.fall("eu");
    stage.pass(7);
    let explanation = why(&stage, GERMAN);
    let evidence = |region: &str| candidate(&explanation, region).evidence.as_deref().unwrap_or_default();
    assert_eq!(evidence("eu"), "down for 7 s: tcp refused 7 s ago");
    assert_eq!(evidence("ie"), "up for 7 s: tcp passed 7 s ago");
}

#[test]
fn a_lowered_weight_is_told_with_its_evidence() {
    let mut stage = Stage::new(NEAREST);
    stage.see("eu", Ok(()));
    for _ in 0..4 {
        stage.scrape("eu", Traffic { requests: 20.0, gateway_errors: 0.5, ..Traffic::default() });
        stage.tick(10);
    }
    let explanation = why(&stage, GERMAN);
    let weight = candidate(&explanation, "eu").weight;
    assert!(weight < 50, "half of its requests fail: {weight}");
    let said = format!(", its weight {weight}: metrics gateway: 50 % of ");
    assert!(note(&explanation, "eu").contains(&said), "{}", note(&explanation, "eu"));
    let evidence = candidate(&explanation, "eu").evidence.as_deref().unwrap_or_default().to_owned();
    assert!(evidence.contains("metrics gateway: 50 % of "), "{evidence}");
    assert!(evidence.contains("tcp passed 40 s ago, metrics passed 10 s ago"), "{evidence}");
    let status = stage.world.status(stage.now);
    let told = status.regions.iter().find(|region| &*region.name == "eu").unwrap().evidence.clone();
    assert!(told.is_some_and(|told| evidence.ends_with(&*told)), "{status:?}");
}
