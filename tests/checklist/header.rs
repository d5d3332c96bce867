//! The header: what is copied, what is ours, what never is.

use super::ask;
use super::world::{both, maybe_both};

#[test]
fn an_answer_is_never_answered() {
    for flags in [0x80, 0x84, 0x81] {
        assert_eq!(maybe_both(&ask("www.example.test", "A").flags(flags, 0).octets()), [None, None]);
    }
}

// A source port of 0 cannot be sent from here: `src/dns/respond.rs` holds that such a datagram is dropped.

#[test]
fn identifier_and_question_come_back_octet_for_octet_case_included() {
    for name in ["www.example.test", "wWw.ExAmPlE.tEsT", "MISSING.EXAMPLE.TEST", "elsewhere.TEST"] {
        let query = ask(name, "A");
        for reply in query.send().each() {
            assert_eq!(reply.octets[..2], [0x12, 0x34], "{name}");
            assert_eq!(reply.question(), query.questions[0], "{name}");
        }
    }
}

#[test]
fn names_match_whatever_their_case_and_the_question_keeps_the_clients() {
    for name in ["mixed.example.test", "MIXED.EXAMPLE.TEST"] {
        for reply in ask(name, "A").send().each() {
            assert_eq!(reply.answers(), [format!("{name}. 300 IN A 192.0.2.82")]);
        }
    }
}

#[test]
fn recursion_desired_is_copied_and_recursion_is_never_available() {
    for (flags, expected) in [(0x00, 0x84), (0x01, 0x85)] {
        for reply in ask("www.example.test", "A").flags(flags, 0x80).send().each() {
            assert_eq!((reply.octets[2], reply.octets[3] & 0x80), (expected, 0));
        }
    }
}

#[test]
fn authority_is_claimed_only_for_names_of_our_zones() {
    let table = [
        ("www.example.test", true),
        ("missing.example.test", true),
        ("outside.example.test", true),
        ("host.sub.example.test", false),
        ("elsewhere.test", false),
    ];
    for (name, expected) in table {
        for reply in ask(name, "A").send().each() {
            assert_eq!(reply.is_authoritative(), expected, "{name}");
        }
    }
}

#[test]
fn authentic_data_is_never_claimed_and_the_reserved_bit_never_copied() {
    for reply in ask("www.example.test", "A").flags(0, 0x60).send().each() {
        assert_eq!((reply.octets[3] & 0x60, reply.rcode(), reply.answers().len()), (0, 0, 2));
    }
}

#[test]
fn checking_disabled_is_copied() {
    for (asked, expected) in [(0x10, 0x10), (0x00, 0x00)] {
        for reply in ask("www.example.test", "A").flags(0, asked).send().each() {
            assert_eq!(reply.octets[3] & 0x10, expected);
        }
    }
}

#[test]
fn flags_of_answers_in_a_query_are_ignored_and_the_query_answered() {
    for (first, second) in [(0x04, 0), (0x02, 0), (0, 0x80), (0x06, 0x8f)] {
        let mut query = ask("www.example.test", "A").octets();
        (query[2], query[3]) = (first, second);
        for reply in both(&query).each() {
            assert_eq!((reply.rcode(), reply.answers().len(), reply.is_truncated()), (0, 2, false));
        }
    }
}
