//! Query bytes × Snapshot → answer bytes: all DNS semantics, in one place.
//!
//! ```text
//! parse ─► lookup (zone, CNAME, DNAME, delegation, steering) ─► reply ─► truncate, OPT, header
//! ```
//!
//! Nothing here allocates, locks, awaits, reads a clock or can panic; every loop is bounded by the length of the query,
//! by the hop limit, or by the records of one answer. Carriers carry the bytes and add nothing to their meaning.

mod chaos;
mod cookie;
mod edns;
mod explain;
mod lookup;
mod opt;
mod outcome;
mod query;
mod rcode;
mod refusal;
mod reply;
mod served;
mod siphash;
mod subnet;
mod trouble;
mod tsig;
mod whereabouts;

pub use explain::{
    Candidate, Change, Explanation, Grounds, Question, Rule, Unexplained, Unsupposed, explain,
};
pub use outcome::{Cookie, Outcome, Steered};
pub use served::{Samples, Served, lifetimes, served};
pub use whereabouts::{Whereabouts, whereabouts};

use lookup::{Answered, Lookup};
use opt::Options;
use query::{Asked, Parsed, Question as Asking};
use rcode::Rcode;
use refusal::Refusal;
use reply::{NoRoom, Reply};

use crate::client::Client;
use crate::now::Now;
use crate::snapshot::Snapshot;
use crate::zone::{QueryName, Rtype};

/// Answers `query` into `out` from one snapshot. `out` should hold 65,535 octets for a stream, 1,232 for a datagram.
pub fn answer(snapshot: &Snapshot, client: &Client, now: Now, query: &[u8], out: &mut [u8]) -> Outcome {
    let mut name = QueryName::root();
    let parsed = Parsed::read(query, &mut name);
    let (Parsed::Refused(_, asked) | Parsed::CookieOnly(asked) | Parsed::Query(asked, _)) = &parsed else {
        return Outcome::Dropped;
    };
    let host = &snapshot.catalog().host;
    let (cookie, whole) =
        asked.cookie().map_or((Cookie::Absent, None), |cookie| cookie.check(client, now.unix, &host.secrets));
    let options = Options::of(asked, client, (host, snapshot.idle()), whole);
    let Some(mut reply) = Reply::new(asked, client, options, out) else {
        return Outcome::Dropped;
    };
    let found = match &parsed {
        Parsed::Query(asked, question) => {
            let question = Exchange { snapshot, client, now, asked, question, name: &name };
            question.answer(&mut reply)
        }
        Parsed::Refused(rcode, _) => Ok(Answered::plain(*rcode)),
        Parsed::CookieOnly(_) | Parsed::Ignored => Ok(Answered::plain(confirmed(asked, cookie))),
    };
    let (answered, fitted) = match found {
        Ok(answered) => (answered, Ok(())),
        Err(full) => (Answered::plain(Rcode::NoError), Err(full)),
    };
    let length = reply.finish(&answered, fitted);
    Outcome::Answered { length, rcode: answered.rcode as u16, steered: answered.steered, cookie }
}

/// The least answer to a query that [`answer`] has answered: its question, TC and a bare OPT, for an address that may be
/// forged. Never longer than the query; its length, 0 where there is nothing to say.
pub fn truncated(client: &Client, query: &[u8], out: &mut [u8]) -> usize {
    let mut name = QueryName::root();
    let (Parsed::Refused(_, asked) | Parsed::CookieOnly(asked) | Parsed::Query(asked, _)) =
        Parsed::read(query, &mut name)
    else {
        return 0;
    };
    let reply = Reply::new(&asked, client, Options::bare(&asked), out);
    reply.map_or(0, |reply| reply.finish(&Answered::plain(Rcode::NoError), Err(NoRoom)))
}

/// What a query for nothing but a cookie is told of the one that it has (RFC 7873 §5.4).
fn confirmed(asked: &Asked<'_>, cookie: Cookie) -> Rcode {
    let has_one = asked.cookie().is_some_and(|cookie| cookie.has_server_half());
    if has_one && cookie == Cookie::Unproven { Rcode::BadCookie } else { Rcode::NoError }
}

/// One well-formed query, and what it is answered from.
struct Exchange<'a> {
    snapshot: &'a Snapshot,
    client: &'a Client,
    now: Now,
    asked: &'a Asked<'a>,
    question: &'a Asking,
    name: &'a QueryName,
}

impl<'a> Exchange<'a> {
    fn answer(&self, reply: &mut Reply<'a, '_>) -> Result<Answered, NoRoom> {
        let Self { snapshot, client, now, asked, question, name } = *self;
        let catalog = snapshot.catalog();
        if let Some(refusal) = Refusal::of_manner(asked, client) {
            return Ok(refusal.into());
        }
        if let Some(text) = chaos::text(question, name, &catalog.host) {
            return reply.text(text).map(|()| Answered::plain(Rcode::NoError));
        }
        if let Some(refusal) = Refusal::of_question(question, name, &catalog.zones) {
            return Ok(refusal.into());
        }
        Lookup { snapshot, client, now, asked, rtype: Rtype(question.rtype), reply, steered: None }.run(name)
    }
}
