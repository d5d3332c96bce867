//! What a lookup does, counted: labels hashed and names looked for. Whatever the zones hold, a chain costs no more than
//! one long name and a little for each hop.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use super::super::{Outcome, answer};
use super::HOPS;
use crate::catalog::Catalog;
use crate::client::{Carrier, Client};
use crate::now::Now;
use crate::snapshot::{Parts, Snapshot};
use crate::steer::Plan;
use crate::zone::{Name, ZoneFile, Zones, work};

fn deep(count: usize, suffix: &str) -> String {
    "a.".repeat(count) + suffix
}

/// Chains of every kind of alias, between names of as many labels as there can be.
fn snapshot() -> Snapshot {
    let mut text = String::from("$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n");
    for hop in 0..2 * HOPS {
        let name = |kind: &str, labels: usize, hop: usize| deep(labels, &format!("{kind}{hop}.z.test."));
        let next = hop + 1;
        text += &format!("short{hop} CNAME short{next}\n");
        text += &format!("{} CNAME {}\n", name("long", 118, hop), name("long", 118, next));
        text += &format!("*.{} CNAME {}\n", name("wild", 60, hop), name("wild", 118, next));
        text += &format!("dname{hop} DNAME dname{next}\n");
        text += &format!("{} DNAME {}\n", name("far", 50, hop), name("far", 50, next));
        // A CNAME to a long name below a DNAME, which makes it the owner of the next CNAME.
        text += &format!("turn{hop} CNAME {}\n", deep(118, &format!("below{hop}.z.test.")));
        text += &format!("below{hop} DNAME under{hop}\n*.under{hop} CNAME turn{next}\n");
    }
    text += &format!("{} A 192.0.2.1\n", deep(120, "there.z.test."));
    let file = ZoneFile { file: "z.test.zone".into(), text };
    let (zones, _) = Zones::build(&[file], &|_, _| Err(String::new()), &[]).expect("a good zone");
    let catalog = Catalog { zones, ..Catalog::default() };
    let plan = Plan::new(&catalog.sources()).expect("no services");
    let (boards, board_of, published) = (Vec::new(), Vec::new(), Vec::new());
    let (catalog, plan) = (Arc::new(catalog), Arc::new(plan));
    let bounds = std::sync::Arc::default();
    Snapshot::new(Parts { epoch: 1, generation: 1, catalog, plan, boards, board_of, published, bounds })
}

/// The RCODE, how many answers there are, and the work that it took.
fn ask(snapshot: &Snapshot, name: &str) -> (u16, u16, usize) {
    let mut query = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.extend(Name::from_text(name, &Name::root()).expect("a name").wire());
    query.extend([0, 1, 0, 1]);
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), carrier: Carrier::Tcp, limit: u16::MAX };
    let now = Now { monotonic: std::time::Duration::ZERO, unix: 0 };
    let mut out = vec![0; usize::from(u16::MAX)];
    work::taken();
    let Outcome::Answered { rcode, .. } = answer(snapshot, &client, now, &query, &mut out) else {
        panic!("{name} is dropped")
    };
    (rcode, u16::from_be_bytes([out[6], out[7]]), work::taken())
}

#[test]
fn a_usual_name_takes_little() {
    let (rcode, answers, work) = ask(&snapshot(), "ns.z.test.");
    assert!((rcode, answers) == (0, 1) && work <= 8, "{work}");
}

#[test]
fn no_chain_takes_more_than_one_long_name_and_a_little_for_each_hop() {
    let snapshot = snapshot();
    let hops = HOPS as u16;
    for (name, rcode, answers) in [
        ("short0.z.test.".to_owned(), 0, hops),
        (deep(118, "long0.z.test."), 0, hops),
        (deep(118, "wild0.z.test."), 0, hops),
        (deep(118, "dname0.z.test."), 0, 2 * hops),
        (deep(5, "dname0.z.test."), 0, 2 * hops),
        (deep(110, "far0.z.test."), 0, 2 * hops),
        ("turn0.z.test.".to_owned(), 0, 21), // a cycle of three names gives four records
        (deep(120, "there.z.test."), 0, 1),
        (deep(119, "there.z.test."), 0, 0),
        (format!("b.{}", deep(119, "there.z.test.")), 3, 0),
        (deep(119, "nowhere.z.test."), 3, 0),
        (deep(120, "outside."), 5, 0),
    ] {
        let (code, count, work) = ask(&snapshot, &name);
        assert_eq!((code, count), (rcode, answers), "{name}");
        assert!(work <= 2 * 127 + 16 * HOPS, "{name}: {work}");
    }
}
