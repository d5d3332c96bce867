//! Cookies (RFC 7873, RFC 9018). The hash itself is held to the RFC's vectors in `src/answer/cookie.rs`.

use meridian::answer::{Cookie, Outcome};
use meridian::client::Carrier;

use super::world::{LOOPBACK, both, by_call, outcome};
use super::{Ask, Reply, ask};

const COOKIE: u16 = 10;
const CLIENT: [u8; 8] = *b"8 octets";

fn with(cookie: &[u8]) -> Ask {
    ask("www.example.test", "A").option(COOKIE, cookie)
}

/// What a client at the address of the tests learns.
fn learned() -> Vec<u8> {
    with(&CLIENT).send().udp.option(COOKIE).unwrap()
}

fn state(query: &Ask) -> Cookie {
    match outcome(Carrier::Udp, LOOPBACK, &query.octets()).0 {
        Outcome::Answered { cookie, .. } => cookie,
        Outcome::Dropped => panic!("dropped"),
    }
}

#[test]
fn a_client_cookie_alone_gets_the_answer_and_a_server_cookie_of_version_1() {
    for reply in with(&CLIENT).send().each() {
        let cookie = reply.option(COOKIE).unwrap();
        assert_eq!((reply.answers().len(), cookie.len()), (2, 24));
        assert_eq!((&cookie[..8], &cookie[8..12]), (&CLIENT[..], &[1, 0, 0, 0][..]));
    }
}

#[test]
fn a_young_cookie_of_ours_is_valid_and_comes_back_as_it_is() {
    let cookie = learned();
    assert_eq!(state(&with(&cookie)), Cookie::Valid);
    for reply in with(&cookie).send().each() {
        assert_eq!(reply.option(COOKIE).unwrap(), cookie);
    }
    assert_eq!(state(&with(&CLIENT)), Cookie::Unproven);
    assert_eq!(state(&ask("www.example.test", "A").edns()), Cookie::Absent);
}

#[test]
fn a_forged_or_foreign_cookie_gets_the_answer_and_a_fresh_one() {
    let mut forged = learned();
    forged[23] ^= 1;
    for cookie in [forged, [&CLIENT[..], &[9; 8]].concat(), [&CLIENT[..], &[9; 32]].concat()] {
        assert_eq!(state(&with(&cookie)), Cookie::Unproven);
        for reply in with(&cookie).send().each() {
            let fresh = reply.option(COOKIE).unwrap();
            assert_eq!((reply.rcode(), reply.answers().len(), fresh.len()), (0, 2, 24));
            assert_eq!(state(&with(&fresh)), Cookie::Valid);
        }
    }
    let elsewhere = by_call(Carrier::Udp, "192.0.2.7".parse().unwrap(), &with(&learned()).octets()).unwrap();
    assert_ne!(Reply::read(elsewhere).option(COOKIE).unwrap(), learned(), "a cookie belongs to one address");
}

#[test]
fn a_cookie_of_another_length_is_a_format_error() {
    for length in (0..8).chain(9..16).chain([41, 64]) {
        for reply in with(&vec![1; length]).send().each() {
            assert_eq!((reply.rcode(), reply.opt().is_some()), (1, true), "{length} octets");
        }
    }
}

#[test]
fn of_several_cookies_the_first_counts() {
    let query = with(&CLIENT).option(COOKIE, b"another.").option(COOKIE, b"odd");
    for reply in query.send().each() {
        let cookies: Vec<_> = reply.options().into_iter().filter(|(code, _)| *code == COOKIE).collect();
        assert_eq!((reply.rcode(), cookies.len(), &cookies[0].1[..8]), (0, 1, &CLIENT[..]));
    }
}

#[test]
fn no_question_and_a_cookie_get_a_fresh_cookie_and_nothing_else() {
    for reply in with(&CLIENT).no_question().send().each() {
        assert_eq!((reply.rcode(), reply.counts()), (0, [0, 0, 0, 1]));
        assert_eq!(reply.option(COOKIE).unwrap().len(), 24);
    }
}

#[test]
fn no_question_and_a_server_cookie_confirm_it_or_say_that_it_is_bad() {
    for reply in with(&learned()).no_question().send().each() {
        assert_eq!(reply.rcode(), 0);
    }
    for reply in with(&[7; 24]).no_question().send().each() {
        assert_eq!((reply.rcode(), reply.option(COOKIE).unwrap().len()), (23, 24));
    }
}

#[test]
fn refusals_and_errors_carry_the_cookie_too() {
    for name in ["elsewhere.test", "missing.example.test", "host.sub.example.test"] {
        for reply in ask(name, "A").option(COOKIE, &CLIENT).send().each() {
            assert_eq!(reply.option(COOKIE).unwrap()[..8], CLIENT, "{name}");
        }
    }
    let junk = [with(&CLIENT).octets(), b"junk".to_vec()].concat();
    assert_eq!(both(&junk).udp.option(COOKIE).unwrap()[..8], CLIENT);
}
