//! Any text as a zone file: it loads, or every problem names its place; and what loaded answers for every name of it.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::OnceLock;

use meridian::catalog::{Catalog, Host, Safety};
use meridian::client::{Carrier, Client};
use meridian::geo::{Atlas, Database, Prefixes, Steering};
use meridian::snapshot::{Parts, Snapshot};
use meridian::steer::{Plan, Sources};
use meridian::zone::{Found, Node, Problem, QueryName, Rtype, ZoneFile, Zones};

use super::check::{self, Answer};
use super::zone_text;

/// One case. True when the zone loaded, as it is or without the lines that were refused.
pub fn run(data: &[u8]) -> bool {
    let mut text = zone_text::text(data);
    for _ in 0..ROUNDS {
        match build(&text) {
            Ok(zones) => {
                answers_for_all(&snapshot(zones));
                return true;
            }
            Err(problems) => text = without(&text, &problems),
        }
    }
    false
}

fn build(text: &str) -> Result<Zones, Vec<Problem>> {
    let file = ZoneFile { file: "z.test.zone".into(), text: text.to_owned() };
    let built = Zones::build(&[file], &|_, _| Err("no file is included".to_owned()), &[]);
    let (zones, warnings) =
        built.inspect_err(|problems| assert!(!problems.is_empty(), "refused without a word"))?;
    warnings.iter().for_each(|warning| in_the_text(text, warning));
    Ok(zones)
}

fn in_the_text(text: &str, problem: &Problem) {
    let lines = text.split('\n').count();
    let line = problem.spot.line as usize;
    assert!((1..=lines).contains(&line) && problem.spot.column > 0, "{problem:?} in a text of {lines} lines");
    assert!(!problem.to_string().is_empty());
}

/// The text without the lines that were refused: what a person would do.
fn without(text: &str, problems: &[Problem]) -> String {
    problems.iter().for_each(|problem| in_the_text(text, problem));
    let refused: BTreeSet<usize> = problems.iter().map(|problem| problem.spot.line as usize).collect();
    let kept = (1..).zip(text.lines()).filter(|(number, _)| !refused.contains(number));
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
}

fn answers_for_all(snapshot: &Snapshot) {
    let zones = &snapshot.catalog().zones;
    for (name, node) in zones.nodes().take(NAMES) {
        let query_name = QueryName::from(name);
        let own =
            |rtype: Rtype| matches!(zones.find(&query_name), Found::Exists { .. }).then_some((node, rtype));
        for set in node.rrsets() {
            ask(snapshot, name.wire(), set.rtype().0, own(set.rtype()));
        }
        for rtype in [1, 43, 255] {
            ask(snapshot, name.wire(), rtype, None);
        }
        let below = [b"\x01q", name.wire()].concat();
        if below.len() <= 255 {
            ask(snapshot, &below, 1, None);
        }
    }
}

/// Asks; `own` is the node that answers by itself, whose set of that type must come whole.
fn ask(snapshot: &Snapshot, name: &[u8], rtype: u16, own: Option<(&Node, Rtype)>) {
    let mut query = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    query.extend(name);
    query.extend(rtype.to_be_bytes());
    query.extend([0, 1]);
    let client = Client { address: IpAddr::V4(Ipv4Addr::LOCALHOST), carrier: Carrier::Tcp, limit: u16::MAX };
    let answer = check::ask(snapshot, &client, &query).expect("a valid query is answered");
    assert!(answer.reached_lookup(), "a name of our zone is looked up");
    let expected = own.and_then(|(node, rtype)| node.rrset(rtype));
    if let Some(set) = expected {
        assert_eq!(of_type(&answer, rtype), usize::from(set.count()), "the whole RRset: {query:?}");
    }
}

fn of_type(answer: &Answer, rtype: u16) -> usize {
    answer.message.answers.iter().filter(|record| u16::from(record.record_type()) == rtype).count()
}

/// A picture of these zones and nothing else; places are the same for all cases.
fn snapshot(zones: Zones) -> Snapshot {
    static ATLAS: OnceLock<(Atlas, Arc<Plan>)> = OnceLock::new();
    let (atlas, plan) = ATLAS.get_or_init(|| {
        let atlas = Atlas::compile(&Database::from_prefixes(&[]), &[], Steering::default());
        let plan = Plan::new(&Sources { regions: &[], services: &[], fences: &[], atlas: &atlas });
        (atlas, Arc::new(plan.expect("nothing can be wrong with nothing")))
    });
    let catalog = Catalog {
        regions: Vec::new(),
        services: Vec::new(),
        fences: Vec::new(),
        plans: Vec::new(),
        vantages: Vec::new(),
        safety: Safety::default(),
        zones,
        atlas: atlas.clone(),
        located: Vec::new(),
        unlocated: Prefixes::new(&[]),
        database: Database::from_prefixes(&[]).metadata().clone(),
        config_sha256: Box::default(),
        host: Host::default(),
    };
    let (catalog, plan) = (Arc::new(catalog), Arc::clone(plan));
    let (boards, board_of, published) = (Vec::new(), Vec::new(), Vec::new());
    let bounds = catalog.services.iter().map(|service| service.ttl).collect();
    Snapshot::new(Parts { epoch: 1, generation: 1, catalog, plan, boards, board_of, published, bounds })
}

const ROUNDS: usize = 6;
const NAMES: usize = 12;
