//! Classes and types: what is data, what is a question only, what is not ours to answer.

use super::ask;

const REFUSED: u16 = 5;

#[test]
fn foreign_classes_are_refused() {
    for class in [0, 2, 3, 4, 254, 255, 65_535] {
        for reply in ask("www.example.test", "A").class(class).edns().send().each() {
            assert_eq!((reply.rcode(), reply.trouble()), (REFUSED, Some(21)), "class {class}");
            assert!(reply.is_empty() && !reply.is_authoritative());
        }
    }
}

#[test]
fn an_unknown_type_at_an_existing_name_is_nodata() {
    for number in [65_281, 999, 61_440] {
        for reply in ask("www.example.test", "A").number(number).send().each() {
            assert!(reply.rcode() == 0 && reply.is_negative(), "type {number}");
        }
    }
}

#[test]
fn data_of_an_unknown_type_is_served_unchanged() {
    for reply in ask("unknown.example.test", "TYPE65280").send().each() {
        assert_eq!(reply.counts()[1], 1);
        assert!(reply.octets.ends_with(&[0xff, 0, 0, 1, 0, 0, 1, 0x2c, 0, 4, 0x0a, 0, 0, 1]));
    }
}

#[test]
fn names_inside_data_are_compressed_only_where_rfc_1035_allows() {
    for reply in ask("_sip._udp.example.test", "SRV").send().each() {
        assert!(
            reply.octets.ends_with(b"\0\0\0\0\x13\xc4\x03www\x07example\x04test\0"),
            "{:?}",
            reply.octets
        );
    }
    for reply in ask("example.test", "MX").send().each() {
        assert!(reply.octets.ends_with(b"\0\x0a\x04mail\xc0\x0c"), "{:?}", reply.octets);
    }
}

#[test]
fn types_that_are_no_data_are_always_answered_and_never_with_data() {
    for number in [0, 41, 128, 249, 250, 251, 252, 253, 254, 65_535] {
        for reply in ask("www.example.test", "A").number(number).send().each() {
            assert!([0, 1, 4, 5, 9].contains(&reply.rcode()), "type {number}: {}", reply.rcode());
            assert!(reply.answers().is_empty(), "type {number}");
        }
    }
}

#[test]
fn nxname_asked_for_is_a_format_error_that_says_so() {
    for reply in ask("www.example.test", "A").number(128).edns().send().each() {
        assert_eq!((reply.rcode(), reply.trouble()), (1, Some(30)));
    }
}

#[test]
fn rrsig_asked_for_is_nodata_in_an_unsigned_zone() {
    for reply in ask("www.example.test", "RRSIG").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative());
    }
}

#[test]
fn any_gives_one_rrset_within_512_octets() {
    for (name, records) in [("example.test", 2), ("www.example.test", 2), ("text.example.test", 1)] {
        for reply in ask(name, "ANY").send().each() {
            let answers = reply.answers();
            let kinds: std::collections::BTreeSet<_> =
                answers.iter().filter_map(|record| record.split(' ').nth(3)).collect();
            assert_eq!((answers.len(), kinds.len()), (records, 1), "{answers:?}");
            assert!(reply.octets.len() <= 512);
        }
    }
}

#[test]
fn any_at_an_alias_is_the_alias_alone() {
    for reply in ask("alias.example.test", "ANY").send().each() {
        assert_eq!(reply.answers(), ["alias.example.test. 300 IN CNAME www.example.test."]);
    }
}

#[test]
fn any_at_a_steered_name_is_the_addresses_of_one_family_with_their_scope() {
    for reply in ask("api.example.test", "ANY").subnet([198, 51, 100, 0], 24).send().each() {
        assert_eq!(reply.answers(), ["api.example.test. 30 IN A 192.0.2.20"], "inside the fence");
        assert_eq!(reply.option(8).unwrap()[3], 24);
    }
}

/// RFC 5936 §2.2.1: REFUSED for a zone that is not handed out, NOTAUTH where there is none. A transfer would hand one
/// client's steered answer to everybody, so no key allows it.
#[test]
fn a_transfer_is_refused_without_zone_data() {
    let table = [
        ("example.test", REFUSED, 21),
        ("child.example.test", REFUSED, 21),
        ("www.example.test", 9, 20),
        ("sub.example.test", 9, 20),
        ("elsewhere.test", 9, 20),
    ];
    for (name, rcode, trouble) in table {
        for rtype in ["AXFR", "IXFR"] {
            for reply in ask(name, "A").number(if rtype == "AXFR" { 252 } else { 251 }).edns().send().each() {
                assert_eq!((reply.rcode(), reply.trouble()), (rcode, Some(trouble)), "{name} {rtype}");
                assert!(reply.is_empty(), "{name} {rtype}");
            }
        }
    }
}
