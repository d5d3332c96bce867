//! The records of one zone while it is loaded: grouped, made equal where they differ, asked by the checks.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::check::ADDRESSES;
use super::master::{Record, names_in};
use super::problem::{Problems, Reason, Spot};
use super::{Name, Rtype};

/// The RRsets of one name: no empty lists.
#[derive(Default)]
pub(super) struct Sets(BTreeMap<Rtype, Vec<Record>>);

impl Sets {
    /// The records of a type; empty when there are none.
    pub(super) fn of(&self, rtype: Rtype) -> &[Record] {
        self.0.get(&rtype).map_or(&[], Vec::as_slice)
    }

    /// The types with their records, rising.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Rtype, &[Record])> {
        self.0.iter().map(|(rtype, set)| (*rtype, set.as_slice()))
    }

    /// A record of the name, to point at.
    pub(super) fn any(&self) -> Option<&Record> {
        self.0.values().next()?.first()
    }
}

/// One zone's records by name and type.
pub(super) struct Contents {
    pub(super) apex: Name,
    pub(super) file: Arc<str>,
    pub(super) names: BTreeMap<Name, Sets>,
    /// Owners of NS below the apex, and of DNAME: few, asked for every name.
    cuts: HashSet<Name>,
    dnames: HashSet<Name>,
    /// Some of the file could not be read: what seems to be missing may stand there.
    pub(super) faulty: bool,
}

impl Contents {
    /// Groups `records`; says which lie outside, differ in TTL or stand twice.
    pub(super) fn new(
        apex: Name,
        file: Arc<str>,
        records: Vec<Record>,
        faulty: bool,
        problems: &mut Problems,
    ) -> Contents {
        let mut names: BTreeMap<Name, Sets> = BTreeMap::new();
        for record in records {
            if record.owner.is_under(&apex) {
                names
                    .entry(record.owner.clone())
                    .or_default()
                    .0
                    .entry(record.rtype)
                    .or_default()
                    .push(record);
            } else {
                problems.say(&record.spot, record.key(), Reason::Outside(apex.clone()));
            }
        }
        for set in names.values_mut().flat_map(|sets| sets.0.values_mut()) {
            keep_once(set, problems);
            equalize(set, problems);
        }
        let owners = |rtype: Rtype| {
            let have = names.iter().filter(move |(_, sets)| !sets.of(rtype).is_empty());
            have.map(|(name, _)| name.clone())
        };
        let cuts = owners(Rtype::NS).filter(|name| *name != apex).collect();
        let dnames = owners(Rtype::DNAME).collect();
        Contents { apex, file, names, cuts, dnames, faulty }
    }

    /// The first line of the file, for what is missing.
    pub(super) fn top(&self) -> Spot {
        Spot { file: self.file.clone(), line: 1, column: 1 }
    }

    /// The records of a name and type.
    pub(super) fn set(&self, name: &Name, rtype: Rtype) -> &[Record] {
        self.names.get(name).map_or(&[], |sets| sets.of(rtype))
    }

    /// The delegation that `name` lies at or below: the one nearest to the apex.
    pub(super) fn cut_over(&self, name: &Name) -> Option<Name> {
        if self.cuts.is_empty() {
            return None;
        }
        self.ancestors(name).filter(|name| self.cuts.contains(name)).last()
    }

    /// The DNAME that `name` lies below.
    pub(super) fn dname_over(&self, name: &Name) -> Option<Name> {
        if self.dnames.is_empty() {
            return None;
        }
        self.ancestors(name).skip(1).find(|name| self.dnames.contains(name))
    }

    /// Whether an address stands at `name`, or at a wildcard for it.
    pub(super) fn has_address(&self, name: &Name) -> bool {
        let exists =
            |name: &Name| self.names.range(name..).next().is_some_and(|(next, _)| next.is_under(name));
        let address = |name: &Name| ADDRESSES.iter().any(|rtype| !self.set(name, *rtype).is_empty());
        if exists(name) {
            return address(name);
        }
        let encloser = self.ancestors(name).find(exists);
        encloser
            .and_then(|encloser| Name::from_text("*", &encloser).ok())
            .is_some_and(|wildcard| address(&wildcard))
    }

    /// `name`, its parent and so on up to the apex; nothing for a name outside.
    fn ancestors(&self, name: &Name) -> impl Iterator<Item = Name> {
        let up = std::iter::successors(Some(name.clone()), Name::parent);
        up.take_while(|name| name.is_under(&self.apex))
    }
}

fn keep_once(set: &mut Vec<Record>, problems: &mut Problems) {
    let mut kept: BTreeMap<Vec<u8>, u32> = BTreeMap::new();
    set.retain(|record| match kept.entry(comparable(record)) {
        Entry::Vacant(slot) => {
            slot.insert(record.spot.line);
            true
        }
        Entry::Occupied(first) => {
            problems.say(&record.spot, record.key(), Reason::Duplicate(*first.get()));
            false
        }
    });
}

/// RDATA with the names in it lower case, since names compare so (RFC 4034 §6.2).
fn comparable(record: &Record) -> Vec<u8> {
    let mut rdata = record.rdata.clone();
    for (start, len) in names_in(record.rtype, &record.rdata) {
        rdata.iter_mut().skip(start).take(len).for_each(|octet| octet.make_ascii_lowercase());
    }
    rdata
}

fn equalize(set: &mut [Record], problems: &mut Problems) {
    let Some(least) = set.iter().map(|record| record.ttl).min() else {
        return;
    };
    let mut said = false;
    for record in set {
        if record.ttl == 0 && !said {
            said = true;
            problems.say(&record.spot, record.key(), Reason::ZeroTtl);
        }
        if record.ttl != least {
            problems.say(&record.spot, record.key(), Reason::UnequalTtl(record.ttl, least));
            record.ttl = least;
        }
    }
}
