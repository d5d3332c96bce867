//! Wildcards (RFC 4592).

use super::ask;

#[test]
fn a_wildcard_stands_for_missing_names_of_one_label_or_many_under_the_name_asked() {
    for name in ["a.wild.example.test", "a.b.c.wild.example.test", "_x.wild.example.test"] {
        for reply in ask(name, "A").send().each() {
            assert_eq!(reply.answers(), [format!("{name}. 300 IN A 192.0.2.90")]);
            assert!(reply.is_authoritative());
        }
    }
}

#[test]
fn a_wildcard_does_not_stand_for_its_own_parent() {
    for reply in ask("wild.example.test", "A").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative());
    }
}

#[test]
fn an_existing_name_and_what_lies_below_it_block_the_wildcard() {
    for reply in ask("real.wild.example.test", "A").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative());
    }
    for reply in ask("below.real.wild.example.test", "A").send().each() {
        assert!(reply.rcode() == 3 && reply.is_negative());
    }
}

#[test]
fn a_type_that_the_wildcard_lacks_is_nodata() {
    for reply in ask("a.wild.example.test", "MX").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative());
    }
}

#[test]
fn the_literal_wildcard_can_be_asked_for() {
    for reply in ask("*.wild.example.test", "A").send().each() {
        assert_eq!(reply.answers(), ["*.wild.example.test. 300 IN A 192.0.2.90"]);
    }
}

#[test]
fn a_star_that_is_not_the_first_label_is_an_ordinary_label() {
    for reply in ask("a.*.star.example.test", "A").send().each() {
        assert_eq!(reply.answers(), ["a.*.star.example.test. 300 IN A 192.0.2.91"]);
    }
    for reply in ask("b.*.star.example.test", "A").send().each() {
        assert!(reply.rcode() == 3 && reply.is_negative());
    }
}

#[test]
fn a_star_in_the_middle_is_an_ordinary_label_in_delegations_too() {
    for reply in ask("x.one.*.odd.example.test", "A").send().each() {
        assert_eq!(reply.authorities(), ["one.*.odd.example.test. 300 IN NS ns.one.*.odd.example.test."]);
        assert!(!reply.is_authoritative());
    }
    for reply in ask("x.one.y.odd.example.test", "A").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative(), "its parent is a wildcard without data");
    }
}

#[test]
fn a_star_that_is_only_an_empty_non_terminal_still_catches_its_siblings() {
    for reply in ask("b.star.example.test", "A").send().each() {
        assert!(reply.rcode() == 0 && reply.is_negative());
    }
}

#[test]
fn a_wildcard_alias_works_and_its_target_is_followed() {
    for reply in ask("x.alias.wild.example.test", "AAAA").send().each() {
        let expected = [
            "x.alias.wild.example.test. 300 IN CNAME www.example.test.",
            "www.example.test. 300 IN AAAA 2001:db8::80",
        ];
        assert_eq!(reply.answers(), expected);
    }
}
