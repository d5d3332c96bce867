//! What a load refuses or warns of, once the records of each zone are together (`problem.rs` has the words).
//!
//! What seems to be *missing* is not said of a zone whose file had mistakes: the mistake may be the reason.

use std::collections::HashSet;

use super::check_across::zone_of;
use super::contents::{Contents, Sets};
use super::master::Record;
use super::problem::{Problems, Reason};
use super::{Name, Rtype};

/// The rules that the records of one zone keep; `all` are our zones, sorted by apex.
pub(super) fn zone(contents: &Contents, all: &[Contents], problems: &mut Problems) {
    soa(contents, problems);
    if contents.apex.is_wildcard() {
        problems.say(&contents.top(), contents.apex.to_string(), Reason::WildcardApex);
    }
    if contents.set(&contents.apex, Rtype::NS).is_empty() && !contents.faulty {
        problems.say(&contents.top(), contents.apex.to_string(), Reason::NoNs);
    }
    let servers = contents
        .names
        .values()
        .filter_map(|sets| sets.get(&Rtype::NS))
        .flatten();
    let hosts: HashSet<Name> = servers.filter_map(host).collect();
    for (name, sets) in &contents.names {
        target(contents, name, sets, problems);
        delegation(contents, name, sets, problems);
        occluded(contents, name, sets, all, &hosts, problems);
    }
}

fn soa(contents: &Contents, problems: &mut Problems) {
    match contents.set(&contents.apex, Rtype::SOA) {
        [] if !contents.faulty => problems.say(&contents.top(), contents.apex.to_string(), Reason::NoSoa),
        [first, rest @ ..] => {
            for record in rest {
                problems.say(&record.spot, record.key(), Reason::SecondSoa(first.spot.line));
            }
        }
        _ => {}
    }
    for (name, sets) in contents.names.iter().filter(|(name, _)| **name != contents.apex) {
        for record in sets.get(&Rtype::SOA).into_iter().flatten() {
            problems.say(
                &record.spot,
                format!("{name} SOA"),
                Reason::SoaBelowApex(contents.apex.clone()),
            );
        }
    }
}

/// CNAME and DNAME.
fn target(contents: &Contents, name: &Name, sets: &Sets, problems: &mut Problems) {
    let other = |rtype: Rtype| sets.keys().copied().find(|other| *other != rtype);
    if let Some(record) = first(sets, Rtype::CNAME) {
        if *name == contents.apex {
            problems.say(&record.spot, record.key(), Reason::CnameAtApex);
        } else if let Some(other) = other(Rtype::CNAME) {
            problems.say(&record.spot, record.key(), Reason::CnameBeside(other));
        }
    }
    for rtype in [Rtype::CNAME, Rtype::DNAME] {
        for record in sets.get(&rtype).into_iter().flatten().skip(1) {
            problems.say(&record.spot, record.key(), Reason::SecondTarget(rtype));
        }
    }
    if let Some(record) = first(sets, Rtype::DNAME) {
        if name.is_wildcard() {
            problems.say(&record.spot, record.key(), Reason::WildcardDname);
        }
        if *name != contents.apex && sets.contains_key(&Rtype::NS) {
            problems.say(&record.spot, record.key(), Reason::DnameBesideNs);
        }
    }
    if let (Some(dname), Some(record)) = (contents.dname_over(name), any(sets)) {
        problems.say(&record.spot, record.key(), Reason::BelowDname(dname));
    }
}

fn delegation(contents: &Contents, name: &Name, sets: &Sets, problems: &mut Problems) {
    if let Some(record) = first(sets, Rtype::NS).filter(|_| name.is_wildcard() && *name != contents.apex) {
        problems.say(&record.spot, record.key(), Reason::WildcardNs);
    }
    if let Some(record) = first(sets, Rtype::DS).filter(|_| !sets.contains_key(&Rtype::NS)) {
        problems.say(&record.spot, record.key(), Reason::DsWithoutNs);
    }
}

/// Data that is never answered: below a cut, or in a nested zone of ours, and no server's address.
fn occluded(
    contents: &Contents,
    name: &Name,
    sets: &Sets,
    all: &[Contents],
    hosts: &HashSet<Name>,
    problems: &mut Problems,
) {
    let child = zone_of(name, all)
        .map(|zone| &zone.apex)
        .filter(|apex| **apex != contents.apex);
    let cut = contents.cut_over(name);
    let Some(over) = child.or(cut.as_ref()) else {
        return;
    };
    for (rtype, record) in sets
        .iter()
        .filter_map(|(rtype, set)| Some((*rtype, set.first()?)))
    {
        let parents = matches!(rtype, Rtype::NS | Rtype::DS) && name == over;
        let glue = ADDRESSES.contains(&rtype) && hosts.contains(name);
        let reason = if child.is_some() {
            Reason::InChild(over.clone())
        } else {
            Reason::BelowCut(over.clone())
        };
        if !parents && !glue {
            problems.say(&record.spot, record.key(), reason);
        }
    }
}

/// The server that an NS record names.
pub(super) fn host(ns: &Record) -> Option<Name> {
    Name::from_wire(&ns.rdata).ok()
}

fn first(sets: &Sets, rtype: Rtype) -> Option<&Record> {
    sets.get(&rtype)?.first()
}

fn any(sets: &Sets) -> Option<&Record> {
    sets.values().next()?.first()
}

/// The types of addresses.
pub(super) const ADDRESSES: [Rtype; 2] = [Rtype::A, Rtype::AAAA];
