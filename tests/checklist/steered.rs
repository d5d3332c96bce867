//! Steered names: types, hints, fences, times.

use meridian::client::Carrier;
use meridian::clock::Clock;
use meridian::world::Supposed;

use super::ask::wire;
use super::world::{CHILD, CONFIG, ZONE, picture};
use super::{Reply, ask};

const FENCED: [u8; 4] = [198, 51, 100, 0];
const FREE: [u8; 4] = [203, 0, 113, 0];
const HTTPS: &str = "api.example.test. 30 IN HTTPS 1 . alpn=h2,h3, port=8443 ";

/// Addresses that are held in the hints of a record's octets, or are the record's own.
fn addresses(reply: &Reply) -> Vec<[u8; 4]> {
    let octets = &reply.octets;
    octets.windows(4).filter(|four| four[..3] == [192, 0, 2]).map(|four| four.try_into().unwrap()).collect()
}

#[test]
fn ttl_is_never_0_and_never_above_the_bound() {
    for rtype in ["A", "AAAA", "HTTPS", "SVCB"] {
        for reply in ask("api.example.test", rtype).send().each() {
            let ttl: u32 = reply.answers()[0].split(' ').nth(1).unwrap().parse().unwrap();
            assert!((1..=30).contains(&ttl), "{rtype}: {ttl}");
        }
    }
}

#[test]
fn the_same_subnet_gets_the_same_answer_from_the_same_picture() {
    let query = ask("api.example.test", "AAAA").subnet(FENCED, 24);
    let first = query.send().udp.octets;
    for _ in 0..10 {
        assert_eq!(query.send().udp.octets, first);
    }
}

#[test]
fn an_https_record_holds_protocols_port_and_the_addresses_as_hints() {
    let query = |rtype| ask("api.example.test", rtype).subnet(FENCED, 24);
    for (rtype, number) in [("HTTPS", 65), ("SVCB", 64)] {
        for reply in query(rtype).send().each() {
            let alpn = [0, 1, 0, 6, 2, b'h', b'2', 2, b'h', b'3'];
            let hints = [&[0, 4, 0, 4, 192, 0, 2, 20][..], &[0, 6, 0, 32]].concat();
            let rdata = [&[0, 1, 0][..], &alpn, &[0, 3, 0, 2, 0x20, 0xfb], &hints].concat();
            let length = u16::try_from(rdata.len() + 32).unwrap().to_be_bytes();
            let head = [&[0xc0, 0x0c, 0, number, 0, 1, 0, 0, 0, 30][..], &length].concat();
            let at = 12 + wire("api.example.test").len() + 4;
            assert_eq!(reply.counts()[1], 1);
            assert!(reply.octets[at..].starts_with(&[head, rdata].concat()), "{:?}", reply.octets);
            assert_eq!(reply.option(8).unwrap()[3], query("A").send().udp.option(8).unwrap()[3], "scope");
        }
    }
    assert!(
        query("HTTPS").send().udp.answers()[0].starts_with(HTTPS),
        "{:?}",
        query("HTTPS").send().udp.answers()
    );
}

#[test]
fn a_type_that_is_not_steered_is_nodata() {
    for rtype in ["AAAA", "HTTPS", "SVCB", "TXT"] {
        for reply in ask("four.example.test", rtype).send().each() {
            assert!(reply.rcode() == 0 && reply.is_negative(), "{rtype}");
        }
    }
    for reply in ask("four.example.test", "A").send().each() {
        assert!(!reply.answers().is_empty());
    }
}

#[test]
fn hints_leave_out_a_family_that_is_not_steered() {
    for reply in ask("fenced.example.test", "HTTPS").subnet(FREE, 24).send().each() {
        let rdata = [&[0, 1, 0][..], &[0, 4, 0, 8]].concat();
        let at = 12 + wire("fenced.example.test").len() + 4 + 12;
        assert!(reply.octets[at..].starts_with(&rdata), "{:?}", reply.octets);
        assert_eq!(reply.octets[at - 2..at], [0, 15], "two addresses and no more");
    }
}

#[test]
fn a_sink_answers_addresses_and_hints_alike() {
    for rtype in ["A", "HTTPS"] {
        for reply in ask("fenced.example.test", rtype).subnet(FENCED, 24).send().each() {
            assert_eq!((reply.rcode(), addresses(reply)), (0, vec![[192, 0, 2, 99]]), "{rtype}");
        }
    }
}

/// Every type, every state of the regions: a fenced client gets its fence's addresses, and an answer always.
#[test]
fn no_type_leaves_the_fence_or_is_empty_whatever_is_down_or_drained() {
    let clock = Clock::start();
    let world = picture(CONFIG, &[("example.test.zone", ZONE), ("child.example.test.zone", CHILD)]);
    let states = [Supposed::Up, Supposed::Down, Supposed::Drained];
    for (us, eu) in states.into_iter().flat_map(|us| states.map(|eu| (us, eu))) {
        let supposed = [("us".into(), us), ("eu".into(), eu)];
        let snapshot = world.suppose(&supposed, clock.now()).unwrap();
        for carrier in [Carrier::Udp, Carrier::Tcp] {
            for rtype in ["A", "AAAA", "HTTPS", "SVCB", "ANY"] {
                let query = ask("api.example.test", rtype).subnet(FENCED, 24);
                let reply = query.of(&snapshot, carrier, clock.now());
                let seen = format!("us {us:?}, eu {eu:?}, {rtype}: {:?}", reply.answers());
                assert!(reply.rcode() == 0 && reply.counts()[1] >= 1, "{seen}");
                assert!(addresses(&reply).iter().all(|address| *address == [192, 0, 2, 20]), "{seen}");
                let american = [0x20, 1, 0x0d, 0xb8, 0, 1];
                assert!(!reply.octets.windows(6).any(|six| six == american), "{seen}");
            }
        }
    }
}
