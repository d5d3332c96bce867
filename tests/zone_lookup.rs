//! Which records answer for a name: tables for each rule of RFC 1034 §4.3.2 and RFC 4592, and a naive lookup that reads
//! the RFCs word for word and agrees on random zones.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use meridian::zone::{Found, Name, Owner, QueryName, Rtype, Spot, Steered, ZoneFile, Zones};
use proptest::prelude::*;
use proptest::sample::select;

const SOA: &str = "$TTL 300\n@ SOA ns.test. host.test. 1 2 3 4 5\n@ NS ns.test.\n";

fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

fn zones(files: &[(&str, &str)], steered: &[&str]) -> Zones {
    let file = |(origin, lines): &(&str, &str)| ZoneFile {
        file: format!("{origin}.zone").into(),
        text: format!("{SOA}{lines}"),
    };
    let files: Vec<ZoneFile> = files.iter().map(file).collect();
    let steered: Vec<Steered> = (0..)
        .zip(steered)
        .map(|(service, text)| Steered {
            name: name(text),
            service,
            types: vec![Rtype::A],
            spot: Spot { file: "m.toml".into(), line: 1, column: 1 },
            key: (*text).to_owned(),
        })
        .collect();
    match Zones::build(&files, &|_, _| Err("none".to_owned()), &steered) {
        Ok((zones, _)) => zones,
        Err(problems) => panic!("{problems:?} in {files:?}"),
    }
}

/// What was found, in words: `zone: exact A,TXT`, `zone: cut a.example. (2 glue)` …
fn told(zones: &Zones, question: &str) -> String {
    tell(&zones.find(&QueryName::from(&name(question))), question)
}

fn told_ds(zones: &Zones, question: &str) -> String {
    tell(&zones.find_ds(&QueryName::from(&name(question))), question)
}

fn tell(found: &Found<'_>, question: &str) -> String {
    let suffix = |len: usize| {
        let question = name(question);
        let start = question.wire().len() - len;
        Name::from_wire(&question.wire()[start..]).unwrap().to_string()
    };
    match found {
        Found::Outside => "outside".to_owned(),
        Found::Exists { zone, node, owner } => {
            let how = match owner {
                Owner::Exact => "exact".to_owned(),
                Owner::Wildcard { encloser } => format!("*.{}", suffix(*encloser)),
            };
            let mut what: Vec<String> = node.rrsets().iter().map(|set| set.rtype().to_string()).collect();
            what.extend(node.service().map(|service| format!("service {service}")));
            assert_eq!(node.is_empty(), what.is_empty());
            format!("{}: {how} {}", zone.apex(), what.join(","))
        }
        Found::Missing { zone, encloser } => format!("{}: missing below {}", zone.apex(), suffix(*encloser)),
        Found::Cut { zone, cut } => {
            format!("{}: cut {} ({} glue)", zone.apex(), cut.owner(), cut.glue().len())
        }
        Found::Dname { zone, node, suffix: len } => {
            assert!(node.dname().is_some());
            format!("{}: dname {}", zone.apex(), suffix(*len))
        }
    }
}

fn check(zones: &Zones, table: &[(&str, &str)]) {
    for (question, expected) in table {
        assert_eq!(told(zones, question), *expected, "{question}");
    }
}

#[test]
fn wildcards_follow_rfc_4592() {
    // The zone of RFC 4592 §2.2.1.
    let zones = zones(
        &[(
            "example",
            "*.example. TXT x\n*.example. MX 10 host1\nsub.*.example. TXT y\nhost1.example. A 192.0.2.1\n\
            _ssh._tcp.host1.example. SRV 0 0 22 host1\n_ssh._tcp.host2.example. SRV 0 0 22 host1\n\
            subdel.example. NS ns.example.com.\n",
        )],
        &[],
    );
    check(
        &zones,
        &[
            ("host3.example.", "example.: *.example. MX,TXT"),
            ("foo.bar.example.", "example.: *.example. MX,TXT"),
            ("host1.example.", "example.: exact A"),
            ("sub.*.example.", "example.: exact TXT"),
            ("_telnet._tcp.host1.example.", "example.: missing below _tcp.host1.example."),
            ("host.subdel.example.", "example.: cut subdel.example. (0 glue)"),
            ("ghost.*.example.", "example.: missing below *.example."),
            ("*.example.", "example.: exact MX,TXT"),
            ("host2.example.", "example.: exact "),
            ("_tcp.host2.example.", "example.: exact "),
            ("example.", "example.: exact NS,SOA"),
            ("com.", "outside"),
            (".", "outside"),
        ],
    );
}

#[test]
fn a_wildcard_that_exists_only_through_names_below_it_still_catches_its_siblings() {
    let zones = zones(&[("t", "a.*.x A 192.0.2.1\n")], &[]);
    check(
        &zones,
        &[
            ("q.x.t.", "t.: *.x.t. "),
            ("*.x.t.", "t.: exact "),
            ("a.q.x.t.", "t.: *.x.t. "),
            ("a.*.x.t.", "t.: exact A"),
            ("b.*.x.t.", "t.: missing below *.x.t."),
        ],
    );
}

#[test]
fn a_star_that_is_not_the_first_label_is_an_ordinary_label() {
    let zones = zones(&[("t", "a.*.x NS ns.test.\n*.*.y A 192.0.2.1\n")], &[]);
    check(
        &zones,
        &[
            ("a.*.x.t.", "t.: cut a.*.x.t. (0 glue)"),
            ("z.a.*.x.t.", "t.: cut a.*.x.t. (0 glue)"),
            ("b.*.y.t.", "t.: *.*.y.t. A"),
            ("b.c.y.t.", "t.: *.y.t. "),
        ],
    );
}

#[test]
fn a_delegation_beats_wildcards_and_data_below_it() {
    let lines = "*.d A 192.0.2.1\nd NS ns.d\nd NS ns.e\nns.d A 192.0.2.2\nns.d AAAA 2001:db8::2\nd DS 1 8 2 aa\n\
        x.y.d TXT occluded\ny.d NS deeper.test.\ne NS ns.test.\nns.e A 192.0.2.3\n*.e TXT x\n";
    let zones = zones(&[("t", lines)], &[]);
    check(
        &zones,
        &[
            ("d.t.", "t.: cut d.t. (3 glue)"),
            ("ns.d.t.", "t.: cut d.t. (3 glue)"),
            ("q.d.t.", "t.: cut d.t. (3 glue)"),
            ("x.y.d.t.", "t.: cut d.t. (3 glue)"),
            ("y.d.t.", "t.: cut d.t. (3 glue)"),
            ("q.e.t.", "t.: cut e.t. (0 glue)"),
        ],
    );
    assert_eq!(told_ds(&zones, "d.t."), "t.: exact NS,DS");
    assert_eq!(told_ds(&zones, "e.t."), "t.: exact NS");
    assert_eq!(told_ds(&zones, "ns.d.t."), "t.: cut d.t. (3 glue)");
    assert_eq!(told_ds(&zones, "nothing.t."), "t.: missing below t.");
    assert_eq!(told_ds(&zones, "t."), "t.: exact NS,SOA");
}

#[test]
fn a_nested_zone_wins_from_its_apex_down_and_leaves_its_ds_to_the_parent() {
    let parent = "sub NS ns.test.\nsub DS 1 8 2 aa\nsub TXT hidden\nx.sub TXT hidden\n*.sub A 192.0.2.9\n*.un A 192.0.2.9\n";
    let zones =
        zones(&[("t", parent), ("sub.t", "y A 192.0.2.1\n"), ("a.b.un.t", ""), ("deep.cut.t", "")], &[]);
    check(
        &zones,
        &[
            ("sub.t.", "sub.t.: exact NS,SOA"),
            ("y.sub.t.", "sub.t.: exact A"),
            ("x.sub.t.", "sub.t.: missing below sub.t."),
            ("q.un.t.", "t.: *.un.t. A"),
            ("b.un.t.", "t.: exact "),
            ("q.b.un.t.", "t.: missing below b.un.t."),
            ("q.a.b.un.t.", "a.b.un.t.: missing below a.b.un.t."),
        ],
    );
    assert_eq!(told_ds(&zones, "sub.t."), "t.: exact NS,TXT,DS");
    assert_eq!(told_ds(&zones, "a.b.un.t."), "t.: exact ");
    assert_eq!(told_ds(&zones, "y.sub.t."), "sub.t.: exact A");
}

#[test]
fn a_zone_of_ours_below_a_delegation_of_ours_is_served_and_its_ds_referred() {
    let zones = zones(&[("t", "cut NS ns.test.\n"), ("deep.cut.t", "")], &[]);
    check(
        &zones,
        &[
            ("deep.cut.t.", "deep.cut.t.: exact NS,SOA"),
            ("q.deep.cut.t.", "deep.cut.t.: missing below deep.cut.t."),
            ("q.cut.t.", "t.: cut cut.t. (0 glue)"),
        ],
    );
    assert_eq!(told_ds(&zones, "deep.cut.t."), "t.: cut cut.t. (0 glue)");
}

#[test]
fn the_root_can_be_a_zone() {
    let zones = zones(
        &[("", "com NS ns.com\nns.com A 192.0.2.1\norg TXT x\nns.test A 192.0.2.2\n"), ("a.org", "")],
        &[],
    );
    check(
        &zones,
        &[
            (".", ".: exact NS,SOA"),
            ("www.com.", ".: cut com. (1 glue)"),
            ("net.", ".: missing below ."),
            ("b.org.", ".: missing below org."),
            ("x.a.org.", "a.org.: missing below a.org."),
        ],
    );
}

#[test]
fn names_above_and_beside_our_zones_are_outside() {
    let zones = zones(&[("a.b.c", ""), ("d", "")], &[]);
    for question in [".", "c.", "b.c.", "x.b.c.", "x.c.", "ad.", "x."] {
        assert_eq!(told(&zones, question), "outside", "{question}");
    }
    assert_eq!(told(&crate::zones(&[], &[]), "a."), "outside");
}

#[test]
fn a_dname_takes_every_name_below_it_but_not_its_own() {
    let zones = zones(&[("t", "d DNAME target.test.\nd A 192.0.2.1\n*.w A 192.0.2.1\n")], &[]);
    check(
        &zones,
        &[("d.t.", "t.: exact A,DNAME"), ("x.d.t.", "t.: dname d.t."), ("x.y.d.t.", "t.: dname d.t.")],
    );
}

#[test]
fn steered_names_exist_with_their_service_and_block_wildcards() {
    let zones = zones(&[("t", "*.x A 192.0.2.1\na.x TXT y\n")], &["a.x.t.", "b.x.t.", "t.", "c.ent.t."]);
    check(
        &zones,
        &[
            ("a.x.t.", "t.: exact TXT,service 0"),
            ("b.x.t.", "t.: exact service 1"),
            ("q.b.x.t.", "t.: missing below b.x.t."),
            ("t.", "t.: exact NS,SOA,service 2"),
            ("ent.t.", "t.: exact "),
        ],
    );
}

#[test]
fn negative_soa_has_the_lesser_of_ttl_and_minimum() {
    let zones = zones(&[("t", "")], &[]);
    let zone = zones.zone(&name("t.")).unwrap();
    assert_eq!((zone.soa().ttl(), zone.negative_soa().ttl(), zone.serial()), (300, 5, 1));
}

#[test]
fn case_does_not_matter_in_the_file_nor_in_the_question() {
    let zones = zones(&[("T", "Www A 192.0.2.1\nx DNAME Y.test.\n")], &["APi.t."]);
    for (question, expected) in [
        (&b"\x03wWW\x01T\0"[..], "t.: exact A"),
        (b"\x03ApI\x01t\0", "t.: exact service 0"),
        (b"\x01Q\x01X\x01T\0", "t.: dname x.t."),
    ] {
        let (parsed, _) = QueryName::parse(question, 0).unwrap();
        let text = Name::from_wire(question).unwrap().to_string();
        assert_eq!(tell(&zones.find(&parsed), &text), expected, "{text}");
    }
}

#[test]
fn names_of_127_labels_are_looked_up() {
    let deep = "a.".repeat(126) + "t.";
    let zones = zones(&[("t", &format!("{deep} A 192.0.2.1\n"))], &[]);
    assert_eq!(told(&zones, &deep), "t.: exact A");
    let missing = "b.".to_owned() + &"a.".repeat(125) + "t.";
    assert_eq!(told(&zones, &missing), format!("t.: missing below {}", "a.".repeat(125) + "t."));
}

/// One owner and type; the zone it stands in by number.
type Fact = (usize, String, &'static str);

/// Facts that make loadable zones: the rules of `check.rs` applied by leaving out.
fn loadable(facts: &[Fact], apexes: &[&'static str]) -> Vec<Fact> {
    let dname = |zone: usize, owner: &str| {
        facts.contains(&(zone, owner.to_owned(), "DNAME")) && !owner.starts_with("*.")
    };
    let below_dname = |zone: usize, owner: &str| {
        let mut up = owner.split_once('.').map(|(_, rest)| rest);
        std::iter::from_fn(|| {
            let this = up?;
            up = this.split_once('.').map(|(_, rest)| rest).filter(|rest| !rest.is_empty());
            Some(this)
        })
        .any(|above| dname(zone, above))
    };
    let mut kept: Vec<Fact> = Vec::new();
    for (zone, owner, rtype) in facts {
        let apex = apexes[*zone];
        let inside = *owner == apex || owner.ends_with(&format!(".{apex}"));
        let dname_ok = !(owner.starts_with("*.") || *rtype == "NS" && dname(*zone, owner));
        let pointing = matches!(*rtype, "NS" | "DNAME");
        let child_below =
            *rtype == "DNAME" && apexes.iter().any(|other| other.ends_with(&format!(".{owner}")));
        if inside && !below_dname(*zone, owner) && (!pointing || (dname_ok && owner != apex)) && !child_below
        {
            kept.push((*zone, owner.clone(), rtype));
        }
    }
    kept
}

fn labels(text: &str) -> Vec<&str> {
    text.split('.').filter(|label| !label.is_empty()).rev().collect()
}

fn under(below: &str, above: &str) -> bool {
    labels(below).starts_with(&labels(above))
}

/// The lookup by the words of the RFCs, over lists.
fn naive(facts: &[Fact], apexes: &[&'static str], question: &str, ds: bool) -> String {
    let zone_of = |text: &str, strictly: bool| {
        let apex = |zone: &usize| under(text, apexes[*zone]) && !(strictly && apexes[*zone] == text);
        (0..apexes.len()).filter(apex).max_by_key(|zone| labels(apexes[*zone]).len())
    };
    let own = zone_of(question, false);
    let parent = zone_of(question, true);
    let at_nested_apex = own.is_some_and(|zone| apexes[zone] == question) && parent.is_some();
    let Some(zone) = (if ds && at_nested_apex { parent } else { own }) else {
        return "outside".to_owned();
    };
    let apex = apexes[zone];
    // owners that are this zone's to answer, and at a nested apex the parent's side
    let mine =
        |owner: &str| zone_of(owner, false) == Some(zone) || (ds && owner == question && at_nested_apex);
    let all: Vec<(&str, &str)> = facts
        .iter()
        .filter(|(of, owner, _)| *of == zone && mine(owner))
        .map(|(_, owner, rtype)| (owner.as_str(), *rtype))
        .collect();
    let has = |owner: &str, rtype: &str| all.contains(&(owner, rtype));
    let exists = |owner: &str| {
        under(apex, owner)
            || all.iter().any(|(other, _)| under(other, owner))
            || apexes.iter().any(|apex| under(apex, owner))
    };
    let depth = labels(question).len();
    let suffix = |count: usize| -> String {
        let mut taken: Vec<&str> = labels(question).into_iter().take(count).collect();
        taken.reverse();
        taken.iter().map(|label| format!("{label}.")).collect()
    };
    for count in labels(apex).len() + 1..=depth {
        let cut = suffix(count);
        if has(&cut, "NS") && !(ds && cut == question) {
            return format!("{apex}: cut {cut} (0 glue)");
        }
    }
    let types = |owner: &str| {
        let mut types: Vec<&str> =
            all.iter().filter(|(other, _)| *other == owner).map(|(_, rtype)| *rtype).collect();
        if owner == apex {
            types.extend(["NS", "SOA"]);
        }
        types.sort_by_key(|rtype| Rtype::from_text(rtype));
        types.dedup();
        types.join(",")
    };
    if exists(question) {
        return format!("{apex}: exact {}", types(question));
    }
    let encloser = (0..depth).rev().map(suffix).find(|owner| exists(owner)).unwrap();
    if has(&encloser, "DNAME") {
        return format!("{apex}: dname {encloser}");
    }
    let wildcard = format!("*.{encloser}");
    if exists(&wildcard) {
        format!("{apex}: {wildcard} {}", types(&wildcard))
    } else {
        format!("{apex}: missing below {encloser}")
    }
}

fn owners() -> impl Strategy<Value = String> {
    prop::collection::vec(select(vec!["a", "b", "c", "*"]), 0..5)
        .prop_map(|labels| labels.iter().map(|label| format!("{label}.")).collect::<String>() + "z.")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn lookups_agree_with_a_naive_reading_of_the_rfcs(
        facts in prop::collection::vec((0_usize..4, owners(), select(vec!["A", "TXT", "NS", "NS", "DNAME", "DS", "MX"])), 0..14),
        nested in prop::collection::vec(select(vec!["a.z.", "b.a.z.", "c.z.", "a.b.c.z."]), 0..3),
        questions in prop::collection::vec(owners(), 1..20),
    ) {
        let mut apexes = vec!["z."];
        apexes.extend(nested);
        apexes.sort_unstable();
        apexes.dedup();
        let facts: Vec<Fact> = facts.into_iter().map(|(zone, owner, rtype)| (zone % apexes.len(), owner, rtype)).collect();
        let facts = loadable(&facts, &apexes);
        let text = |zone: usize| -> String {
            let line = |(_, owner, rtype): &Fact| match *rtype {
                "A" => format!("{owner} A 192.0.2.1\n"),
                "TXT" => format!("{owner} TXT x\n"),
                "DS" => format!("{owner} DS 1 8 2 aa\n"),
                "MX" => format!("{owner} MX 1 m.test.\n"),
                other => format!("{owner} {other} ns.test.\n"),
            };
            facts.iter().filter(|(of, ..)| *of == zone).map(line).collect()
        };
        let texts: Vec<(String, String)> =
            (0..apexes.len()).map(|zone| (apexes[zone].trim_end_matches('.').to_owned(), text(zone))).collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|(origin, text)| (origin.as_str(), text.as_str())).collect();
        let zones = zones(&files, &[]);
        for question in &questions {
            prop_assert_eq!(told(&zones, question), naive(&facts, &apexes, question, false), "{} in {:?}", question, files);
            prop_assert_eq!(told_ds(&zones, question), naive(&facts, &apexes, question, true), "DS {} in {:?}", question, files);
        }
    }
}
