//! Class CHAOS: nothing leaks unless the config says it.

use meridian::answer::{Outcome, answer};
use meridian::client::{Carrier, Client};
use meridian::clock::Clock;

use super::world::{CHILD, CONFIG, LOOPBACK, ZONE, picture};
use super::{Reply, ask};

const NAMES: [&str; 4] = ["version.bind", "version.server", "id.server", "hostname.bind"];

#[test]
fn software_and_host_are_kept_secret_by_default() {
    for name in NAMES {
        for reply in ask(name, "TXT").class(3).edns().send().each() {
            assert!(reply.rcode() == 5 && reply.is_empty(), "{name}");
        }
    }
}

#[test]
fn software_and_host_are_told_where_the_config_says_them() {
    let config = CONFIG.replace("nsid =", "version = \"Meridian\"\nid = \"fra-1\"\nnsid =");
    let now = Clock::start().now();
    let zones = [("example.test.zone", ZONE), ("child.example.test.zone", CHILD)];
    let snapshot = picture(&config, &zones).publish(now).0;
    let told = |name: &str, carrier: Carrier| {
        let client = Client { address: LOOPBACK, carrier, limit: 1232 };
        let mut out = vec![0; 1232];
        let query = ask(name, "TXT").class(3).octets();
        let Outcome::Answered { length, .. } = answer(&snapshot, &client, now, &query, &mut out) else {
            panic!("{name} is dropped")
        };
        out.truncate(length);
        Reply::read(out).answers()
    };
    for (name, text) in NAMES.into_iter().zip(["Meridian", "Meridian", "fra-1", "fra-1"]) {
        for carrier in [Carrier::Udp, Carrier::Tcp] {
            assert_eq!(told(name, carrier), [format!("{name}. 0 CH TXT {text}")]);
        }
    }
}
