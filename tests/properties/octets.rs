//! Any octets at all, and well-formed queries that something happened to.

use std::cell::Cell;

use meridian::answer::{Outcome, answer};
use meridian::client::{Carrier, Client};
use meridian::snapshot::Snapshot;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::message::{echoed, whole};
use super::picture::{FATES, NAMES, NOW, publish, world};
use super::query::{Mishap, Query, well_formed};

/// The largest message of a carrier.
const ROOM: usize = 65_535;
/// What the buffer holds before an answer, to see what was written.
const UNTOUCHED: u8 = 0xa5;

/// How a question went.
struct Asked {
    /// The answer; none: there was none.
    octets: Option<Vec<u8>>,
    rcode: u16,
}

impl Asked {
    /// Whether a name was looked up: what is refused before that has no data type, or another class.
    fn is_looked_up(&self) -> bool {
        let Some(octets) = &self.octets else { return false };
        let question = |at: usize| u16::from_be_bytes([octets[at], octets[at + 1]]);
        match self.rcode {
            NOERROR | NXDOMAIN | YXDOMAIN => true,
            REFUSED => {
                let end = question_end(octets);
                question(end - 2) == IN && !TRANSFERS.contains(&question(end - 4))
            }
            _ => false,
        }
    }
}

const NOERROR: u16 = 0;
const NXDOMAIN: u16 = 3;
const REFUSED: u16 = 5;
const YXDOMAIN: u16 = 6;
const IN: u16 = 1;
const TRANSFERS: [u16; 2] = [251, 252];

/// Answers `query` and holds everything about it to account that is true of any octets.
fn ask(snapshot: &Snapshot, carrier: Carrier, query: &[u8]) -> Result<Asked, TestCaseError> {
    let mut out = vec![UNTOUCHED; ROOM];
    let client = Client { address: "192.0.2.200".parse().unwrap(), carrier, limit: u16::MAX };
    let outcome = answer(snapshot, &client, NOW, query, &mut out);
    let most = match carrier {
        Carrier::Udp => 1232,
        _ => ROOM,
    };
    prop_assert!(
        out[most..].iter().all(|octet| *octet == UNTOUCHED),
        "nothing is written beyond {most} octets"
    );
    let Outcome::Answered { length, rcode, .. } = outcome else {
        prop_assert!(
            query.len() < 12 || query[2] & 0x80 != 0,
            "only what is no query is dropped: {query:02x?}"
        );
        return Ok(Asked { octets: None, rcode: 0 });
    };
    prop_assert!(length <= most, "{length} octets over {carrier:?}");
    out.truncate(length);
    let message = whole(&out).map_err(TestCaseError::fail)?;
    prop_assert_eq!(&out[..2], &query[..2], "the ID comes back");
    prop_assert_eq!(out[2] & 0x80, 0x80, "it is an answer");
    prop_assert_eq!(
        u16::from(message.metadata.response_code),
        rcode,
        "the outcome says what the message says"
    );
    prop_assert!(message.queries.len() <= 1);
    if !message.queries.is_empty() {
        let end = question_end(&out);
        prop_assert_eq!(&out[12..end], &query[12..end], "the question comes back to the bit");
    }
    Ok(Asked { octets: Some(out), rcode })
}

/// The end of the first question; names there are not compressed.
fn question_end(message: &[u8]) -> usize {
    let mut at = 12;
    while message[at] != 0 {
        at += 1 + usize::from(message[at]);
    }
    at + 5
}

fn carriers() -> impl Strategy<Value = Carrier> {
    prop_oneof![Just(Carrier::Udp), Just(Carrier::Tcp)]
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() })
}

/// Pictures with all up, and with one fate for each region.
fn snapshots() -> Vec<std::sync::Arc<Snapshot>> {
    let mut world = world();
    let up = publish(&mut world, &[], "");
    let mixed = publish(&mut world, &FATES[..5], "nearest.example.com");
    vec![up, mixed]
}

#[test]
fn well_formed_queries_are_answered_whole_in_their_size_with_their_question_and_subnet() {
    let snapshots = snapshots();
    let strategy = (well_formed(&NAMES), carriers(), any::<prop::sample::Index>());
    runner(1_500)
        .run(&strategy, |(query, carrier, which)| {
            let asked = ask(&snapshots[which.index(snapshots.len())], carrier, &query.octets())?;
            let Some(octets) = asked.octets else {
                return Err(TestCaseError::fail("a well-formed query is answered"));
            };
            keeps_its_size(&query, carrier, octets.len())?;
            let message = whole(&octets).unwrap();
            prop_assert_eq!(message.edns.is_some(), query.edns.is_some(), "an OPT answers an OPT");
            let Some(edns) = query.edns.filter(|edns| edns.version == 0) else { return Ok(()) };
            prop_assert_eq!(echoed(&message).map(|(subnet, _)| subnet), edns.subnet, "the subnet comes back");
            if let (Some(subnet), Some((_, scope))) = (edns.subnet, echoed(&message)) {
                let option = subnet.option(scope);
                prop_assert!(octets.windows(option.len()).any(|part| part == option), "to the bit");
                prop_assert!(subnet.source > 0 || scope == 0, "a source of 0 has a scope of 0");
            }
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
}

fn keeps_its_size(query: &Query, carrier: Carrier, length: usize) -> Result<(), TestCaseError> {
    let offered = query.edns.as_ref().map_or(512, |edns| edns.size.clamp(512, 1232));
    let most = if carrier == Carrier::Udp { usize::from(offered) } else { ROOM };
    prop_assert!(length <= most, "{length} octets where {most} are taken");
    Ok(())
}

#[test]
fn queries_that_something_happened_to_never_break_anything_and_most_of_them_are_looked_up() {
    let snapshots = snapshots();
    let (all, looked_up) = (Cell::new(0), Cell::new(0));
    let mishaps = prop::collection::vec(Mishap::any(), 1..3);
    let strategy = (well_formed(&NAMES), mishaps, carriers(), any::<prop::sample::Index>());
    runner(8_000)
        .run(&strategy, |(query, mishaps, carrier, which)| {
            let mut octets = query.octets();
            mishaps.iter().for_each(|mishap| mishap.befall(&mut octets));
            let asked = ask(&snapshots[which.index(snapshots.len())], carrier, &octets)?;
            all.set(all.get() + 1);
            looked_up.set(looked_up.get() + u32::from(asked.is_looked_up()));
            Ok(())
        })
        .unwrap_or_else(|failure| panic!("{failure}"));
    let share = f64::from(looked_up.get()) / f64::from(all.get());
    println!("{:.0} % of {} queries reached the lookup", share * 100.0, all.get());
    assert!(share > 0.5, "only {share:.2} of all queries reached the lookup");
}

#[test]
fn any_octets_of_any_length_are_answered_or_dropped() {
    let snapshots = snapshots();
    let any_octets = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..64),
        prop::collection::vec(any::<u8>(), 0..1_500),
        // A header that promises one question, then anything.
        prop::collection::vec(any::<u8>(), 0..400).prop_map(|rest| [
            &[0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1][..],
            &rest
        ]
        .concat()),
    ];
    runner(2_000)
        .run(&(any_octets, carriers()), |(octets, carrier)| ask(&snapshots[0], carrier, &octets).map(drop))
        .unwrap_or_else(|failure| panic!("{failure}"));
    let longest = vec![0; ROOM];
    assert!(ask(&snapshots[0], Carrier::Tcp, &longest).is_ok());
}

#[test]
fn malformed_options_and_records_are_format_errors() {
    let snapshots = snapshots();
    let good =
        Query::plain("nearest.example.com", 1, Some("12.0.0.0/24".parse().map(subnet).unwrap())).octets();
    let opt_at = question_end(&good);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut octets = good.clone();
        change(&mut octets);
        octets
    };
    let table: [(&str, u16, Vec<u8>); 9] = [
        ("as it is", 0, good.clone()),
        (
            "two OPTs",
            1,
            with(&|octets| {
                octets[11] = 2;
                octets.extend_from_within(opt_at..);
            }),
        ),
        (
            "an OPT whose owner is not the root",
            1,
            with(&|octets| {
                octets.splice(opt_at..=opt_at, [1, b'x', 0]);
            }),
        ),
        (
            "an OPT whose owner is a pointer to the root",
            1,
            with(&|octets| {
                let root = u8::try_from(opt_at - 5).unwrap();
                octets.splice(opt_at..=opt_at, [0xc0, root]);
            }),
        ),
        ("an option that runs past the end", 1, with(&|octets| octets[opt_at + 14] = 200)),
        ("an octet behind the last record", 1, with(&|octets| octets.push(0))),
        ("fewer records than promised", 1, with(&|octets| octets[11] = 2)),
        ("two questions", 1, with(&|octets| octets[5] = 2)),
        ("a name that points at itself", 1, with(&|octets| octets[12..14].copy_from_slice(&[0xc0, 12]))),
    ];
    for (what, rcode, octets) in table {
        for carrier in [Carrier::Udp, Carrier::Tcp] {
            let asked =
                ask(&snapshots[0], carrier, &octets).unwrap_or_else(|error| panic!("{what}: {error}"));
            assert_eq!(asked.rcode, rcode, "{what} over {carrier:?}: {octets:02x?}");
        }
    }
}

fn subnet(prefix: meridian::client::Prefix) -> super::query::Subnet {
    super::query::Subnet { address: prefix.first(), source: prefix.length() }
}
