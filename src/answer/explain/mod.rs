//! Why a client gets its answer: the same decision that a query gets, with everything that led to it written out.
//!
//! ```text
//! question ─► name (walk) ─► location ─► rules, order, candidates (seen) ─► answer ─► TTL, scope (derivation)
//! ```

mod derivation;
mod explanation;
mod location;
mod seen;
mod walk;

pub use explanation::{Candidate, Change, Explanation, Grounds, Rule, Unsupposed};
pub(super) use location::countries;

use std::net::IpAddr;

use thiserror::Error;

use crate::client::Prefix;
use crate::now::Now;
use crate::region::Endpoint;
use crate::snapshot::{Decision, Snapshot, Target};
use crate::steer::ServiceId;
use crate::zone::Rtype;
use location::Located;
use seen::Seen;
use walk::{Walk, walk};

/// Who asks for what.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The name asked for.
    pub name: &'a str,
    /// A, AAAA, HTTPS or SVCB.
    pub rtype: Rtype,
    /// The client's subnet, as ECS carries it.
    pub client: Prefix,
    /// The resolver's address; none: the query comes from the client itself, without ECS.
    pub resolver: Option<IpAddr>,
}

/// Why there is nothing to explain.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unexplained {
    /// Not a domain name.
    #[error("{0:?} is not a domain name")]
    NotAName(String),
    /// No service steers it, nor does a CNAME lead to one.
    #[error("{name} is not steered; the steered names are {steered}")]
    NotSteered {
        /// The name as given.
        name: String,
        /// Names of all services.
        steered: String,
    },
    /// The service is not answered with this type.
    #[error("{service} has no {rtype} answers; it is answered with {types}")]
    NoSuchType {
        /// The service's name.
        service: String,
        /// The type asked for.
        rtype: Rtype,
        /// The types that it has.
        types: String,
    },
}

/// Explains the answer that `question` would get now.
pub fn explain(snapshot: &Snapshot, question: &Question<'_>, now: Now) -> Result<Explanation, Unexplained> {
    let Walk { aliases, service: id } = walk(snapshot, question.name)?;
    let catalog = snapshot.catalog();
    let service = &catalog.services[id.index()];
    let no_such_type = || Unexplained::NoSuchType {
        service: service.name.to_string(),
        rtype: question.rtype,
        types: service.types.iter().map(|steered| steered.word()).collect::<Vec<_>>().join(", "),
    };
    let is_alias = snapshot.is_alias(id);
    if !is_alias && !snapshot.steers(id, question.rtype) && snapshot.binding(id, question.rtype).is_none() {
        return Err(no_such_type());
    }
    let client = question.client;
    let resolver = question.resolver.unwrap_or(client.first());
    let location = snapshot.locate(resolver, Some((client.first(), client.length())));
    let decision = snapshot.decide_for(id, &location, question.rtype).ok_or_else(no_such_type)?;
    let (policy, board) =
        snapshot.plan().policy(id).zip(snapshot.board_for(id, question.rtype)).ok_or_else(no_such_type)?;
    let at = policy.view_of(location.class);
    let (view, route) = (&policy.views()[at], board.route(at));
    let located = &Located::new(snapshot, &location, client, resolver);
    let bounds = snapshot.bounds(id).unwrap_or(service.ttl);
    let seen = Seen { catalog, service, bounds, policy, board, view, route, located };
    Ok(Explanation {
        service: service.name.clone(),
        aliases,
        rtype: question.rtype,
        client: client.to_string().into(),
        countries: located.countries.iter().map(|country| country.code().into()).collect(),
        source: located.source(snapshot, &location),
        fences: view.fences.iter().map(|fence| catalog.fences[fence.index()].name.clone()).collect(),
        candidates: view.order.iter().map(|region| seen.candidate(*region)).collect(),
        slot: location.slot,
        region: decision.region().map(|region| catalog.regions[region.index()].name.clone()),
        records: records(snapshot, id, &decision, question.rtype),
        ttl: snapshot.ttl(id, &decision, now),
        scope: decision.scope,
        reason: decision.reason,
        epoch: snapshot.epoch(),
        grounds: Grounds {
            located: located.sentence(snapshot, &location).into(),
            rules: seen.rules(),
            order: seen.order().into(),
            ttl: seen.ttl(&decision, now).into(),
            scope: seen.scope(&decision, &location, client).into(),
            change: seen.change(location.slot),
            unsupposed: None,
        },
    })
}

/// What is answered with this type: the name of an alias, addresses, or the hints of a binding.
fn records(snapshot: &Snapshot, id: ServiceId, decision: &Decision, rtype: Rtype) -> Vec<Endpoint> {
    if snapshot.is_alias(id) {
        let catalog = snapshot.catalog();
        let name = match decision.target {
            Target::Region(region) => catalog.regions[region.index()].endpoints.alias(),
            Target::Sink(fence) => catalog.fences[fence.index()].sink_alias.as_ref(),
        };
        return name.cloned().map(Endpoint::Alias).into_iter().collect();
    }
    let hints = |family| addresses(snapshot.hints(id, decision.target, family), family);
    let named = match rtype {
        Rtype::HTTPS | Rtype::SVCB => [hints(Rtype::A), hints(Rtype::AAAA)].concat(),
        rtype => addresses(snapshot.addresses(decision.target, rtype), rtype),
    };
    named.into_iter().map(Endpoint::Address).collect()
}

fn addresses(packed: &[u8], family: Rtype) -> Vec<IpAddr> {
    match family {
        Rtype::A => packed.as_chunks::<4>().0.iter().map(|octets| IpAddr::from(*octets)).collect(),
        _ => packed.as_chunks::<16>().0.iter().map(|octets| IpAddr::from(*octets)).collect(),
    }
}
