//! Client subnets (RFC 7871), as the message has them; that a scope is true is held by properties elsewhere.

use super::{Ask, ask};

const SUBNET: u16 = 8;

fn with(data: &[u8]) -> Ask {
    ask("api.example.test", "A").option(SUBNET, data)
}

#[test]
fn family_source_and_address_come_back_as_asked_with_a_scope() {
    let table: [&[u8]; 5] = [
        &[0, 1, 24, 0, 198, 51, 100],
        &[0, 1, 32, 0, 203, 0, 113, 7],
        &[0, 1, 9, 0, 81, 0],
        &[0, 2, 56, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0],
        &[0, 2, 128, 0, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1],
    ];
    for asked in table {
        for reply in with(asked).send().each() {
            let echoed = reply.option(SUBNET).unwrap();
            assert_eq!((&echoed[..3], &echoed[4..]), (&asked[..3], &asked[4..]), "{asked:?}");
        }
    }
}

#[test]
fn no_subnet_is_sent_unasked() {
    for reply in ask("api.example.test", "A").edns().send().each() {
        assert_eq!(reply.option(SUBNET), None);
    }
}

#[test]
fn a_malformed_subnet_is_a_format_error_without_echo() {
    let table: [(&str, &[u8]); 9] = [
        ("shorter than four octets", &[0, 1, 0]),
        ("an unknown family", &[0, 3, 8, 0, 1]),
        ("family 0", &[0, 0, 0, 0]),
        ("a source over 32", &[0, 1, 33, 0, 1, 2, 3, 4, 0]),
        ("a source over 128", &[0, 2, 129, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0]),
        ("too few octets", &[0, 1, 24, 0, 81, 2]),
        ("too many octets", &[0, 1, 24, 0, 81, 2, 69, 0]),
        ("bits beyond the source", &[0, 1, 23, 0, 81, 2, 69]),
        ("a scope in a query", &[0, 1, 24, 24, 81, 2, 69]),
    ];
    for (what, data) in table {
        for reply in with(data).send().each() {
            assert_eq!((reply.rcode(), reply.option(SUBNET)), (1, None), "{what}");
        }
    }
}

#[test]
fn a_source_of_0_is_answered_with_scope_0_and_no_address() {
    for data in [[0, 1, 0, 0], [0, 2, 0, 0]] {
        for reply in with(&data).send().each() {
            assert_eq!((reply.rcode(), reply.answers().is_empty()), (0, false));
            assert_eq!(reply.option(SUBNET).unwrap(), data);
        }
    }
}

#[test]
fn static_names_negatives_and_referrals_have_scope_0() {
    let names = [
        "www.example.test",
        "missing.example.test",
        "host.sub.example.test",
        "elsewhere.test",
        "text.example.test",
    ];
    for name in names {
        for reply in ask(name, "A").subnet([198, 51, 100, 0], 24).send().each() {
            assert_eq!(reply.option(SUBNET).unwrap(), [0, 1, 24, 0, 198, 51, 100], "{name}");
        }
    }
}

#[test]
fn a_steered_answer_that_depends_on_the_client_has_a_scope() {
    for reply in with(&[0, 1, 24, 0, 198, 51, 100]).send().each() {
        assert!(reply.option(SUBNET).unwrap()[3] > 0, "Germany is fenced and its neighbours are not");
    }
}

#[test]
fn an_alias_to_a_steered_name_has_the_steered_answers_scope() {
    let direct = with(&[0, 1, 24, 0, 198, 51, 100]).send().udp.option(SUBNET);
    for reply in ask("steered.example.test", "A").subnet([198, 51, 100, 0], 24).send().each() {
        assert_eq!(reply.option(SUBNET), direct);
    }
}
