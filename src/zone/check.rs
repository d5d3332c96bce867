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
    let servers = contents.names.values().flat_map(|sets| sets.of(Rtype::NS));
    let hosts = servers.filter_map(host).collect();
    let mut check = Check { contents, all, hosts, problems };
    check.apex();
    for (name, sets) in &contents.names {
        check.pointers(name, sets);
        check.below_dname(name, sets);
        check.delegation(name, sets);
        check.occluded(name, sets);
    }
}

struct Check<'a> {
    contents: &'a Contents,
    all: &'a [Contents],
    /// The names of all name servers in the zone.
    hosts: HashSet<Name>,
    problems: &'a mut Problems,
}

impl Check<'_> {
    fn say(&mut self, record: &Record, reason: Reason) {
        self.problems.say(&record.spot, record.key(), reason);
    }

    fn say_of_zone(&mut self, reason: Reason) {
        self.problems.say(&self.contents.top(), self.contents.apex.to_string(), reason);
    }

    fn apex(&mut self) {
        let contents = self.contents;
        let soa = contents.set(&contents.apex, Rtype::SOA);
        if contents.apex.is_wildcard() {
            self.say_of_zone(Reason::WildcardApex);
        }
        if soa.is_empty() && !contents.faulty {
            self.say_of_zone(Reason::NoSoa);
        }
        if contents.set(&contents.apex, Rtype::NS).is_empty() && !contents.faulty {
            self.say_of_zone(Reason::NoNs);
        }
        for record in soa.iter().skip(1) {
            let first = soa.first().map_or(1, |first| first.spot.line);
            self.say(record, Reason::SecondSoa(first));
        }
        for (_, sets) in contents.names.iter().filter(|(name, _)| **name != contents.apex) {
            for record in sets.of(Rtype::SOA) {
                self.say(record, Reason::SoaBelowApex(contents.apex.clone()));
            }
        }
    }

    /// CNAME and DNAME.
    fn pointers(&mut self, name: &Name, sets: &Sets) {
        let at_apex = *name == self.contents.apex;
        let other = sets.iter().map(|(rtype, _)| rtype).find(|rtype| *rtype != Rtype::CNAME);
        if let Some(record) = sets.of(Rtype::CNAME).first() {
            match other {
                _ if at_apex => self.say(record, Reason::CnameAtApex),
                Some(other) => self.say(record, Reason::CnameBeside(other)),
                None => {}
            }
        }
        for rtype in [Rtype::CNAME, Rtype::DNAME] {
            for record in sets.of(rtype).iter().skip(1) {
                self.say(record, Reason::SecondTarget(rtype));
            }
        }
        let Some(dname) = sets.of(Rtype::DNAME).first() else {
            return;
        };
        if name.is_wildcard() {
            self.say(dname, Reason::WildcardDname);
        }
        if !at_apex && !sets.of(Rtype::NS).is_empty() {
            self.say(dname, Reason::DnameBesideNs);
        }
    }

    fn below_dname(&mut self, name: &Name, sets: &Sets) {
        if let (Some(dname), Some(record)) = (self.contents.dname_over(name), sets.any()) {
            self.say(record, Reason::BelowDname(dname));
        }
    }

    fn delegation(&mut self, name: &Name, sets: &Sets) {
        match (sets.of(Rtype::NS), sets.of(Rtype::DS)) {
            ([ns, ..], _) if name.is_wildcard() && *name != self.contents.apex => {
                self.say(ns, Reason::WildcardNs);
            }
            ([], [ds, ..]) => self.say(ds, Reason::DsWithoutNs),
            _ => {}
        }
    }

    /// Data that is never answered: below a cut, or in a nested zone of ours, and no server's address.
    fn occluded(&mut self, name: &Name, sets: &Sets) {
        let child = zone_of(name, self.all).map(|zone| &zone.apex);
        let child = child.filter(|apex| **apex != self.contents.apex).cloned();
        let (over, reason): (_, fn(Name) -> Reason) = match (child, self.contents.cut_over(name)) {
            (Some(child), _) => (child, Reason::InChild),
            (None, Some(cut)) => (cut, Reason::BelowCut),
            (None, None) => return,
        };
        for (rtype, set) in sets.iter() {
            let parents = matches!(rtype, Rtype::NS | Rtype::DS) && *name == over;
            let glue = ADDRESSES.contains(&rtype) && self.hosts.contains(name);
            if let Some(record) = set.first().filter(|_| !parents && !glue) {
                self.say(record, reason(over.clone()));
            }
        }
    }
}

/// The server that an NS record names.
pub(super) fn host(ns: &Record) -> Option<Name> {
    Name::from_wire(&ns.rdata).ok()
}

/// The types of addresses.
pub(super) const ADDRESSES: [Rtype; 2] = [Rtype::A, Rtype::AAAA];
