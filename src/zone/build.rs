//! Checked contents → the frozen tree: encodes every RRset, fills in empty non-terminals, finds zones and cuts.

use std::collections::BTreeMap;

use super::check::{ADDRESSES, host};
use super::check_across::zone_of;
use super::contents::{Contents, Sets};
use super::encoded::MAX_BODY;
use super::node::{Cut, Glue, GlueKind, Node, Zone};
use super::problem::{Problems, Reason};
use super::table::Table;
use super::tree::{Above, Anchor, Entry};
use super::{Name, QueryName, RRset, Rtype, Steered, Zones};

/// Freezes `all`, sorted by apex. Only sizes can still be wrong; those go to `problems`.
pub(super) fn freeze(all: &[Contents], steered: &[Steered], problems: &mut Problems) -> Zones {
    let mut builder = Builder { all, problems, cuts: Vec::new() };
    let entries = builder.link(builder.drafts(steered));
    let zones: Box<[Zone]> = all.iter().filter_map(|contents| builder.zone(contents)).collect();
    let mut zones = Zones {
        table: Table::of(entries.iter().map(|entry| &entry.name)),
        shallowest: all.iter().map(|zone| zone.apex.labels().count()).min().unwrap_or(0),
        entries: entries.into(),
        cuts: builder.cuts.into(),
        zones,
    };
    anchor_targets(&mut zones);
    zones
}

/// Looks for the target of every alias, so that no query has to.
fn anchor_targets(zones: &mut Zones) {
    let found: Vec<Anchor> = zones
        .entries
        .iter()
        .flat_map(|entry| entry.above.iter().map(|above| &above.node).chain([&entry.node]))
        .flat_map(Node::rrsets)
        .filter_map(|set| set.target().map(|target| zones.anchor(&QueryName::from(target.name()))))
        .collect();
    let nodes = zones
        .entries
        .iter_mut()
        .flat_map(|entry| entry.above.iter_mut().map(|above| &mut above.node).chain([&mut entry.node]));
    let targets = nodes.flat_map(|node| &mut node.sets).filter_map(RRset::target_mut);
    targets.zip(found).for_each(|(target, anchor)| target.anchor = anchor);
}

struct Builder<'a> {
    all: &'a [Contents],
    problems: &'a mut Problems,
    cuts: Vec<Cut>,
}

/// A name before its place in the tree is known.
#[derive(Default)]
struct Draft<'a> {
    own: Option<(&'a Contents, &'a Sets)>,
    above: Option<(&'a Contents, &'a Sets)>,
    service: Option<u32>,
}

impl<'a> Builder<'a> {
    /// Every name that exists, those above included.
    fn drafts(&self, steered: &[Steered]) -> BTreeMap<Name, Draft<'a>> {
        let mut drafts: BTreeMap<Name, Draft<'a>> = BTreeMap::new();
        for contents in self.all {
            for (name, sets) in &contents.names {
                let answers = zone_of(name, self.all).is_some_and(|zone| zone.apex == contents.apex);
                let nested_apex = zone_of(name, self.all).is_some_and(|zone| zone.apex == *name);
                if answers {
                    drafts.entry(name.clone()).or_default().own = Some((contents, sets));
                } else if nested_apex
                    && self.parent_of(name).is_some_and(|parent| parent.apex == contents.apex)
                {
                    drafts.entry(name.clone()).or_default().above = Some((contents, sets));
                }
            }
        }
        for service in steered {
            drafts.entry(service.name.clone()).or_default().service = Some(service.service);
        }
        let names: Vec<Name> = drafts.keys().cloned().collect();
        for name in names {
            let mut up = name.parent();
            while let Some(name) = up.filter(|name| !drafts.contains_key(name)) {
                up = name.parent();
                drafts.insert(name, Draft::default());
            }
        }
        drafts
    }

    fn parent_of(&self, apex: &Name) -> Option<&'a Contents> {
        zone_of(&apex.parent()?, self.all)
    }

    /// Canonical order puts a parent before its children, so one pass with a stack gives each its zone and cut.
    fn link(&mut self, drafts: BTreeMap<Name, Draft<'a>>) -> Vec<Entry> {
        let mut entries: Vec<Entry> = Vec::with_capacity(drafts.len());
        let mut stack: Vec<usize> = Vec::new();
        for (name, draft) in drafts {
            while stack
                .last()
                .and_then(|at| entries.get(*at))
                .is_some_and(|above| !name.is_under(&above.name))
            {
                stack.pop();
            }
            let number = entries.len();
            let parent = stack.last().and_then(|at| entries.get_mut(*at));
            let mut place = (None, None);
            if let Some(parent) = parent {
                place = (parent.zone, parent.cut);
                if name.is_wildcard() {
                    parent.wildcard = u32::try_from(number).ok();
                }
            }
            stack.push(number);
            let entry = self.entry(name, &draft, place);
            entries.push(entry);
        }
        entries
    }

    /// The entry of a name whose parent lies in `zone`, at or below `cut`.
    fn entry(&mut self, name: Name, draft: &Draft<'_>, (zone, cut): (Option<u32>, Option<u32>)) -> Entry {
        let apex = self.all.binary_search_by(|contents| contents.apex.cmp(&name)).ok();
        let node = self.node(draft.own, draft.service);
        let Some(apex) = apex else {
            let cut = cut.or_else(|| self.cut(&name, draft.own?.0, &node));
            return Entry { name, zone, cut, wildcard: None, node, above: None };
        };
        let above = zone.map(|zone| Box::new(Above { zone, cut, node: self.node(draft.above, None) }));
        Entry { name, zone: u32::try_from(apex).ok(), cut: None, wildcard: None, node, above }
    }

    fn node(&mut self, sets: Option<(&Contents, &Sets)>, service: Option<u32>) -> Node {
        let Some((contents, sets)) = sets else {
            return Node { sets: Box::default(), service };
        };
        let encoded =
            sets.iter().filter_map(|(rtype, _)| Some(self.encode(contents, sets, rtype)?.0)).collect();
        Node { sets: encoded, service }
    }

    /// Encodes the records of a type; also where the names in their RDATA start.
    fn encode(&mut self, contents: &Contents, sets: &Sets, rtype: Rtype) -> Option<(RRset, Vec<u16>)> {
        let records = sets.of(rtype);
        let first = records.first()?;
        let rdatas: Vec<&[u8]> = records.iter().map(|record| record.rdata.as_slice()).collect();
        match RRset::encode(rtype, first.ttl, &rdatas, &contents.apex) {
            Ok(encoded) => Some(encoded),
            Err(len) => {
                self.problems.say(&first.spot, first.key(), Reason::LongRrset(len, MAX_BODY));
                None
            }
        }
    }

    fn cut(&mut self, name: &Name, contents: &Contents, node: &Node) -> Option<u32> {
        node.rrset(Rtype::NS)?;
        let (ns, hosts_at) = self.encode(contents, contents.names.get(name)?, Rtype::NS)?;
        let mut glue = Vec::new();
        for (record, host_at) in contents.set(name, Rtype::NS).iter().zip(hosts_at) {
            let Some(host) = host(record) else { continue };
            let kind = if host.is_under(name) { GlueKind::InDomain } else { GlueKind::Sibling };
            let Some(sets) = contents.names.get(&host).filter(|_| contents.cut_over(&host).is_some()) else {
                continue;
            };
            for rtype in ADDRESSES {
                let addresses = self.encode(contents, sets, rtype).map(|(set, _)| set);
                glue.extend(addresses.map(|addresses| Glue { addresses, host_at, kind }));
            }
        }
        glue.sort_by_key(|glue| glue.kind == GlueKind::Sibling);
        self.cuts.push(Cut { owner: name.clone(), ns, glue: glue.into() });
        u32::try_from(self.cuts.len() - 1).ok()
    }

    fn zone(&mut self, contents: &Contents) -> Option<Zone> {
        let [record, ..] = contents.set(&contents.apex, Rtype::SOA) else {
            return None;
        };
        let (numbers, _) = record.rdata.last_chunk::<20>()?.as_chunks::<4>();
        let (serial, minimum) = (u32::from_be_bytes(*numbers.first()?), u32::from_be_bytes(*numbers.last()?));
        let rdata = [record.rdata.as_slice()];
        let soa = RRset::encode(Rtype::SOA, record.ttl, &rdata, &contents.apex).ok()?.0;
        let negative_ttl = record.ttl.min(minimum);
        let negative_soa = RRset::encode(Rtype::SOA, negative_ttl, &rdata, &contents.apex).ok()?.0;
        Some(Zone { apex: contents.apex.clone(), spot: record.spot.clone(), serial, soa, negative_soa })
    }
}
