//! The names of all zones in one frozen table, and the lookup of RFC 1034 §4.3.2 and RFC 4592 on it.
//!
//! Every name that exists is an entry: owners of records, empty non-terminals, and the names above an apex that lead
//! to it. Each entry knows its zone, the delegation it lies at or below, and its `*` child, so that a hit costs one
//! probe. A miss walks down from the shallowest apex to the last name that exists, its closest encloser, and everything
//! else follows from that entry. Where an alias leads was found when the zones were built, so that following it costs
//! nothing; behind a DNAME only the labels in front of its target are looked for, and those that lead deeper are used
//! up. No step allocates, locks or depends on how many names a zone has.

use std::fmt;

use super::encoded::Target;
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
            Self::Dname { node, suffix, .. } => {
                let kept = asked.wire().len().saturating_sub(*suffix);
                asked.renamed(kept, node.dname()?.target()?.name())
            }
            Self::Outside | Self::Missing { .. } | Self::Cut { .. } => None,
        }
    }
}

/// The deepest name that exists at or above another.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Anchor {
    /// None: not even an apex is above it.
    entry: Option<u32>,
    /// Whether it is that name itself.
    is_whole: bool,
}

/// A suffix of a name that exists.
#[derive(Clone, Copy)]
struct Depth {
    labels: usize,
    hash: SuffixHash,
    entry: Option<u32>,
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
        self.found(self.anchor(name))
    }

    /// The same for type DS, which at a delegation or at the apex of a nested zone is the parent's (RFC 4035 §3.1.4.1).
    pub fn find_ds(&self, name: &QueryName) -> Found<'_> {
        self.found_ds(self.anchor(name))
    }

    /// What the zones say of an alias's target: it was looked for when they were built.
    pub fn find_target(&self, target: &Target, rtype: Rtype) -> Found<'_> {
        self.found_of(target.anchor, rtype)
    }

    /// What the zones say of `name`, which ends in the target of a DNAME: only what is in front of it is looked for.
    pub fn find_renamed(&self, name: &QueryName, target: &Target, rtype: Rtype) -> Found<'_> {
        let anchor = match target.anchor {
            Anchor { entry, is_whole: true } => {
                self.descend(name, Depth { labels: target.labels, hash: target.hash, entry })
            }
            missing => missing,
        };
        self.found_of(anchor, rtype)
    }

    fn found_of(&self, anchor: Anchor, rtype: Rtype) -> Found<'_> {
        if rtype == Rtype::DS { self.found_ds(anchor) } else { self.found(anchor) }
    }

    #[inline]
    fn found(&self, anchor: Anchor) -> Found<'_> {
        match self.anchored(anchor) {
            Some(entry) if anchor.is_whole => self.at(entry),
            entry => self.below(entry),
        }
    }

    fn found_ds(&self, anchor: Anchor) -> Found<'_> {
        let Some(entry) = self.anchored(anchor).filter(|_| anchor.is_whole) else {
            return self.found(anchor);
        };
        if let Some(above) = &entry.above {
            return self.answer(above.zone, above.cut, &above.node);
        }
        match entry.cut.and_then(|cut| self.cut(cut)) {
            Some(cut) if cut.owner == entry.name => self.answer_from(entry.zone, None, &entry.node),
            _ => self.at(entry),
        }
    }

    #[inline]
    fn anchored(&self, anchor: Anchor) -> Option<&Entry> {
        self.entries.get(anchor.entry? as usize)
    }

    #[inline]
    fn number(&self, hash: SuffixHash, wire: &[u8]) -> Option<u32> {
        let is =
            |number: u32| self.entries.get(number as usize).is_some_and(|entry| entry.name.wire() == wire);
        self.table.find(hash, is)
    }

    /// The deepest name that exists at or above `name`. A short one is likely to exist itself; of a long one the
    /// shallow part is.
    #[inline]
    pub(super) fn anchor(&self, name: &QueryName) -> Anchor {
        if name.labels() <= self.shallowest + NEAR {
            if let entry @ Some(_) = self.number(name.hash(), name.wire()) {
                return Anchor { entry, is_whole: true };
            }
            let below = name.suffixes().take(name.labels()).skip(self.shallowest);
            let entry = below.map_while(|(hash, wire)| self.number(hash, wire)).last();
            return Anchor { entry, is_whole: false };
        }
        let top = name.suffixes().nth(self.shallowest);
        let Some((hash, entry @ Some(_))) = top.map(|(hash, wire)| (hash, self.number(hash, wire))) else {
            return Anchor::default();
        };
        self.descend(name, Depth { labels: self.shallowest, hash, entry })
    }

    /// The deepest name that exists above or at `name`, from one of its suffixes down. Steps double until one misses,
    /// then they are halved, since what lies above a name that exists exists too: labels far below are never hashed.
    fn descend(&self, name: &QueryName, from: Depth) -> Anchor {
        let mut hashes = [from.hash; MAX_LABELS + 1];
        let (mut entry, mut low, mut high) = (from.entry, from.labels, name.labels());
        let (mut hashed, mut step) = (from.labels, Some(1));
        while low < high {
            let at = step.map_or(usize::midpoint(low, high + 1), |step| high.min(low + step));
            while hashed < at {
                let next = hashes.get(hashed).map(|hash| name.child_hash(*hash, hashed));
                hashed += 1;
                if let Some((slot, next)) = hashes.get_mut(hashed).zip(next) {
                    *slot = next;
                }
            }
            match hashes.get(at).and_then(|hash| self.number(*hash, name.suffix(at))) {
                Some(number) => {
                    (entry, low) = (Some(number), at);
                    step = step.map(|step| step * 2);
                }
                None => (high, step) = (at - 1, None),
            }
        }
        Anchor { entry, is_whole: low == name.labels() }
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
        let zone = self.anchored(self.anchor(name))?.zone?;
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

    /// The same with the apex of the zone whose file holds them.
    pub fn nodes_by_zone(&self) -> impl Iterator<Item = (&Name, &Name, &Node)> {
        let apex = |zone: u32| self.zones.get(zone as usize).map(|zone| &zone.apex);
        self.entries.iter().flat_map(move |entry| {
            let above =
                entry.above.as_ref().and_then(|above| Some((apex(above.zone)?, &entry.name, &above.node)));
            let own = entry.zone.and_then(apex).map(|apex| (apex, &entry.name, &entry.node));
            above.into_iter().chain(own)
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
