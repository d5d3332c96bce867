//! The rules between zones: addresses of name servers, nested zones below a DNAME, steered names.

use std::collections::HashSet;

use super::check::{ADDRESSES, host};
use super::contents::{Contents, Sets};
use super::master::Record;
use super::problem::{Problems, Reason};
use super::{Name, Rtype, Steered};

/// Checks all zones, sorted by apex, against each other and against the steered names.
pub(super) fn zones(all: &[Contents], steered: &[Steered], problems: &mut Problems) {
    for contents in all {
        below_dname(contents, all, problems);
        for record in contents.names.values().flat_map(|sets| sets.of(Rtype::NS)) {
            server(contents, record, all, steered, problems);
        }
    }
    let mut names = HashSet::new();
    for service in steered {
        if !names.insert(&service.name) {
            problems.say(&service.spot, &service.key, Reason::ServiceTwice(service.name.clone()));
        }
        service_name(service, all, problems);
    }
}

/// The zone that answers for `name`: the one with the longest apex.
pub(super) fn zone_of<'a>(name: &Name, all: &'a [Contents]) -> Option<&'a Contents> {
    let mut up = std::iter::successors(Some(name.clone()), Name::parent);
    up.find_map(|name| all.binary_search_by(|zone| zone.apex.cmp(&name)).ok().and_then(|at| all.get(at)))
}

fn below_dname(child: &Contents, all: &[Contents], problems: &mut Problems) {
    let Some(parent) = child.apex.parent().and_then(|above| zone_of(&above, all)) else {
        return;
    };
    if let Some(dname) = parent.dname_over(&child.apex) {
        problems.say(&child.top(), child.apex.to_string(), Reason::BelowDname(dname));
    }
}

/// A name server inside our zones has an address where resolvers will look for it.
fn server(contents: &Contents, ns: &Record, all: &[Contents], steered: &[Steered], problems: &mut Problems) {
    let answered_elsewhere = zone_of(&ns.owner, all).is_none_or(|zone| zone.apex != contents.apex);
    let occluded = contents.cut_over(&ns.owner).is_some_and(|cut| cut != ns.owner);
    let Some(host) = host(ns) else { return };
    if answered_elsewhere || occluded {
        return;
    }
    let glue_is_ours = ns.owner != contents.apex && host.is_under(&ns.owner);
    let Some(zone) = (if glue_is_ours { Some(contents) } else { zone_of(&host, all) }) else {
        return;
    };
    let has_address = if glue_is_ours {
        ADDRESSES.iter().any(|rtype| !zone.set(&host, *rtype).is_empty())
    } else {
        zone.cut_over(&host).is_some()
            || zone.has_address(&host)
            || steered.iter().any(|service| service.name == host && !service.is_alias())
    };
    if !has_address && !zone.faulty {
        let reason = if glue_is_ours { Reason::NoGlue(host) } else { Reason::NoAddress(host) };
        problems.say(&ns.spot, ns.key(), reason);
    }
}

fn service_name(service: &Steered, all: &[Contents], problems: &mut Problems) {
    let Steered { name, spot, key, .. } = service;
    if name.is_wildcard() {
        return problems.say(spot, key, Reason::ServiceWildcard(name.clone()));
    }
    let Some(zone) = zone_of(name, all) else {
        return problems.say(spot, key, Reason::ServiceOutside(name.clone(), apexes(all)));
    };
    if let Some(over) = zone.cut_over(name).or_else(|| zone.dname_over(name)) {
        return problems.say(spot, key, Reason::ServiceBelowCut(name.clone(), over));
    }
    if service.is_alias() && zone.apex == *name {
        return problems.say(spot, key, Reason::ServiceAliasApex(name.clone()));
    }
    for (rtype, set) in zone.names.get(name).into_iter().flat_map(Sets::iter) {
        let Some(record) = set.first() else { continue };
        let is_taken = service.is_alias()
            || ADDRESSES.contains(&rtype)
            || rtype == Rtype::CNAME
            || service.types.contains(&rtype);
        if is_taken {
            problems.say(&record.spot, record.key(), Reason::ServiceBeside(name.clone(), rtype));
        } else if let Some(record) = set.iter().find(|record| has_hints(record)) {
            problems.say(&record.spot, record.key(), Reason::ServiceHints(name.clone()));
        }
    }
}

/// Whether an SVCB or HTTPS record holds addresses (`ipv4hint`, `ipv6hint`), which no fence would bound.
fn has_hints(record: &Record) -> bool {
    let names = super::master::names_in(record.rtype, &record.rdata);
    let (Rtype::SVCB | Rtype::HTTPS, Some((start, len))) = (record.rtype, names.first()) else {
        return false;
    };
    let mut rest = record.rdata.get(start + len..).unwrap_or_default();
    while let Some(([k0, k1, l0, l1], after)) = rest.split_first_chunk::<4>() {
        if matches!(u16::from_be_bytes([*k0, *k1]), 4 | 6) {
            return true;
        }
        rest = after.get(usize::from(u16::from_be_bytes([*l0, *l1]))..).unwrap_or_default();
    }
    false
}

fn apexes(all: &[Contents]) -> String {
    let shown: Vec<String> = all.iter().take(5).map(|zone| zone.apex.to_string()).collect();
    let more = if all.len() > shown.len() { " …" } else { "" };
    if shown.is_empty() { "a zone file (there is none)".to_owned() } else { shown.join(", ") + more }
}
