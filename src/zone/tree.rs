//! The names of all zones in one frozen table, and the lookup of RFC 1034 §4.3.2 and RFC 4592 on it.
//!
//! Every name that exists is an entry: owners of records, empty non-terminals, and the names above an apex that lead
//! to it. Each entry knows its zone, the delegation it lies at or below, and its `*` child, so that a hit costs one
//! probe. A miss walks down from the shallowest apex to the last name that exists, its closest encloser, and everything
//! else follows from that entry. No step allocates, locks or depends on how many names a zone has.

use std::fmt;

use super::node::{Cut, Node, Zone};
use super::suffix_hash::SuffixHash;
use super::table::Table;
use super::{Name, QueryName, Rtype};

/// Everything we answer for. Frozen; built by [`Zones::build`](super::Zones::build).
pub struct Zones {
    pub(super) table: Table,
    pub(super) entries: Box<[Entry]>,
    pub(super) zones: Box<[Zone]>,
    pub(super) cuts: Box<[Cut]>,
    /// How many labels the shortest apex has: no name above it is looked at.
    pub(super) shallowest: usize,
}

/// One name of the table.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: Name,
    pub(super) zone: Option<u32>,
    pub(super) cut: Option<u32>,
    pub(super) wildcard: Option<u32>,
    pub(super) node: Node,
    /// At an apex inside another of our zones: that zone's side of the name.
    pub(super) above: Option<Box<Above>>,
}

/// The parent's side of an apex: where its DS lives.
#[derive(Debug)]
pub(super) struct Above {
    pub(super) zone: u32,
    pub(super) cut: Option<u32>,
    pub(super) node: Node,
}

impl Found<'_> {
    /// The name that `asked` is another name for, where a CNAME or a DNAME says so.
    #[must_use]
    pub fn alias(&self, asked: &QueryName) -> Option<QueryName> {
        match self {
            Self::Exists { node, .. } => {
                let target = node.rrset(Rtype::CNAME)?.target()?;
                Some(QueryName::from(target.name()))
            }
            Self::Dname { node, suffix, .. } => asked.renamed(*suffix, node.dname()?.target()?.name()),
            Self::Outside | Self::Missing { .. } | Self::Cut { .. } => None,
        }
    }
}

/// What the zones say of a name.
#[derive(Debug, Clone, Copy)]
pub enum Found<'a> {
    /// In none of our zones.
    Outside,
    /// The name exists, or a wildcard stands for it; the node may be empty (an empty non-terminal).
    Exists {
        /// The zone that answers.
        zone: &'a Zone,
        /// The records.
        node: &'a Node,
        /// How the name came to the node.
        owner: Owner,
    },
    /// The name does not exist in the zone: NXDOMAIN.
    Missing {
        /// The zone that answers.
        zone: &'a Zone,
        /// The wire length of the closest encloser.
        encloser: usize,
    },
    /// At or below a delegation: a referral.
    Cut {
        /// The zone that delegates.
        zone: &'a Zone,
        /// The delegation.
        cut: &'a Cut,
    },
    /// Below a DNAME: its target replaces the suffix (RFC 6672).
    Dname {
        /// The zone that answers.
        zone: &'a Zone,
        /// The node that holds the DNAME.
        node: &'a Node,
        /// The wire length of the DNAME's owner, the last octets of the asked name.
        suffix: usize,
    },
}

/// How a name came to a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// It is the node's own.
    Exact,
    /// A wildcard stands for it (RFC 4592).
    Wildcard {
        /// The wire length of the closest encloser; the wildcard is its `*` child.
        encloser: usize,
    },
}

impl Zones {
    /// What the zones say of `name`, for every type but DS.
    #[inline]
    pub fn find(&self, name: &QueryName) -> Found<'_> {
        match self.exact(name) {
            Some(entry) => self.at(entry),
            None => self.below(self.closest(name)),
        }
    }

    /// The same for type DS, which at a delegation or at the apex of a nested zone is the parent's (RFC 4035 §3.1.4.1).
    pub fn find_ds(&self, name: &QueryName) -> Found<'_> {
        let Some(entry) = self.exact(name) else {
            return self.find(name);
        };
        if let Some(above) = &entry.above {
            return self.answer(above.zone, above.cut, &above.node);
        }
        match entry.cut.and_then(|cut| self.cut(cut)) {
            Some(cut) if cut.owner == entry.name => self.answer_from(entry.zone, None, &entry.node),
            _ => self.at(entry),
        }
    }

    fn exact(&self, name: &QueryName) -> Option<&Entry> {
        self.entry(name.hash(), name.wire())
    }

    #[inline]
    fn entry(&self, hash: SuffixHash, wire: &[u8]) -> Option<&Entry> {
        let is =
            |number: u32| self.entries.get(number as usize).is_some_and(|entry| entry.name.wire() == wire);
        self.table.find(hash, is).and_then(|number| self.entries.get(number as usize))
    }

    /// The longest suffix that exists: from the shallowest apex down, in long names by halving, since what lies above a
    /// name that exists exists too.
    fn closest(&self, name: &QueryName) -> Option<&Entry> {
        if name.labels() <= self.shallowest + NEAR {
            let below = name.suffixes().skip(self.shallowest);
            return below.map_while(|(hash, wire)| self.entry(hash, wire)).last();
        }
        let mut hashes = [SuffixHash::ROOT; MAX_LABELS + 1];
        for (slot, (hash, _)) in hashes.iter_mut().zip(name.suffixes()) {
            *slot = hash;
        }
        let (mut found, mut low, mut high) = (None, self.shallowest, name.labels());
        while low <= high {
            let middle = usize::midpoint(low, high);
            let entry = hashes.get(middle).and_then(|hash| self.entry(*hash, name.suffix(middle)));
            match entry {
                Some(entry) => (found, low) = (Some(entry), middle + 1),
                None if middle == 0 => break,
                None => high = middle - 1,
            }
        }
        found
    }

    #[inline]
    fn at<'a>(&'a self, entry: &'a Entry) -> Found<'a> {
        self.answer_from(entry.zone, entry.cut, &entry.node)
    }

    #[inline]
    fn answer_from<'a>(&'a self, zone: Option<u32>, cut: Option<u32>, node: &'a Node) -> Found<'a> {
        zone.map_or(Found::Outside, |zone| self.answer(zone, cut, node))
    }

    #[inline]
    fn answer<'a>(&'a self, zone: u32, cut: Option<u32>, node: &'a Node) -> Found<'a> {
        let Some(zone) = self.zones.get(zone as usize) else {
            return Found::Outside;
        };
        match cut.and_then(|cut| self.cut(cut)) {
            Some(cut) => Found::Cut { zone, cut },
            None => Found::Exists { zone, node, owner: Owner::Exact },
        }
    }

    /// What holds for a missing name whose closest encloser is `entry`.
    fn below<'a>(&'a self, entry: Option<&'a Entry>) -> Found<'a> {
        let Some(entry) = entry else { return Found::Outside };
        let Found::Exists { zone, node, .. } = self.at(entry) else {
            return self.at(entry);
        };
        let encloser = entry.name.wire().len();
        if node.dname().is_some() {
            return Found::Dname { zone, node, suffix: encloser };
        }
        match entry.wildcard.and_then(|number| self.entries.get(number as usize)) {
            Some(wildcard) => {
                Found::Exists { zone, node: &wildcard.node, owner: Owner::Wildcard { encloser } }
            }
            None => Found::Missing { zone, encloser },
        }
    }

    /// The apex of the zone that `name` lies in; delegations out of it do not count.
    pub fn apex_over(&self, name: &QueryName) -> Option<&Name> {
        let zone = self.exact(name).or_else(|| self.closest(name))?.zone?;
        self.zones.get(zone as usize).map(|zone| &zone.apex)
    }

    fn cut(&self, number: u32) -> Option<&Cut> {
        self.cuts.get(number as usize)
    }

    /// All zones, in canonical order of their apexes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Zone> {
        self.zones.iter()
    }

    /// The zone with this apex.
    pub fn zone(&self, apex: &Name) -> Option<&Zone> {
        let at = self.zones.binary_search_by(|zone| zone.apex.cmp(apex)).ok()?;
        self.zones.get(at)
    }

    /// All names of the zones with what stands there, in canonical order; a nested zone's apex also as its parent has it.
    pub fn nodes(&self) -> impl Iterator<Item = (&Name, &Node)> {
        let own = |entry: &'_ Entry| entry.zone.is_some();
        self.entries.iter().filter(move |entry| own(entry)).flat_map(|entry| {
            let above = entry.above.as_ref().map(|above| (&entry.name, &above.node));
            above.into_iter().chain([(&entry.name, &entry.node)])
        })
    }

    /// How many records the zones hold.
    pub fn record_count(&self) -> usize {
        self.nodes().flat_map(|(_, node)| node.rrsets()).map(|set| usize::from(set.count())).sum()
    }
}

impl fmt::Debug for Zones {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let apexes = self.zones.iter().map(|zone| &zone.apex);
        f.debug_list().entries(apexes).finish()
    }
}

/// Labels below the shallowest apex up to which looking at each is quicker than halving.
const NEAR: usize = 8;
/// The most labels of a name.
const MAX_LABELS: usize = 127;
