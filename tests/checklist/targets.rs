//! CNAME targets: names that are steered by a CNAME, decided as addresses are.

use meridian::client::Carrier;
use meridian::clock::Clock;
use meridian::world::Supposed;

use super::ask;
use super::world::{CHILD, CONFIG, ZONE, picture};

const FENCED: [u8; 4] = [198, 51, 100, 0];
const FREE: [u8; 4] = [203, 0, 113, 0];
const OURS: &str = "named.example.test. 30 IN CNAME www.example.test.";
const THEIRS: &str = "named.example.test. 30 IN CNAME lb.us.example.net.";

#[test]
fn every_type_gets_the_cname_of_the_region() {
    for rtype in ["A", "AAAA", "MX", "TXT", "NS", "SOA", "SRV", "HTTPS", "SVCB", "DS", "CNAME", "ANY"] {
        for reply in ask("named.example.test", rtype).subnet(FREE, 24).send().each() {
            assert_eq!((reply.rcode(), reply.answers()), (0, vec![THEIRS.to_owned()]), "{rtype}");
            assert!(reply.is_authoritative() && reply.authorities().is_empty(), "{rtype}");
        }
    }
    for reply in ask("named.example.test", "A").number(65280).subnet(FREE, 24).send().each() {
        assert_eq!(reply.answers(), [THEIRS]);
    }
}

#[test]
fn a_target_in_our_zones_is_followed_unless_the_cname_is_asked_for() {
    let of = |rtype: &str| ask("named.example.test", rtype).subnet(FENCED, 24).send().udp;
    assert_eq!(
        of("A").answers(),
        [OURS, "www.example.test. 300 IN A 192.0.2.80", "www.example.test. 300 IN A 192.0.2.81"]
    );
    assert_eq!(of("AAAA").answers(), [OURS, "www.example.test. 300 IN AAAA 2001:db8::80"]);
    let missing = of("MX");
    assert_eq!((missing.rcode(), missing.answers()), (0, vec![OURS.to_owned()]));
    assert!(missing.authorities()[0].contains(" SOA "), "NODATA of the target");
    for rtype in ["CNAME", "ANY"] {
        assert_eq!(
            (of(rtype).answers(), of(rtype).authorities()),
            (vec![OURS.to_owned()], vec![]),
            "{rtype}"
        );
    }
}

#[test]
fn its_scope_is_the_decisions_whatever_the_type() {
    let scope =
        |rtype: &str, subnet| ask("named.example.test", rtype).subnet(subnet, 24).send().udp.option(8);
    for subnet in [FREE, FENCED] {
        let first = scope("A", subnet).unwrap();
        assert!(first[3] > 0, "not everyone gets this answer");
        for rtype in ["MX", "CNAME", "ANY", "HTTPS"] {
            assert_eq!(scope(rtype, subnet).unwrap(), first, "{rtype}");
        }
    }
}

#[test]
fn names_below_a_steered_cname_are_not_its_own() {
    for reply in ask("below.named.example.test", "A").send().each() {
        assert_eq!((reply.rcode(), reply.answers()), (3, vec![]));
    }
}

#[test]
fn where_no_region_is_allowed_the_name_of_a_sink_is_told() {
    for rtype in ["A", "TXT", "CNAME"] {
        for reply in ask("us-named.example.test", rtype).subnet(FENCED, 24).send().each() {
            assert_eq!(reply.answers(), ["us-named.example.test. 30 IN CNAME sink.example.net."], "{rtype}");
        }
    }
}

/// Every type, every state of the regions: a fenced client gets its fence's name, and an answer always.
#[test]
fn no_type_leaves_the_fence_or_is_empty_whatever_is_down_or_drained() {
    let clock = Clock::start();
    let world = picture(CONFIG, &[("example.test.zone", ZONE), ("child.example.test.zone", CHILD)]);
    let states = [Supposed::Up, Supposed::Down, Supposed::Drained];
    for (us, eu) in states.into_iter().flat_map(|us| states.map(|eu| (us, eu))) {
        let supposed = [("us-name".into(), us), ("eu-name".into(), eu)];
        let snapshot = world.suppose(&supposed, clock.now()).unwrap();
        for rtype in ["A", "AAAA", "HTTPS", "MX", "CNAME", "ANY"] {
            let query = ask("named.example.test", rtype).subnet(FENCED, 24);
            let answers = query.of(&snapshot, Carrier::Udp, clock.now()).answers();
            assert!(answers[0].ends_with(" CNAME www.example.test."), "us {us:?}, eu {eu:?}: {answers:?}");
        }
    }
}
