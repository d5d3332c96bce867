//! Positive and negative answers (RFC 1034 §4.3.2, RFC 2308, RFC 8020).

use super::ask;

#[test]
fn the_apex_soa_and_ns_are_exact() {
    for reply in ask("example.test", "SOA").send().each() {
        let soa = "example.test. 3600 IN SOA ns1.example.test. host.example.test. 7 7200 900 1209600 60";
        assert_eq!((reply.answers(), reply.is_authoritative()), (vec![soa.to_owned()], true));
    }
    for reply in ask("example.test", "NS").send().each() {
        let mut answers = reply.answers();
        answers.sort();
        let expected =
            ["example.test. 300 IN NS ns.elsewhere.test.", "example.test. 300 IN NS ns1.example.test."];
        assert_eq!(answers, expected);
    }
}

#[test]
fn an_rrset_is_whole_with_one_ttl_and_no_record_twice() {
    let reply = ask("sixty.example.test", "A").send().tcp;
    let mut answers = reply.answers();
    answers.sort();
    answers.dedup();
    assert_eq!(answers.len(), 60);
    assert!(answers.iter().all(|record| record.starts_with("sixty.example.test. 300 IN A ")));
}

#[test]
fn nodata_is_noerror_with_the_soa_at_the_lesser_of_its_ttl_and_minimum() {
    for (name, rtype) in [("www.example.test", "MX"), ("text.example.test", "A"), ("example.test", "A")] {
        for reply in ask(name, rtype).send().each() {
            assert!(reply.rcode() == 0 && reply.is_negative(), "{name} {rtype}: {:?}", reply.authorities());
        }
    }
}

#[test]
fn a_missing_name_is_nxdomain_with_the_soa() {
    for name in ["missing.example.test", "below.www.example.test", "a.b.c.missing.example.test"] {
        for reply in ask(name, "A").send().each() {
            assert!(reply.rcode() == 3 && reply.is_negative(), "{name}");
        }
    }
}

#[test]
fn empty_non_terminals_are_nodata_and_names_beside_them_are_missing() {
    for name in ["empty.terminal.example.test", "terminal.example.test", "_udp.example.test"] {
        for reply in ask(name, "A").send().each() {
            assert!(reply.rcode() == 0 && reply.is_negative(), "{name}");
        }
    }
    for name in ["x.empty.terminal.example.test", "emptier.terminal.example.test", "_tcp._udp.example.test"] {
        for reply in ask(name, "A").send().each() {
            assert!(reply.rcode() == 3 && reply.is_negative(), "{name}");
        }
    }
}

#[test]
fn names_outside_our_zones_are_refused_without_a_referral_parents_and_the_root_included() {
    for name in ["elsewhere.test", "test", ".", "notexample.test", "example.testing"] {
        for reply in ask(name, "A").send().each() {
            assert_eq!(
                (reply.rcode(), reply.is_authoritative(), reply.is_empty()),
                (5, false, true),
                "{name}"
            );
        }
    }
}

#[test]
fn no_authority_or_additional_data_is_added_to_an_answer() {
    for (name, rtype) in [("www.example.test", "A"), ("example.test", "MX"), ("example.test", "NS")] {
        for reply in ask(name, rtype).send().each() {
            assert!(reply.authorities().is_empty() && reply.additionals().is_empty(), "{name} {rtype}");
        }
    }
}

#[test]
fn names_are_compressed_so_that_sixty_addresses_fit_in_1000_octets() {
    let reply = ask("sixty.example.test", "A").size(1232).send().udp;
    assert_eq!((reply.answers().len(), reply.is_truncated()), (60, false));
    assert!(reply.octets.len() <= 1012, "{} octets", reply.octets.len());
}

#[test]
fn a_nested_zone_answers_from_its_apex_down() {
    for reply in ask("www.child.example.test", "A").send().each() {
        assert_eq!((reply.is_authoritative(), reply.answers().len()), (true, 1));
    }
    for reply in ask("missing.child.example.test", "A").send().each() {
        assert_eq!(reply.rcode(), 3);
        assert!(reply.authorities()[0].starts_with("child.example.test. 60 IN SOA "), "its own SOA");
    }
}
