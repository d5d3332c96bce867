//! Why a client gets its answer: the same decision that a query gets, with everything that led to it written out.

use std::collections::BTreeMap;
use std::net::IpAddr;

use thiserror::Error;

use super::explanation::{Candidate, Explanation};
use crate::client::Prefix;
use crate::geo::Country;
use crate::now::Now;
use crate::region::RegionId;
use crate::snapshot::{Decision, Location, LocationSource, Snapshot};
use crate::steer::{Board, Rejection, ServiceId, Spread, Strategy, View, biased_distance};
use crate::zone::{Found, Name, QueryName, Rtype};

/// Who asks for what.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    /// The name asked for.
    pub name: &'a str,
    /// A or AAAA.
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
    #[error("{service} has no {rtype} answers; ask for A or AAAA as its regions have endpoints")]
    NoSuchType {
        /// The service's name.
        service: String,
        /// The type asked for.
        rtype: Rtype,
    },
}

/// Explains the answer that `question` would get now.
pub fn explain(snapshot: &Snapshot, question: &Question<'_>, now: Now) -> Result<Explanation, Unexplained> {
    let service = service_of(snapshot, question.name)?;
    let catalog = snapshot.catalog();
    let name = &catalog.services[service.index()].name;
    let no_such_type = || Unexplained::NoSuchType { service: name.to_string(), rtype: question.rtype };
    if !snapshot.steers(service, question.rtype) {
        return Err(no_such_type());
    }
    let (first, length) = (question.client.first(), question.client.length());
    let location = snapshot.locate(question.resolver.unwrap_or(first), Some((first, length)));
    let decision = snapshot.decide(service, &location).ok_or_else(no_such_type)?;
    let (policy, board) =
        snapshot.plan().policy(service).zip(snapshot.board(service)).ok_or_else(no_such_type)?;
    let view = &policy.views()[policy.view_of(location.class)];
    let located = match location.source {
        LocationSource::Subnet => Some(question.client),
        LocationSource::Resolver => Some(Prefix::around(question.resolver.unwrap_or(first), u8::MAX)),
        LocationSource::Unlocated => None,
    };
    let countries = located.map(|block| countries(snapshot, block)).unwrap_or_default();
    let lead = countries.first().copied();
    let seen = Seen { snapshot, service, view, spread: policy.spread(), board, lead };
    Ok(Explanation {
        service: name.clone(),
        client: question.client.to_string().into(),
        countries: countries.iter().map(|country| country.code().into()).collect(),
        source: source_word(snapshot, &location, located, &countries),
        fences: view.fences.iter().map(|fence| catalog.fences[fence.index()].name.clone()).collect(),
        candidates: view.order.iter().map(|region| seen.candidate(*region)).collect(),
        slot: location.slot,
        region: decision.region().map(|region| catalog.regions[region.index()].name.clone()),
        records: records(snapshot, &decision, question.rtype),
        ttl: snapshot.ttl(service, &decision, now),
        scope: decision.scope,
        reason: decision.reason,
        epoch: snapshot.epoch(),
    })
}

/// The service that a query for `name` ends at, CNAMEs in our zones followed.
fn service_of(snapshot: &Snapshot, name: &str) -> Result<ServiceId, Unexplained> {
    let asked = Name::from_text(name, &Name::root()).map_err(|_| Unexplained::NotAName(name.to_owned()))?;
    let mut at = QueryName::from(&asked);
    for _ in 0..HOPS {
        let Found::Exists { node, .. } = snapshot.catalog().zones.find(&at) else {
            break;
        };
        if let Some(service) = node.service() {
            return Ok(ServiceId(service));
        }
        let Some(target) = node.rrset(Rtype::CNAME).and_then(|alias| alias.target()) else {
            break;
        };
        at = QueryName::from(target.name());
    }
    let names: Vec<&str> = snapshot.catalog().services.iter().map(|service| &*service.name).collect();
    let steered = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    Err(Unexplained::NotSteered { name: name.to_owned(), steered })
}

/// The countries of what is located, the leading one first.
pub(super) fn countries(snapshot: &Snapshot, block: Prefix) -> Vec<Country> {
    let atlas = &snapshot.catalog().atlas;
    let mut counts: BTreeMap<Country, u128> = BTreeMap::new();
    for member in atlas.members(block.first(), block.length()) {
        if let Some(country) = atlas.place(member.place).standing.country() {
            *counts.entry(country).or_default() += member.addresses;
        }
    }
    let mut countries: Vec<(Country, u128)> = counts.into_iter().collect();
    countries.sort_by_key(|(country, addresses)| (std::cmp::Reverse(*addresses), *country));
    countries.into_iter().map(|(country, _)| country).collect()
}

fn source_word(
    snapshot: &Snapshot,
    location: &Location,
    block: Option<Prefix>,
    countries: &[Country],
) -> &'static str {
    let overridden = |block: Prefix| {
        snapshot.catalog().located.iter().any(|(prefix, _)| prefix.covers(&block.canonical()))
    };
    match location.source {
        LocationSource::Unlocated => "unlocated",
        _ if countries.is_empty() => "unlocated",
        _ if block.is_some_and(overridden) => "override",
        LocationSource::Subnet => "ecs",
        LocationSource::Resolver => "resolver",
    }
}

/// What a candidate line needs to know of the client.
struct Seen<'a> {
    snapshot: &'a Snapshot,
    service: ServiceId,
    view: &'a View,
    spread: &'a Spread,
    board: &'a Board,
    lead: Option<Country>,
}

impl Seen<'_> {
    fn candidate(&self, id: RegionId) -> Candidate {
        let catalog = self.snapshot.catalog();
        let region = &catalog.regions[id.index()];
        let state = &self.board.conditions().states[id.index()];
        let outside = (!self.view.allowed.contains(id)).then_some(Rejection::OutsideFence);
        let nearest = catalog.services[self.service.index()].strategy == Strategy::Nearest;
        Candidate {
            region: region.name.clone(),
            rejection: outside.or_else(|| self.spread.rejects(id, state)),
            weight: state.weight,
            distance_km: biased_distance(region, self.lead).filter(|_| nearest),
        }
    }
}

fn records(snapshot: &Snapshot, decision: &Decision, rtype: Rtype) -> Vec<IpAddr> {
    let packed = snapshot.addresses(decision.target, rtype);
    match rtype {
        Rtype::A => packed.as_chunks::<4>().0.iter().map(|octets| IpAddr::from(*octets)).collect(),
        _ => packed.as_chunks::<16>().0.iter().map(|octets| IpAddr::from(*octets)).collect(),
    }
}

const HOPS: usize = 8;
