//! What goes over the wire: hickory-proto decodes, from RRsets copied into a real message, what the file said.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use hickory_proto::op::Message;
use hickory_proto::rr::{RData, Record, RecordType};
use meridian::zone::{Found, GlueKind, Name, Place, QueryName, RRset, Rtype, ZoneFile, Zones};
use proptest::prelude::*;

const HEAD: &str = "$TTL 300\n@ SOA Ns1 host.Example.NET. 7 2h 15m 2w 60\n@ NS Ns1\nNs1 A 192.0.2.1\n";

fn name(text: &str) -> Name {
    Name::from_text(text, &Name::root()).unwrap()
}

fn build(files: &[(&str, &str)]) -> Zones {
    let file = |(file, text): &(&str, &str)| ZoneFile { file: (*file).into(), text: (*text).to_owned() };
    let files: Vec<ZoneFile> = files.iter().map(file).collect();
    match Zones::build(&files, &|_, _| Err("none".to_owned()), &[]) {
        Ok((zones, _)) => zones,
        Err(problems) => panic!("{problems:#?}"),
    }
}

/// A message with a question, filled by hand.
struct Answer {
    octets: Vec<u8>,
    end: usize,
    records: u16,
}

impl Answer {
    fn to(question: &Name) -> Answer {
        let mut octets = vec![0, 1, 0x84, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        octets.extend(question.wire());
        octets.extend([0, 255, 0, 1]);
        let end = octets.len();
        octets.resize(60_000, 0xee);
        Answer { octets, end, records: 0 }
    }

    /// Writes at the end; gives where.
    fn add(&mut self, set: &RRset, place: Place) -> usize {
        let at = self.end;
        self.end = set.write(&mut self.octets, at, place).expect("room for the set");
        assert_eq!(self.end, at + set.len());
        self.records += set.count();
        at
    }

    fn decode(mut self) -> Vec<Record> {
        self.octets[6..8].copy_from_slice(&self.records.to_be_bytes());
        self.octets.truncate(self.end);
        let message = Message::from_vec(&self.octets).expect("a message that decodes");
        self.octets.pop();
        assert!(Message::from_vec(&self.octets).is_err(), "octets behind the last record");
        message.answers
    }
}

/// Where a question's name and the apex of its zone stand.
fn asked(question: &Name, apex: &Name) -> Place {
    let apex = 12 + question.wire().len() - apex.wire().len();
    Place { owner: 12, apex: u16::try_from(apex).unwrap() }
}

/// The records of one name and type as hickory decodes them.
fn served(zones: &Zones, question: &str, rtype: Rtype) -> Vec<Record> {
    let question = name(question);
    let Found::Exists { zone, node, .. } = zones.find(&QueryName::from(&question)) else {
        panic!("{question} is missing")
    };
    let mut answer = Answer::to(&question);
    answer.add(node.rrset(rtype).expect("the type"), asked(&question, zone.apex()));
    answer.decode()
}

fn text(record: &Record) -> String {
    format!("{} {} {} {}", record.name, record.ttl, record.record_type(), record.data)
}

/// The end of a line in example.com.zone, and the data as hickory shows it.
const SHOWN: &[(&str, &str)] = &[
    ("A 192.0.2.1", "192.0.2.1"),
    ("AAAA 2001:db8::1", "2001:db8::1"),
    ("NS Host.Example.Net.", "Host.Example.Net."),
    ("CNAME Www.Sub", "Www.Sub.example.com."),
    ("CNAME @", "example.com."),
    ("PTR x.example.org.", "x.example.org."),
    ("MX 10 Mail", "10 Mail.example.com."),
    ("MX 0 .", "0 ."),
    ("SRV 1 2 443 Host", "1 2 443 Host.example.com."),
    ("TXT two \"words; (here)\"", "twowords; (here)"),
    ("TXT ( \"in; parentheses\"\n \"\\065\\\"\" )", "in; parenthesesA\""),
    ("HINFO \"a cpu\" os", "a cpu os"),
    ("CAA 128 issue \"ca.example; x=y\"", "128 issue \"ca.example; x=y\""),
    (
        "NAPTR 100 10 \"u\" \"sip+E2U\" \"!^.*$!sip:info@example.com!\" .",
        "100 10 \"u\" \"sip+E2U\" \"!^.*$!sip:info@example.com!\" .",
    ),
    ("TLSA 3 1 1 0aff 00", "3 1 1 0aff00"),
    ("SSHFP 4 2 0aff", "4 2 0aff"),
    ("DS 60485 ECDSAP256SHA256 2 0AFF", "60485 13 2 0AFF"),
    ("SVCB 0 Foo", "0 Foo.example.com. "),
    (
        "HTTPS 1 foo port=8443 alpn=\"h2,h3\" ipv4hint=192.0.2.1,192.0.2.2 ipv6hint=2001:db8::1 mandatory=port",
        "1 foo.example.com. mandatory=port, alpn=h2,h3, port=8443 ipv4hint=192.0.2.1,192.0.2.2, ipv6hint=2001:db8::1, ",
    ),
];

#[test]
fn hickory_decodes_what_the_file_says() {
    for (line, expected) in SHOWN {
        let zones = build(&[("example.com.zone", &format!("{HEAD}X.y 77 IN {line}\n"))]);
        let rtype = Rtype::from_text(line.split(' ').next().unwrap()).unwrap();
        let records: Vec<Record> = match zones.find(&QueryName::from(&name("x.y.example.com."))) {
            Found::Cut { cut, zone } => {
                let mut answer = Answer::to(cut.owner());
                answer.add(cut.ns(), asked(cut.owner(), zone.apex()));
                answer.decode()
            }
            _ => served(&zones, "x.y.example.com.", rtype),
        };
        let shown: Vec<String> = records.iter().map(text).collect();
        let expected = format!("x.y.example.com. 77 {rtype} {expected}");
        assert_eq!(shown.iter().map(|s| s.trim()).collect::<Vec<_>>(), [expected.trim()], "{line}");
    }
}

/// The end of a line, and the exact octets of its data.
const OCTETS: &[(&str, &str)] = &[
    ("DNAME Other", "054f74686572 076578616d706c65 03636f6d 00"),
    ("TYPE65280 \\# 4 0a00 0001", "0a000001"),
    ("TYPE65280 \\# 0", ""),
    ("CLASS1 TYPE1 \\# 4 c0000201", "c0000201"),
    ("A \\# 4 C0 00 02 01", "c0000201"),
    ("TYPE62347 ( \\# 3 ; comment\n ab cd ; more\n ef )", "abcdef"),
    ("TXT a \"\" \\001\\255", "0161000201ff"),
    ("TXT \u{fc}", "02c3bc"),
    ("SPF x", "0178"),
    ("RP Mail. .", "044d61696c0000"),
    ("AFSDB 1 A.", "0001014100"),
    ("URI 10 1 \"ftp://x\"", "000a00016674703a2f2f78"),
    ("DNSKEY 256 3 ED25519 AAEC AwQ=", "0100030f0001020304"),
    ("OPENPGPKEY AAECAwQ=", "0001020304"),
    ("SMIMEA 3 0 0 ff", "030000ff"),
    ("CDS 0 0 0 00", "0000000000"),
    ("SVCB 16 A. alpn=\"f\\\\\\\\oo\\\\,bar,h2\"", "00100141000001000c08665c6f6f2c626172026832"),
    ("SVCB 1 . key667=\"hello\\210qoo\"", "000100029b000968656c6c6fd2716f6f"),
    (
        "SVCB 1 . no-default-alpn alpn=h2 ech=AAEC dohpath=/q{?dns}",
        "000100000100030268320002000000050003000102000700082f717b3f646e737d",
    ),
    ("SVCB 1 . mandatory=port,alpn alpn=h2 port=53", "00010000000004000100030001000302683200030002 0035"),
];

#[test]
fn data_is_encoded_octet_for_octet() {
    for (line, expected) in OCTETS {
        let zones = build(&[("example.com.zone", &format!("{HEAD}x {line}\n"))]);
        let (_, node) = zones.nodes().find(|(owner, _)| **owner == name("x.example.com.")).unwrap();
        let mut out = vec![0; 600];
        let end = node.rrsets()[0].write(&mut out, 0, Place { owner: 12, apex: 14 }).unwrap();
        let hex: String = out[12..end].iter().map(|octet| format!("{octet:02x}")).collect();
        assert_eq!(hex, expected.replace(' ', ""), "{line}");
        assert_eq!(usize::from(u16::from_be_bytes([out[10], out[11]])), end - 12, "{line}");
    }
}

#[test]
fn hickorys_own_parser_reads_plain_data_the_same() {
    for (line, _) in SHOWN.iter().filter(|(line, _)| {
        !line.contains(['(', '@', '\\']) && !line.starts_with("NS") && !line.contains("ECDSA")
    }) {
        let (rtype, data) = line.split_once(' ').unwrap();
        let zones = build(&[(".zone", &format!("{}x {line}\n", HEAD.replace("Ns1", "ns1.")))]);
        let (_, node) = zones.nodes().find(|(owner, _)| **owner == name("x.")).unwrap();
        let mut answer = Answer::to(&name("x."));
        answer.add(&node.rrsets()[0], Place { owner: 12, apex: 14 });
        let mut theirs = RData::try_from_str(rtype.parse::<RecordType>().unwrap(), data).unwrap();
        if let RData::HTTPS(https) = &mut theirs {
            https.0.svc_params.sort_by_key(|(key, _)| u16::from(*key)); // RFC 9460 §2.2; hickory leaves them as written
        }
        // hickory's parser lowers names and leaves them relative
        let plain = |data: &RData| -> Vec<String> {
            data.to_string().split(' ').map(|word| word.trim_end_matches('.').to_lowercase()).collect()
        };
        assert_eq!(plain(&answer.decode()[0].data), plain(&theirs), "{line}");
    }
}

#[test]
fn the_soa_is_whole_and_compressed() {
    let zones = build(&[("example.com.zone", HEAD)]);
    let records = served(&zones, "example.com.", Rtype::SOA);
    assert_eq!(
        text(&records[0]),
        "example.com. 300 SOA Ns1.example.com. host.Example.NET. 7 7200 900 1209600 60"
    );
    let zone = zones.zone(&name("example.com.")).unwrap();
    assert_eq!(zone.soa().len(), 12 + 4 + 2 + 18 + 20);
    let mut answer = Answer::to(&name("no.example.com."));
    answer.add(zone.negative_soa(), Place { owner: 15, apex: 15 });
    let records = answer.decode();
    assert_eq!(
        text(&records[0]),
        "example.com. 60 SOA Ns1.example.com. host.Example.NET. 7 7200 900 1209600 60"
    );
}

#[test]
fn names_of_newer_types_are_never_compressed() {
    let zones = build(&[("example.com.zone", &format!("{HEAD}x SRV 1 2 3 y\nx MX 1 y\n"))]);
    let (_, node) = zones.nodes().find(|(owner, _)| **owner == name("x.example.com.")).unwrap();
    let len = |rtype| node.rrset(rtype).unwrap().len();
    assert_eq!((len(Rtype::SRV), len(Rtype::MX)), (12 + 6 + 15, 12 + 2 + 2 + 2));
}

#[test]
fn sixty_addresses_fit_in_a_thousand_octets() {
    let lines: String = (1..=60).map(|i| format!("x A 192.0.2.{i}\n")).collect();
    let zones = build(&[("example.com.zone", &format!("{HEAD}{lines}"))]);
    assert_eq!(served(&zones, "x.example.com.", Rtype::A).len(), 60);
    let (_, node) = zones.nodes().find(|(owner, _)| **owner == name("x.example.com.")).unwrap();
    assert_eq!(node.rrset(Rtype::A).unwrap().len(), 960);
}

#[test]
fn a_set_that_does_not_fit_or_cannot_be_pointed_to_writes_nothing() {
    let zones = build(&[("example.com.zone", HEAD)]);
    let soa = zones.zone(&name("example.com.")).unwrap().soa();
    let place = Place { owner: 12, apex: 12 };
    let mut out = vec![0; 100];
    assert_eq!(soa.write(&mut out, 100 - soa.len(), place), Some(100));
    for (at, place) in [
        (101 - soa.len(), place),
        (200, place),
        (usize::MAX, place),
        (0, Place { owner: 0x4000, apex: 12 }),
        (0, Place { owner: 12, apex: 0x4000 }),
    ] {
        let mut out = vec![0; 100];
        assert_eq!(soa.write(&mut out, at, place), None, "at {at}, {place:?}");
        assert!(out.iter().all(|octet| *octet == 0));
    }
}

#[test]
fn a_chain_of_cnames_points_at_the_target_before_it_across_zones() {
    let parent = format!("{HEAD}a CNAME B.c\nb.c CNAME x.sub\nsub NS ns1\n");
    let child = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS @\n@ A 192.0.2.7\nx CNAME y\ny CNAME Z.example.org.\n";
    let other = "$TTL 60\n@ SOA a. b. 1 2 3 4 5\n@ NS @\n@ A 192.0.2.7\nz MX 1 @\nz MX 2 z\n";
    let zones =
        build(&[("example.com.zone", &parent), ("sub.example.com.zone", child), ("example.org.zone", other)]);
    let question = name("a.example.com.");
    let mut answer = Answer::to(&question);
    let mut place = asked(&question, &name("example.com."));
    let mut at = question;
    loop {
        let Found::Exists { node, .. } = zones.find(&QueryName::from(&at)) else { panic!("{at}") };
        let Some(cname) = node.cname() else { break };
        let start = answer.add(cname, place);
        let target = cname.target().unwrap();
        let Found::Exists { zone, .. } = zones.find(&QueryName::from(target.name())) else {
            panic!("{}", target.name())
        };
        place = target.place(start, place, zone.apex()).unwrap();
        at = target.name().clone();
    }
    let Found::Exists { node, .. } = zones.find(&QueryName::from(&at)) else { panic!("{at}") };
    answer.add(node.rrset(Rtype::MX).unwrap(), place);
    let shown: Vec<String> = answer.decode().iter().map(text).collect();
    assert_eq!(
        shown,
        [
            "a.example.com. 300 CNAME B.c.example.com.",
            "B.c.example.com. 300 CNAME x.sub.example.com.",
            "x.sub.example.com. 60 CNAME y.sub.example.com.",
            "y.sub.example.com. 60 CNAME Z.example.org.",
            "Z.example.org. 60 MX 1 example.org.",
            "Z.example.org. 60 MX 2 z.example.org.",
        ]
    );
}

#[test]
fn a_target_that_is_an_apex_can_belong_to_the_zone_above_it() {
    // The DS of sub.example.com is example.com's, and the CNAME's target was written as a pointer alone.
    let child = format!("{HEAD}x CNAME @\n");
    let zones =
        build(&[("example.com.zone", &format!("{HEAD}sub NS ns1\n")), ("sub.example.com.zone", &child)]);
    let question = name("x.sub.example.com.");
    let mut answer = Answer::to(&question);
    let Found::Exists { node, zone, .. } = zones.find(&QueryName::from(&question)) else {
        panic!("{zones:?}")
    };
    let (cname, place) = (node.cname().unwrap(), asked(&question, zone.apex()));
    let start = answer.add(cname, place);
    let target = cname.target().unwrap();
    let Found::Exists { zone, .. } = zones.find_ds(&QueryName::from(target.name())) else {
        panic!("{target:?}")
    };
    let Place { apex, .. } = target.place(start, place, zone.apex()).unwrap();
    answer.add(zone.negative_soa(), Place { owner: apex, apex });
    let shown: Vec<String> = answer.decode().iter().map(|record| record.name.to_string()).collect();
    assert_eq!(shown, ["x.sub.example.com.", "example.com."]);
}

#[test]
fn a_referral_points_glue_at_the_name_servers() {
    let lines = "d NS Ns2.d\nd NS other.net.\nd NS ns.e\nd NS ns1.d\nns1.d A 192.0.2.3\nns1.d AAAA 2001:db8::3\nNs2.d A 192.0.2.4\n\
        e NS ns.e\nns.e A 192.0.2.5\n";
    let zones = build(&[("example.com.zone", &format!("{HEAD}{lines}"))]);
    let question = name("q.d.example.com.");
    let Found::Cut { zone, cut } = zones.find(&QueryName::from(&question)) else { panic!("no cut") };
    let mut answer = Answer::to(&question);
    let apex = asked(&question, zone.apex()).apex;
    let owner = u16::try_from(12 + question.wire().len() - cut.owner().wire().len()).unwrap();
    let at = answer.add(cut.ns(), Place { owner, apex });
    for glue in cut.glue() {
        answer.add(&glue.addresses, Place { owner: u16::try_from(at).unwrap() + glue.host_at, apex });
    }
    let kinds: Vec<GlueKind> = cut.glue().iter().map(|glue| glue.kind).collect();
    assert_eq!(kinds, [GlueKind::InDomain, GlueKind::InDomain, GlueKind::InDomain, GlueKind::Sibling]);
    let shown: Vec<String> = answer.decode().iter().map(text).collect();
    assert_eq!(
        shown,
        [
            "d.example.com. 300 NS Ns2.d.example.com.",
            "d.example.com. 300 NS other.net.",
            "d.example.com. 300 NS ns.e.example.com.",
            "d.example.com. 300 NS ns1.d.example.com.",
            "Ns2.d.example.com. 300 A 192.0.2.4",
            "ns1.d.example.com. 300 A 192.0.2.3",
            "ns1.d.example.com. 300 AAAA 2001:db8::3",
            "ns.e.example.com. 300 A 192.0.2.5",
        ]
    );
}

#[test]
fn every_record_of_the_sample_zone_decodes() {
    let zones = build(&[("yourdomain.com.zone", include_str!("../zones/yourdomain.com.zone"))]);
    let mut records = 0;
    for (owner, node) in zones.nodes() {
        let mut answer = Answer::to(owner);
        for set in node.rrsets() {
            answer.add(set, asked(owner, &name("yourdomain.com.")));
        }
        if answer.records > 0 {
            records += answer.decode().len();
        }
    }
    assert_eq!(records, zones.record_count());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]
    #[test]
    fn no_text_panics_the_loader(edits in prop::collection::vec((any::<prop::sample::Index>(), "[\\x00-\\x7f]{0,3}|[()\";\\\\@$ \n]|\\PC", 0_usize..4), 1..8)) {
        let mut text: Vec<char> = include_str!("../zones/yourdomain.com.zone").chars().collect();
        for (at, insert, remove) in &edits {
            let at = at.index(text.len());
            let end = (at + remove).min(text.len());
            text.splice(at..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        let file = ZoneFile { file: "yourdomain.com.zone".into(), text };
        let again = file.clone();
        // refused or loaded: what is loaded answers and decodes
        if let Ok((zones, _)) = Zones::build(&[file], &|_, _| Ok(again.clone()), &[]) {
            for (owner, node) in zones.nodes() {
                let _ = zones.find(&QueryName::from(owner));
                for set in node.rrsets() {
                    let mut answer = Answer::to(owner);
                    answer.add(set, asked(owner, &name("yourdomain.com.")));
                    prop_assert_eq!(answer.decode().len(), usize::from(set.count()));
                }
            }
        }
    }
}
