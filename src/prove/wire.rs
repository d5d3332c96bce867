//! Real query bytes, for both edges of every range of the database, held against the oracle.
//!
//! Each edge asks for every service and every type that it steers, with its whole address as client subnet. The resolver is in special space, so it
//! tells nothing. What comes back is read by hand: code, addresses, hints, CNAME targets, TTL, scope.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::ledger::{Counterexample, Invariant, Ledger};
use super::oracle::space::{address, unwrapped};
use super::oracle::{Bound, Ground, Holders, Records, Rules, Told};
use super::reading::{A, AAAA, HTTPS, SVCB, read};
use crate::answer::{Outcome, answer};
use crate::client::{Carrier, Client, Prefix};
use crate::geo::Family;
use crate::now::Now;
use crate::region::RegionId;
use crate::snapshot::Snapshot;
use crate::steer::{ServiceId, SteeredType};

/// What the oracle reads of addresses: the database, and whom it makes each quantum hold.
#[derive(Clone, Copy, Debug)]
pub struct Grounds<'a> {
    /// The database.
    pub records: &'a Records,
    /// IPv4.
    pub v4: &'a Ground,
    /// IPv6.
    pub v6: &'a Ground,
}

/// A server to send queries to, and what it may answer.
#[derive(Debug)]
struct Wire<'a> {
    snapshot: &'a Snapshot,
    rules: &'a Rules,
    states: &'a [(String, &'static str)],
    ledger: Ledger,
}

/// A service as queries name it.
struct Asked {
    service: ServiceId,
    family: Family,
    /// Everything before the client subnet's address.
    head: Vec<u8>,
    bounds: HashMap<Holders, Allowed>,
}

/// What some clients may be answered with.
#[derive(Clone)]
struct Allowed {
    bound: Bound,
    /// What each region may be answered with, or the sinks.
    each: Vec<Vec<Told>>,
    ttl: (u32, u32),
    /// Bits of a client's address.
    width: u8,
}

/// Sends every query of one family. `states` words the state that the snapshot is in. `stop` is asked now and then.
#[must_use]
pub fn wire(
    snapshot: &Snapshot,
    rules: &Rules,
    grounds: Grounds<'_>,
    family: Family,
    (states, stop): (&[(String, &'static str)], &dyn Fn() -> bool),
) -> Ledger {
    let mut wire = Wire { snapshot, rules, states, ledger: Ledger::default() };
    let services = (0..snapshot.catalog().services.len() as u32).map(ServiceId);
    let mut asked: Vec<Asked> = services.flat_map(|service| wire.asked(service, family)).collect();
    for resolver in rules.unlocated.iter().filter(|prefix| Family::of(prefix.first()) == family) {
        asked.iter_mut().for_each(|asked| wire.ask_bare(asked, resolver.first()));
    }
    for (at, (span, _)) in grounds.records.of(family).iter().enumerate() {
        if at % STEP == 0 && stop() {
            break;
        }
        for edge in [address(family, span.first), address(family, span.last)] {
            let holders = match edge {
                IpAddr::V4(_) => grounds.v4.at(edge),
                IpAddr::V6(outer) => match unwrapped(outer) {
                    Some((inner, _)) => grounds.v4.at(IpAddr::V4(inner)),
                    None => grounds.v6.at(edge),
                },
            };
            asked.iter_mut().for_each(|asked| wire.ask(asked, edge, holders));
        }
    }
    wire.ledger
}

impl Asked {
    /// OPT (RFC 6891) of 1232 octets, with a client subnet (RFC 7871) of the whole address.
    fn new(service: ServiceId, name: &str, rtype: u8, family: Family) -> Self {
        let mut head = vec![0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1];
        for label in name.split('.') {
            let label = if label == "*" { "any" } else { label };
            head.push(label.len() as u8);
            head.extend(label.as_bytes());
        }
        let (number, octets) = if family == Family::V4 { (1, 4) } else { (2, 16) };
        head.extend([0, 0, rtype, 0, 1]);
        head.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, octets + 8]);
        head.extend([0, 8, 0, octets + 4, 0, number, octets * 8, 0]);
        Self { service, family, head, bounds: HashMap::new() }
    }
}

impl Wire<'_> {
    /// A query for each type that is steered.
    fn asked(&self, service: ServiceId, family: Family) -> Vec<Asked> {
        let of = &self.snapshot.catalog().services[service.index()];
        let rtype = |steered: &SteeredType| match steered {
            SteeredType::A | SteeredType::Cname => A,
            SteeredType::Aaaa => AAAA,
            SteeredType::Https => HTTPS,
            SteeredType::Svcb => SVCB,
        };
        of.types.iter().map(|steered| Asked::new(service, &of.name, rtype(steered), family)).collect()
    }

    /// Asks as a resolver that says nothing of its users, without a client subnet.
    fn ask_bare(&mut self, asked: &mut Asked, resolver: IpAddr) {
        let mut query = asked.head.clone();
        let question = query.len() - BARE;
        query.truncate(question);
        query[11] = 0;
        self.send(asked, &query, (resolver, resolver), Holders::UNLOCATED);
    }

    fn ask(&mut self, asked: &mut Asked, client: IpAddr, holders: Holders) {
        let mut query = std::mem::take(&mut asked.head);
        let head = query.len();
        match client {
            IpAddr::V4(client) => query.extend(client.octets()),
            IpAddr::V6(client) => query.extend(client.octets()),
        }
        self.send(asked, &query, (client, RESOLVER), holders);
        query.truncate(head);
        asked.head = query;
    }

    fn send(
        &mut self,
        asked: &mut Asked,
        query: &[u8],
        (client, resolver): (IpAddr, IpAddr),
        holders: Holders,
    ) {
        let allowed =
            asked.bounds.entry(holders).or_insert_with(|| self.allowed(asked.service, asked.family, holders));
        let now = Now { monotonic: std::time::Duration::ZERO, unix: 0 };
        let resolver = Client { address: resolver, carrier: Carrier::Udp, limit: 1232 };
        let mut out = [0; 1232];
        self.ledger.count(Invariant::Wire, 1);
        let length = match answer(self.snapshot, &resolver, now, query, &mut out) {
            Outcome::Answered { length, .. } => length,
            Outcome::Dropped => 0,
        };
        if let Err(found) = allowed.judge(query, &out[..length]) {
            let regions = allowed.bound.allowed.iter().map(|region| &*self.region(region).name);
            let failure = Counterexample {
                states: self.states.to_vec(),
                service: self.snapshot.catalog().services[asked.service.index()].name.to_string(),
                client: Prefix::around(client, u8::MAX),
                found,
                allowed: regions.collect::<Vec<_>>().join(", "),
            };
            self.ledger.fail(Invariant::Wire, failure);
        }
    }

    fn region(&self, region: RegionId) -> &crate::region::Region {
        &self.snapshot.catalog().regions[region.index()]
    }

    fn allowed(&self, service: ServiceId, family: Family, holders: Holders) -> Allowed {
        let name = &*self.snapshot.catalog().services[service.index()].name;
        let bound = self.rules.bound(self.snapshot.catalog(), &self.rules.kin(name), holders);
        let endpoints = |region: RegionId| {
            let name = &*self.region(region).name;
            let rule = self.rules.regions.iter().find(|rule| rule.name == name);
            rule.map_or_else(Vec::new, |rule| rule.endpoints.clone())
        };
        let mut each: Vec<Vec<Told>> = bound.allowed.iter().map(endpoints).collect();
        if each.is_empty() {
            each.push(bound.sinks.clone());
        }
        let rule = self.rules.services.get(name);
        Allowed { bound, each, ttl: rule.map_or((0, 0), |rule| rule.ttl), width: family.width() }
    }
}

impl Allowed {
    /// Reads an answer by hand: all that it tells is of one allowed region.
    fn judge(&self, query: &[u8], answer: &[u8]) -> Result<(), String> {
        let (told, ttl, scope) =
            read(query, answer).ok_or_else(|| format!("an answer that cannot be read: {answer:02x?}"))?;
        if answer[3] & 15 != 0 || told.is_empty() {
            return Err(format!("code {} and {} records", answer[3] & 15, told.len()));
        }
        if !self.each.iter().any(|region| told.iter().all(|one| region.contains(one))) {
            return Err(format!("{told:?}"));
        }
        if !(self.ttl.0..=self.ttl.1).contains(&ttl) {
            return Err(format!("a TTL of {ttl}s, where {}s to {}s is allowed", self.ttl.0, self.ttl.1));
        }
        if scope > self.width { Err(format!("a scope of /{scope}")) } else { Ok(()) }
    }
}

/// Octets of the OPT record before a client's address.
const BARE: usize = 19;
/// In special space: it says nothing of where a client is.
const RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));
/// Ranges between two looks at whether to stop.
pub const STEP: usize = 1024;
