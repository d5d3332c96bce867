//! NSID, extended errors, keepalive, padding, signatures.

use meridian::client::Carrier;

use super::ask::wire;
use super::world::{LOOPBACK, by_call};
use super::{Reply, ask};

const NSID: u16 = 3;
const KEEPALIVE: u16 = 11;
const PADDING: u16 = 12;

#[test]
fn the_name_of_the_server_is_told_only_when_asked_and_a_payload_is_ignored() {
    for reply in ask("www.example.test", "A").edns().send().each() {
        assert_eq!(reply.option(NSID), None);
    }
    for payload in [&b""[..], b"payload"] {
        for reply in ask("www.example.test", "A").option(NSID, payload).send().each() {
            assert_eq!(reply.option(NSID).unwrap(), b"here");
        }
    }
}

#[test]
fn an_extended_error_comes_only_to_a_query_with_opt() {
    for reply in ask("elsewhere.test", "A").send().each() {
        assert_eq!((reply.rcode(), reply.counts()[3]), (5, 0));
    }
}

#[test]
fn a_name_outside_our_zones_is_refused_as_not_ours() {
    for name in ["elsewhere.test", "test", "."] {
        for reply in ask(name, "A").edns().send().each() {
            assert_eq!((reply.rcode(), reply.option(15).unwrap()), (5, vec![0, 20]), "{name}, without text");
        }
    }
}

#[test]
fn answers_and_honest_negatives_carry_no_extended_error() {
    for name in ["www.example.test", "missing.example.test", "api.example.test", "host.sub.example.test"] {
        for reply in ask(name, "A").edns().send().each() {
            assert_eq!(reply.trouble(), None, "{name}");
        }
    }
}

#[test]
fn keepalive_is_answered_over_tcp_with_the_idle_timeout_and_ignored_over_udp() {
    let replies = ask("www.example.test", "A").option(KEEPALIVE, b"").send();
    assert_eq!(replies.tcp.option(KEEPALIVE).unwrap(), 100_u16.to_be_bytes(), "ten seconds");
    assert_eq!(replies.udp.option(KEEPALIVE), None);
    assert_eq!(ask("www.example.test", "A").edns().send().tcp.option(KEEPALIVE), None, "not unasked");
}

#[test]
fn keepalive_with_a_timeout_in_a_query_is_a_format_error_over_tcp_and_ignored_over_udp() {
    for data in [&b"\0"[..], b"\0\x64", b"long"] {
        let replies = ask("www.example.test", "A").option(KEEPALIVE, data).send();
        assert_eq!((replies.tcp.rcode(), replies.udp.rcode()), (1, 0), "{data:?}");
        assert_eq!(replies.tcp.option(KEEPALIVE), None);
    }
}

#[test]
fn nothing_is_padded_on_carriers_that_are_not_encrypted() {
    for reply in ask("www.example.test", "A").option(PADDING, &[0; 100]).send().each() {
        assert_eq!((reply.rcode(), reply.option(PADDING)), (0, None));
    }
}

#[test]
fn answers_are_padded_to_whole_blocks_on_encrypted_carriers_when_asked() {
    for (name, rtype) in [("www.example.test", "A"), ("big.example.test", "TXT"), ("elsewhere.test", "A")] {
        let query = ask(name, rtype).option(PADDING, &[0; 20]);
        for carrier in [Carrier::Tls, Carrier::Quic] {
            let octets = by_call(carrier, LOOPBACK, &query.octets()).unwrap();
            assert_eq!(octets.len() % 468, 0, "{name} over {carrier:?}");
            assert!(Reply::read(octets).option(PADDING).unwrap().iter().all(|octet| *octet == 0));
        }
        let plain = by_call(Carrier::Tls, LOOPBACK, &ask(name, rtype).edns().octets()).unwrap();
        assert_eq!(Reply::read(plain).option(PADDING), None, "only when asked");
    }
}

#[test]
fn keepalive_is_told_inside_tls_and_not_over_quic_which_has_its_own() {
    let query = ask("www.example.test", "A").option(KEEPALIVE, b"").octets();
    let told = |carrier| Reply::read(by_call(carrier, LOOPBACK, &query).unwrap()).option(KEEPALIVE);
    assert_eq!((told(Carrier::Tls), told(Carrier::Quic)), (Some(vec![0, 100]), None));
}

/// RFC 8945 §5.2.1: this server shares keys with nobody, so a signed query is told BADKEY. An unsigned answer would be
/// thrown away, and the client would wait for the right one.
#[test]
fn a_signed_query_is_told_that_its_key_is_not_known() {
    let time = [0, 0, 0x65, 0, 0, 0, 1, 0x2c];
    let data = [&wire("hmac-sha256")[..], &time, &[0, 4], b"hash", &[0x12, 0x34, 0, 0, 0, 0]].concat();
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    let tsig = [&wire("key.test")[..], &[0, 250, 0, 255, 0, 0, 0, 0], &length, &data].concat();
    for reply in ask("www.example.test", "A").edns().after(&tsig).send().each() {
        assert_eq!((reply.rcode(), reply.answers().len(), reply.has_signature()), (9, 0, true));
        assert!(reply.octets.ends_with(&[0, 0, 0x12, 0x34, 0, 17, 0, 0]), "no MAC, the ID, BADKEY");
    }
    for reply in ask("www.example.test", "A").edns().before(&tsig).send().each() {
        assert_eq!(reply.rcode(), 1, "a signature is the last record");
    }
    for reply in ask("www.example.test", "A").after(&tsig[..tsig.len() - 1]).send().each() {
        assert_eq!(reply.rcode(), 1, "a signature that is cut short");
    }
}
