//! Query bytes × Snapshot → answer bytes: all DNS semantics, in one place.
//!
//! ```text
//! parse ─► lookup (zone, CNAME, DNAME, delegation, steering) ─► reply ─► truncate, OPT, header
//! ```
//!
//! Nothing here allocates, locks, awaits, reads a clock or can panic; every loop is bounded by the length of the query,
//! by the hop limit, or by the records of one answer. Carriers carry the bytes and add nothing to their meaning.

mod edns;
mod explain;
mod lookup;
mod outcome;
mod query;
mod rcode;
mod reply;
mod subnet;
mod whereabouts;

pub use explain::{
    Candidate, Change, Explanation, Grounds, Question, Rule, Unexplained, Unsupposed, explain,
};
pub use outcome::{Outcome, Steered};
pub use whereabouts::{Whereabouts, whereabouts};

use lookup::{Answered, Lookup};
use query::{Asked, Parsed, Query};
use rcode::Rcode;
use reply::Reply;

use crate::client::Client;
use crate::now::Now;
use crate::snapshot::Snapshot;
use crate::zone::QueryName;

/// Answers `query` into `out` from one snapshot. `out` should hold 65,535 octets for a stream, 1,232 for a datagram.
pub fn answer(snapshot: &Snapshot, client: &Client, now: Now, query: &[u8], out: &mut [u8]) -> Outcome {
    let mut name = QueryName::root();
    match Query::parse(query, &mut name) {
        Parsed::Ignored => Outcome::Dropped,
        Parsed::Refused(rcode, asked) => refuse(snapshot, client, &asked, rcode, out),
        Parsed::Query(query) => match refusal(&query) {
            Some(rcode) => refuse(snapshot, client, &query.asked, rcode, out),
            None => look_up(snapshot, client, now, &name, &query, out),
        },
    }
}

fn look_up(
    snapshot: &Snapshot,
    client: &Client,
    now: Now,
    name: &QueryName,
    query: &Query<'_>,
    out: &mut [u8],
) -> Outcome {
    let Some(mut reply) = Reply::new(&query.asked, client, &snapshot.catalog().nsid, out) else {
        return Outcome::Dropped;
    };
    let found = Lookup { snapshot, client, now, query, reply: &mut reply }.run(name);
    let (answered, fitted) = match found {
        Ok(answered) => (answered, Ok(())),
        Err(full) => (Answered { rcode: Rcode::NoError, steered: None }, Err(full)),
    };
    let length = reply.finish(answered.rcode, fitted);
    Outcome::Answered { length, rcode: answered.rcode as u16, steered: answered.steered }
}

/// An answer without data.
fn refuse(snapshot: &Snapshot, client: &Client, asked: &Asked<'_>, rcode: Rcode, out: &mut [u8]) -> Outcome {
    match Reply::new(asked, client, &snapshot.catalog().nsid, out) {
        Some(reply) => {
            let length = reply.finish(rcode, Ok(()));
            Outcome::Answered { length, rcode: rcode as u16, steered: None }
        }
        None => Outcome::Dropped,
    }
}

/// What is refused before any name is looked up: foreign classes, types that are no data (RFC 6895 §3.1), transfers.
fn refusal(query: &Query<'_>) -> Option<Rcode> {
    match (query.class, query.rtype) {
        (CLASS_IN, OPT | NXNAME | TKEY | TSIG) => Some(Rcode::FormErr),
        (CLASS_IN, IXFR | AXFR) => Some(Rcode::Refused),
        (CLASS_IN, MAILB | MAILA) => Some(Rcode::NotImplemented),
        (CLASS_IN, _) => None,
        _ => Some(Rcode::Refused),
    }
}

const CLASS_IN: u16 = 1;
const OPT: u16 = edns::OPT;
const NXNAME: u16 = 128;
const TKEY: u16 = 249;
const TSIG: u16 = 250;
const IXFR: u16 = 251;
const AXFR: u16 = 252;
const MAILB: u16 = 253;
const MAILA: u16 = 254;
