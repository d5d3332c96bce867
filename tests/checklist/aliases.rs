//! CNAME and DNAME (RFC 1034 §3.6.2, RFC 6604, RFC 6672).

use super::ask;

/// As the decoder shows a type whose data it does not read: the octets of `branch.example.test.` in base 64.
const DNAME: &str = "tree.example.test. 300 IN DNAME BmJyYW5jaAdleGFtcGxlBHRlc3QA";

fn alias(owner: &str, target: &str) -> String {
    format!("{owner}.example.test. 300 IN CNAME {target}.")
}

#[test]
fn an_alias_comes_first_and_the_chain_in_order() {
    for reply in ask("first.example.test", "AAAA").send().each() {
        let expected = [
            alias("first", "second.example.test"),
            alias("second", "alias.example.test"),
            alias("alias", "www.example.test"),
            "www.example.test. 300 IN AAAA 2001:db8::80".to_owned(),
        ];
        assert_eq!((reply.answers(), reply.rcode()), (expected.to_vec(), 0));
    }
}

#[test]
fn the_alias_itself_is_not_followed() {
    for reply in ask("first.example.test", "CNAME").send().each() {
        assert_eq!(reply.answers(), [alias("first", "second.example.test")]);
    }
}

#[test]
fn a_target_outside_our_zones_ends_the_answer() {
    for reply in ask("outside.example.test", "A").edns().send().each() {
        assert_eq!((reply.answers(), reply.rcode()), (vec![alias("outside", "www.elsewhere.test")], 0));
        assert!(reply.authorities().is_empty() && reply.trouble().is_none());
    }
}

#[test]
fn a_missing_target_is_nxdomain_and_a_missing_type_nodata() {
    for (owner, target, rcode) in [("dangling", "missing", 3), ("typeless", "text", 0)] {
        for reply in ask(&format!("{owner}.example.test"), "A").send().each() {
            let expected = vec![alias(owner, &format!("{target}.example.test"))];
            assert_eq!((reply.answers(), reply.rcode()), (expected, rcode));
            assert!(reply.authorities()[0].starts_with("example.test. 60 IN SOA"));
        }
    }
}

#[test]
fn a_target_below_a_delegation_brings_the_referral_behind_the_alias() {
    for reply in ask("cut.example.test", "A").send().each() {
        assert_eq!(reply.answers(), [alias("cut", "host.sub.example.test")]);
        assert!(reply.is_authoritative(), "for the first owner");
        assert_eq!((reply.authorities().len(), reply.additionals().len()), (2, 2));
    }
}

#[test]
fn a_target_in_another_of_our_zones_is_followed() {
    for reply in ask("inner.example.test", "A").send().each() {
        let address = "www.child.example.test. 300 IN A 192.0.2.96".to_owned();
        assert_eq!(reply.answers(), [alias("inner", "www.child.example.test"), address]);
    }
}

#[test]
fn a_loop_gives_what_was_collected_and_not_a_server_failure() {
    for reply in ask("loop.example.test", "A").send().each() {
        let answers = reply.answers();
        assert_eq!(reply.rcode(), 0);
        assert_eq!(
            answers,
            [alias("loop", "loop2.example.test"), alias("loop2", "loop.example.test")],
            "each once"
        );
    }
}

#[test]
fn an_alias_to_a_steered_name_is_followed() {
    for reply in ask("steered.example.test", "A").subnet([198, 51, 100, 0], 24).send().each() {
        let address = "api.example.test. 30 IN A 192.0.2.20".to_owned();
        assert_eq!(reply.answers(), [alias("steered", "api.example.test"), address]);
    }
}

#[test]
fn names_below_a_dname_are_renamed_by_an_alias_of_the_same_ttl_and_followed() {
    for reply in ask("leaf.tree.example.test", "A").send().each() {
        let expected = [
            DNAME.to_owned(),
            alias("leaf.tree", "leaf.branch.example.test"),
            "leaf.branch.example.test. 300 IN A 192.0.2.93".to_owned(),
        ];
        assert_eq!((reply.answers(), reply.rcode()), (expected.to_vec(), 0));
    }
    for reply in ask("missing.tree.example.test", "A").send().each() {
        assert_eq!((reply.answers().len(), reply.rcode()), (2, 3));
    }
}

#[test]
fn the_owner_of_a_dname_answers_for_itself() {
    for reply in ask("tree.example.test", "DNAME").send().each() {
        assert_eq!(reply.answers(), [DNAME]);
    }
    for reply in ask("tree.example.test", "A").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative());
    }
}

#[test]
fn a_name_that_grows_too_long_is_yxdomain_with_the_dname() {
    let long = format!("{0}.{0}.{0}.long.example.test", "x".repeat(50));
    for reply in ask(&long, "A").send().each() {
        assert_eq!((reply.rcode(), reply.answers().len()), (6, 1));
        assert!(reply.answers()[0].contains(" DNAME "));
    }
}
