//! What a user reads when a zone is wrong: each mistake beside the exact text, and what is only warned of.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use meridian::zone::{Name, Problem, Rtype, Spot, Steered, ZoneFile, Zones};

const HEAD: &str = "$TTL 300\n@ SOA ns.example.net. host.example.net. 1 2 3 4 5\n@ NS ns.example.net.\n";

fn file(name: &str, text: &str) -> ZoneFile {
    ZoneFile { file: name.into(), text: text.to_owned() }
}

fn shown(problems: &[Problem]) -> Vec<String> {
    problems.iter().map(Problem::to_string).collect()
}

fn include(_: &str, name: &str) -> Result<ZoneFile, String> {
    match name {
        "hosts.inc" => Ok(file("hosts.inc", "h A 192.0.2.9\n$ORIGIN deep\nd A 192.0.2.10\n")),
        "bad.inc" => Ok(file("bad.inc", "h A 192.0.2.9\nh2 A 192.0.2.999\n")),
        "itself.inc" => Ok(file("itself.inc", "$INCLUDE itself.inc\n")),
        _ => Err("no such file".to_owned()),
    }
}

fn build(files: &[ZoneFile], steered: &[Steered]) -> Result<(Zones, Vec<Problem>), Vec<Problem>> {
    Zones::build(files, &include, steered)
}

fn problems(files: &[(&str, &str)], steered: &[Steered]) -> Vec<String> {
    let files: Vec<ZoneFile> = files.iter().map(|(name, text)| file(name, text)).collect();
    match build(&files, steered) {
        Ok((_, warnings)) => panic!("accepted, with {:?}", shown(&warnings)),
        Err(problems) => shown(&problems),
    }
}

fn warnings(files: &[(&str, &str)]) -> Vec<String> {
    let files: Vec<ZoneFile> = files.iter().map(|(name, text)| file(name, text)).collect();
    match build(&files, &[]) {
        Ok((_, warnings)) => shown(&warnings),
        Err(problems) => panic!("refused: {:?}", shown(&problems)),
    }
}

fn steered(name: &str) -> Steered {
    Steered {
        name: Name::from_text(name, &Name::root()).unwrap(),
        service: 7,
        types: vec![Rtype::A, Rtype::AAAA],
        spot: Spot { file: "meridian.toml".into(), line: 70, column: 1 },
        key: "services.api".to_owned(),
    }
}

/// Lines behind a good head (so the first is line 4), and the only problem.
const REFUSED: &[(&str, &str)] = &[
    // words
    ("a TXT \"x\n", "4:7: example.com.: a quoted string without its end; \" on the same line"),
    ("a A ( 192.0.2.1\n", "4:5: example.com.: a parenthesis that is never closed; ) before the file ends"),
    ("a A 192.0.2.1 )\n", "4:15: example.com.: a ) without its (; write \\) for the character"),
    (
        "a A 192.0.2.1",
        "4:1: example.com.: the last line is not ended, so the file may have been cut short; end it with a newline",
    ),
    // directives and heads
    ("$TTL 1x\n", "4:6: $TTL: TTL `1x`; seconds up to 2147483647, or units such as 1h30m (RFC 2181)"),
    ("$TTL 1 2\n", "4:1: $TTL: 2 words after the directive; one: the default TTL"),
    ("$ORIGIN a..b.\n", "4:9: $ORIGIN: an empty label; one dot between labels"),
    ("$GENERATE 1-9 h$ A 192.0.2.$\n", "4:1: $GENERATE: $GENERATE is not read; write the records out"),
    ("$DATE 1\n", "4:1: $DATE: directive $DATE; $ORIGIN, $TTL or $INCLUDE"),
    ("$INCLUDE gone.inc\n", "4:10: $INCLUDE: cannot include `gone.inc`: no such file"),
    ("$INCLUDE\n", "4:1: $INCLUDE: 0 words after the directive; one or two: a file, and its origin"),
    ("a\n", "4:1: a.example.com.: no record type; NAME [TTL] [IN] TYPE DATA"),
    (
        "a BOGUS 1\n",
        "4:3: a.example.com.: type or class `BOGUS`; a type such as A or TYPE65280, the class IN",
    ),
    ("a CH TXT x\n", "4:3: a.example.com.: class CH; IN alone is served"),
    ("a CLASS3 TXT x\n", "4:3: a.example.com.: class CLASS3; IN alone is served"),
    (
        "a 2147483648 A 192.0.2.1\n",
        "4:3: a.example.com.: TTL `2147483648`; seconds up to 2147483647, or units such as 1h30m (RFC 2181)",
    ),
    (
        "b\u{fc}cher A 192.0.2.1\n",
        "4:1: b\u{fc}cher: a letter outside ASCII; international names are written in their xn-- form",
    ),
    // data
    (
        "a A 192.0.2.256\n",
        "4:5: a.example.com. A: `192.0.2.256` as address; an IPv4 address such as 192.0.2.1",
    ),
    ("a A\n", "4:3: a.example.com. A: no address; an IPv4 address such as 192.0.2.1"),
    (
        "a A 192.0.2.1 192.0.2.2\n",
        "4:15: a.example.com. A: `192.0.2.2` left over; the fields of the type, no more",
    ),
    (
        "a AAAA 192.0.2.1\n",
        "4:8: a.example.com. AAAA: `192.0.2.1` as address; an IPv6 address such as 2001:db8::1",
    ),
    ("a MX 65536 b\n", "4:6: a.example.com. MX: `65536` as preference; a number from 0 to 65535"),
    ("a MX 10 b..c\n", "4:9: a.example.com. MX: an empty label; one dot between labels"),
    (
        "a TXT \"\\300\"\n",
        "4:7: a.example.com. TXT: a broken escape; \\DDD with DDD from 000 to 255, or \\ and one other character",
    ),
    ("a DS 1 8 2 zz\n", "4:12: a.example.com. DS: `zz` as digest; an even number of hex digits"),
    ("a CAA 0 is-sue \"x\"\n", "4:9: a.example.com. CAA: `is-sue` as tag; letters and digits such as issue"),
    (
        "a LOC 1 N 1 E 0m\n",
        "4:15: a.example.com. LOC: the text form of LOC is not read; write it as TYPE29 \\# LENGTH HEX (RFC 3597)",
    ),
    (
        "a ZONEMD 1 1 1 aa\n",
        "4:16: a.example.com. ZONEMD: the text form of ZONEMD is not read; write it as TYPE63 \\# LENGTH HEX (RFC 3597)",
    ),
    (
        "a TYPE65280 x\n",
        "4:13: a.example.com. TYPE65280: the text form of TYPE65280 is not read; write it as TYPE65280 \\# LENGTH HEX (RFC 3597)",
    ),
    ("a RRSIG A 8 2 1\n", "4:15: a.example.com. RRSIG: a signed zone; zones are read unsigned"),
    ("a ANY \\# 0\n", "4:10: a.example.com. ANY: a question's or message's type; a type of data"),
    ("a TYPE1 \\# 4 c00002\n", "4:9: a.example.com. A: \\# 4 with 3 octets of data; as many as announced"),
    (
        "a TYPE1 \\# 3 c00002\n",
        "4:9: a.example.com. A: octets that are no A data; an IPv4 address such as 192.0.2.1",
    ),
    ("a TYPE2 \\# 2 c00c\n", "4:9: a.example.com. NS: octets that are no NS data; a domain name"),
    ("a TYPE1 \\# x 00\n", "4:12: a.example.com. A: `x` as length; 0 to 65535"),
    (
        "a HTTPS 1 . foo=1\n",
        "4:13: a.example.com. HTTPS: parameter `foo=1`; alpn, port, ipv4hint, mandatory and so on, or keyNNNNN (RFC 9460)",
    ),
    ("a HTTPS 1 . port=1 port=2\n", "4:20: a.example.com. HTTPS: key port twice; each key once (RFC 9460)"),
    (
        "a HTTPS 1 . port=99999\n",
        "4:13: a.example.com. HTTPS: `99999` as a parameter's value; a port from 0 to 65535",
    ),
    (
        "a HTTPS 1 . mandatory=alpn port=1\n",
        "4:28: a.example.com. HTTPS: a mandatory key is missing; every key that mandatory names; RFC 9460 \u{a7}8",
    ),
    (
        "a HTTPS 1 . alpn=\"h2\",\"h3\"\n",
        "4:13: a.example.com. HTTPS: a quotation mark inside a word; \\\" for the character, or quotes around all of it",
    ),
    (
        "a TXT b\"c\"\n",
        "4:7: a.example.com. TXT: a quotation mark inside a word; \\\" for the character, or quotes around all of it",
    ),
    // the zone
    (
        "b.example.net. A 192.0.2.1\n",
        "4:1: b.example.net. A: outside the zone; names at or below example.com.",
    ),
    (
        "@ SOA ns.example.net. host.example.net. 9 2 3 4 5\n",
        "4:1: example.com. SOA: a second SOA; one, the first is on line 2",
    ),
    (
        "a SOA ns.example.net. host.example.net. 1 2 3 4 5\n",
        "4:1: a.example.com. SOA: SOA below the apex; one, at example.com.",
    ),
    (
        "a CNAME b\na TXT x\n",
        "4:1: a.example.com. CNAME: CNAME beside TXT; a CNAME stands alone (RFC 1034 \u{a7}3.6.2)",
    ),
    ("a CNAME b\na CNAME c\n", "5:1: a.example.com. CNAME: a second CNAME for the name; one"),
    ("@ CNAME b\n", "4:1: example.com. CNAME: CNAME at the apex; the addresses themselves, or a service"),
    ("a DNAME b\na DNAME c\n", "5:1: a.example.com. DNAME: a second DNAME for the name; one"),
    (
        "a DNAME b\nx.y.a A 192.0.2.1\n",
        "5:1: x.y.a.example.com. A: below the DNAME at a.example.com.; nothing, since the DNAME takes every name there (RFC 6672 \u{a7}2.4)",
    ),
    (
        "*.a DNAME b\n",
        "4:1: *.a.example.com. DNAME: DNAME at a wildcard; the names one by one (RFC 6672 \u{a7}3.3)",
    ),
    (
        "a DNAME b\na NS ns.example.net.\n",
        "4:1: a.example.com. DNAME: DNAME beside NS below the apex; one of them (RFC 6672 \u{a7}2.3)",
    ),
    (
        "*.a NS ns.example.net.\n",
        "4:1: *.a.example.com. NS: NS at a wildcard; the delegated names one by one (RFC 4592 \u{a7}4.2)",
    ),
    (
        "a NS ns.a\n",
        "4:1: a.example.com. NS: name server ns.a.example.com. has no address in the zone; A or AAAA records for it (glue)",
    ),
    (
        "a NS ns\n",
        "4:1: a.example.com. NS: name server ns.example.com. does not exist or has no address; A or AAAA records for it, not a CNAME",
    ),
    (
        "@ NS c\nc CNAME d.example.net.\n",
        "4:1: example.com. NS: name server c.example.com. does not exist or has no address; A or AAAA records for it, not a CNAME",
    ),
    (
        "$INCLUDE bad.inc\n",
        "bad.inc:2:6: h2.example.com. A: `192.0.2.999` as address; an IPv4 address such as 192.0.2.1",
    ),
    (
        "$INCLUDE itself.inc\n",
        "itself.inc:1:10: $INCLUDE: `itself.inc` is being included already; a file cannot include itself",
    ),
];

#[test]
fn every_mistake_is_said_with_its_place_what_was_found_and_what_is_allowed() {
    for (lines, expected) in REFUSED {
        let expected = if expected.starts_with(|c: char| c.is_ascii_digit()) {
            format!("example.com.zone:{expected}")
        } else {
            (*expected).to_owned()
        };
        assert_eq!(problems(&[("example.com.zone", &format!("{HEAD}{lines}"))], &[]), [expected], "{lines}");
    }
}

#[test]
fn all_mistakes_of_all_files_are_said_in_one_run() {
    let one = format!(
        "{HEAD}a A 1\nb MX x y\nc.example.org. A 192.0.2.1\nd CNAME e\nd A 192.0.2.1\nf NS ns.f\n g BOGUS\n"
    );
    let found = problems(
        &[("example.com.zone", &one), ("zones/other.test.zone", ""), ("readme", "")],
        &[steered("x.org.")],
    );
    assert_eq!(
        found,
        [
            "example.com.zone:4:5: a.example.com. A: `1` as address; an IPv4 address such as 192.0.2.1",
            "example.com.zone:5:6: b.example.com. MX: `x` as preference; a number from 0 to 65535",
            "example.com.zone:6:1: c.example.org. A: outside the zone; names at or below example.com.",
            "example.com.zone:7:1: d.example.com. CNAME: CNAME beside A; a CNAME stands alone (RFC 1034 §3.6.2)",
            // f's glue is not missed: the lines that could not be read may have held it
            "example.com.zone:10:2: f.example.com.: type or class `g`; a type such as A or TYPE65280, the class IN",
            "meridian.toml:70:1: services.api: x.org. lies in none of the zones; a name in example.com., other.test.",
            "readme:1:1: readme: not a zone's file name; <origin>.zone, with an origin's / written @, and .zone for the root",
            "zones/other.test.zone:1:1: other.test.: no SOA record; one at the apex",
        ]
    );
}

#[test]
fn files_that_name_no_zone_or_the_same_are_refused() {
    assert_eq!(
        problems(&[("a/Example.com.zone", HEAD), ("b/example.com.zone", HEAD)], &[]),
        [
            "b/example.com.zone:1:1: example.com.: zone example.com. is also in a/Example.com.zone; one file a zone"
        ]
    );
    assert_eq!(
        problems(&[("*.com.zone", HEAD)], &[]),
        ["*.com.zone:1:1: *.com.: zone apex with the first label *; a name without it"]
    );
}

#[test]
fn a_steered_name_is_a_name_of_ours_without_other_addresses() {
    let place = "meridian.toml:70:1: services.api:";
    let table = [
        ("x.org.", "", format!("{place} x.org. lies in none of the zones; a name in example.com.")),
        ("*.example.com.", "", format!("{place} *.example.com. is a wildcard; a single name")),
        ("x.a.example.com.", "a NS ns.example.net.\n",
            format!("{place} x.a.example.com. lies below the delegation or DNAME at a.example.com.; a name that the zone itself answers for")),
        ("x.a.example.com.", "a DNAME b\n",
            format!("{place} x.a.example.com. lies below the delegation or DNAME at a.example.com.; a name that the zone itself answers for")),
        ("a.example.com.", "a A 192.0.2.1\n",
            "example.com.zone:4:1: a.example.com. A: a.example.com. is steered, so the file holds no A for it; remove the record or the service".to_owned()),
        ("a.example.com.", "a CNAME b\n",
            "example.com.zone:4:1: a.example.com. CNAME: a.example.com. is steered, so the file holds no CNAME for it; remove the record or the service".to_owned()),
        ("a.example.com.", "a HTTPS 1 . alpn=h2 ipv4hint=192.0.2.1\n",
            "example.com.zone:4:1: a.example.com. HTTPS: a.example.com. is steered, so the file holds no address hints for it; remove them or the service".to_owned()),
    ];
    for (name, lines, expected) in table {
        assert_eq!(
            problems(&[("example.com.zone", &format!("{HEAD}{lines}"))], &[steered(name)]),
            [expected],
            "{name} {lines}"
        );
    }
    let twice = [steered("a.example.com."), steered("A.example.com.")];
    assert_eq!(
        problems(&[("example.com.zone", HEAD)], &twice),
        [format!("{place} a.example.com. is steered by two services; one")]
    );
    let text = format!("{HEAD}a TXT x\na HTTPS 1 . alpn=h2\na CAA 0 issue \";\"\n");
    assert!(
        build(&[file("example.com.zone", &text)], &[steered("a.example.com."), steered("example.com.")])
            .is_ok()
    );
}

#[test]
fn warnings_leave_the_zone_served() {
    let table: &[(&str, &[&str])] = &[
        (
            "a NS ns.a\nns.a A 192.0.2.1\nb.a TXT x\na MX 1 b\n",
            &[
                "6:1: b.a.example.com. TXT: below the delegation at a.example.com.: loaded, never answered",
                "7:1: a.example.com. MX: below the delegation at a.example.com.: loaded, never answered",
            ],
        ),
        (
            "a 60 A 192.0.2.1\na 90 A 192.0.2.2\n",
            &[
                "5:1: a.example.com. A: TTL 90, others of the RRset have 60: made equal to the least (RFC 2181 §5.2)",
            ],
        ),
        ("a 0 A 192.0.2.1\n", &["4:1: a.example.com. A: TTL 0: every query comes here"]),
        ("a MX 1 B\na MX 1 b\n", &["5:1: a.example.com. MX: the same record is on line 4: kept once"]),
        ("a DS 1 8 2 aa\n", &["4:1: a.example.com. DS: DS without NS: a DS stands at a delegation"]),
        (
            "a CNAME b\nb CNAME c\nc CNAME b\n",
            &[
                "4:1: a.example.com. CNAME: a CNAME loop over b.example.com., c.example.com.: answers end where it closes",
            ],
        ),
        (
            "*.w CNAME x.w\n",
            &["4:1: *.w.example.com. CNAME: a CNAME loop over x.w.example.com.: answers end where it closes"],
        ),
        (
            "a NS ns.b\nb NS ns.a\n",
            &[
                "4:1: a.example.com. NS: its name servers lie only below delegations that need it: nothing below can be resolved",
                "5:1: b.example.com. NS: its name servers lie only below delegations that need it: nothing below can be resolved",
            ],
        ),
        ("a NS ns.b\nb NS ns.a\nb NS ns.example.net.\n", &[]),
        ("a NS ns.b\nb NS ns.a\nns.a A 192.0.2.1\n", &[]),
    ];
    for (lines, expected) in table {
        let expected: Vec<String> = expected.iter().map(|text| format!("example.com.zone:{text}")).collect();
        assert_eq!(warnings(&[("example.com.zone", &format!("{HEAD}{lines}"))]), expected, "{lines}");
    }
    let no_ns = "@ 60 SOA ns.example.net. host.example.net. 1 2 3 4 5\n";
    assert_eq!(
        warnings(&[("example.com.zone", no_ns)]),
        [
            "example.com.zone:1:1: example.com.: no NS record at the apex; one for each name server of the zone"
        ]
    );
}

#[test]
fn long_chains_are_warned_of_once() {
    let chain: String = (0..20).map(|i| format!("c{i:02} CNAME c{:02}\n", i + 1)).collect();
    assert_eq!(
        warnings(&[("example.com.zone", &format!("{HEAD}{chain}"))]),
        [
            "example.com.zone:15:1: c11.example.com. CNAME: more than 8 CNAMEs follow one another from here: answers stop after a few"
        ]
    );
}

#[test]
fn zones_that_wait_for_each_other_are_warned_of() {
    let text = |other: &str| format!("$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS ns.{other}.\nns A 192.0.2.1\n");
    let found = warnings(&[("one.zone", &text("two")), ("two.zone", &text("one"))]);
    let cycle = "its name servers lie only below delegations that need it: nothing below can be resolved";
    assert_eq!(found, [format!("one.zone:3:1: one. NS: {cycle}"), format!("two.zone:3:1: two. NS: {cycle}")]);
}

#[test]
fn data_in_a_nested_zone_of_ours_is_warned_of_in_the_parent() {
    let parent = format!("{HEAD}sub NS ns.sub\nns.sub A 192.0.2.1\nsub DS 1 8 2 aa\nx.sub TXT x\n");
    let child = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\n";
    assert_eq!(
        warnings(&[("example.com.zone", &parent), ("sub.example.com.zone", child)]),
        [
            "example.com.zone:7:1: x.sub.example.com. TXT: in the zone sub.example.com., which has a file of its own: never answered from here"
        ]
    );
}

#[test]
fn a_nested_zone_below_a_dname_is_refused() {
    let child = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS ns.example.net.\n";
    assert_eq!(
        problems(
            &[("example.com.zone", &format!("{HEAD}a DNAME b\n")), ("x.a.example.com.zone", child)],
            &[]
        ),
        [
            "x.a.example.com.zone:1:1: x.a.example.com.: below the DNAME at a.example.com.; nothing, since the DNAME takes every name there (RFC 6672 §2.4)"
        ]
    );
}

#[test]
fn a_serial_that_falls_is_said_at_reload() {
    let zone = |serial: u32| {
        let text = HEAD.replace(" 1 2 3", &format!(" {serial} 2 3"));
        build(&[file("example.com.zone", &text)], &[]).unwrap().0
    };
    assert_eq!(
        shown(&zone(5).serials_fallen(&zone(7))),
        [
            "example.com.zone:2:1: example.com. SOA: serial 5 after 7; it never falls (RFC 1982): raise it above 7, or reload with --force"
        ]
    );
    assert_eq!(shown(&zone(3).serials_fallen(&zone(u32::MAX))), Vec::<String>::new());
}

#[test]
fn the_sample_zone_loads_without_a_word() {
    let sample = file("yourdomain.com.zone", include_str!("../zones/yourdomain.com.zone"));
    let services = [steered("api.yourdomain.com."), steered("batch.yourdomain.com.")];
    let (zones, warnings) =
        build(&[sample], &services).unwrap_or_else(|problems| panic!("{:?}", shown(&problems)));
    assert_eq!(shown(&warnings), Vec::<String>::new());
    assert_eq!(zones.record_count(), 25);
}

#[test]
fn includes_keep_the_origin_and_owner_of_the_including_file() {
    let text = format!(
        "{HEAD}$INCLUDE hosts.inc\n$INCLUDE hosts.inc sub\na A 192.0.2.1\n$INCLUDE hosts.inc x\n TXT y\n"
    );
    let (zones, _) = build(&[file("example.com.zone", &text)], &[]).unwrap();
    let names: Arc<[String]> =
        zones.nodes().filter(|(_, node)| !node.is_empty()).map(|(name, _)| name.to_string()).collect();
    let expected = [
        "example.com.",
        "a.example.com.",
        "d.deep.example.com.",
        "h.example.com.",
        "h.sub.example.com.",
        "d.deep.sub.example.com.",
        "h.x.example.com.",
        "d.deep.x.example.com.",
    ];
    let mut sorted: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut expected = expected.to_vec();
    sorted.sort_unstable();
    expected.sort_unstable();
    assert_eq!(sorted, expected);
    let owners: Vec<_> = zones
        .nodes()
        .filter(|(_, node)| node.rrset(Rtype::TXT).is_some())
        .map(|(name, _)| name.to_string())
        .collect();
    assert_eq!(owners, ["a.example.com."]);
}
