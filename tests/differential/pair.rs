//! One question, answered by Meridian and by a peer: what differs, and what the rules ask of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::asked::{Answer, Item};
use super::questions::{A, AAAA, CNAME, DNAME, DS, Question};
use super::rules::RULES;

/// One question, answered by Meridian and by a peer.
pub(crate) struct Pair<'a> {
    pub(crate) question: &'a Question,
    pub(crate) peer: &'static str,
    pub(crate) ours: &'a Answer,
    pub(crate) theirs: &'a Answer,
    /// What the other peer says.
    pub(crate) other: &'a Answer,
    /// Of all zones.
    pub(crate) apexes: &'a BTreeSet<String>,
}

/// A part of an answer that can differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Rcode,
    Aa,
    Tc,
    Edns,
    Answer,
    Authority,
    Additional,
}

impl Pair<'_> {
    /// What differs.
    fn parts(&self) -> Vec<Part> {
        let (ours, theirs) = (self.ours, self.theirs);
        [
            (Part::Rcode, ours.rcode != theirs.rcode),
            (Part::Aa, ours.aa != theirs.aa),
            (Part::Tc, ours.tc != theirs.tc),
            (Part::Edns, ours.edns != theirs.edns),
            (Part::Answer, ours.answer != theirs.answer),
            (Part::Authority, ours.authority != theirs.authority),
            (Part::Additional, ours.additional != theirs.additional),
        ]
        .into_iter()
        .filter_map(|(part, differs)| differs.then_some(part))
        .collect()
    }

    /// Counts the rules that explain what differs; gives the parts that none explains.
    pub(crate) fn explain(&self, counts: &mut BTreeMap<(&'static str, &'static str), u64>) -> Vec<Part> {
        let mut left = self.parts();
        for rule in RULES {
            if left.iter().any(|part| rule.parts.contains(part)) && (rule.holds)(self) {
                left.retain(|part| !rule.parts.contains(part));
                *counts.entry((rule.name, self.peer)).or_default() += 1;
            }
        }
        left
    }
}

impl Pair<'_> {
    /// Whether the other peer says what Meridian says, optional addresses aside.
    pub(crate) fn other_agrees(&self) -> bool {
        let meaning = |answer: &'_ Answer| Answer { additional: BTreeSet::new(), ..answer.clone() };
        meaning(self.ours) == meaning(self.other)
    }

    /// Whether both peers give the same answer.
    pub(crate) fn peers_agree(&self) -> bool {
        let meaning = |answer: &'_ Answer| Answer { additional: BTreeSet::new(), ..answer.clone() };
        meaning(self.theirs) == meaning(self.other)
    }

    /// The names that the question came to, by the CNAMEs of both answers.
    pub(crate) fn chain(&self) -> Chain {
        let aliases: Vec<_> =
            self.ours.answer.union(&self.theirs.answer).filter(|item| item.rtype == CNAME).collect();
        let mut names = vec![self.question.name.to_lowercase() + "."];
        let mut loops = false;
        while let Some(alias) = aliases.iter().find(|alias| names.last() == Some(&alias.owner)) {
            loops = names.contains(&alias.data);
            names.push(alias.data.clone());
            if loops {
                break;
            }
        }
        let dnames = self.ours.answer.union(&self.theirs.answer).filter(|item| item.rtype == DNAME);
        let grows = dnames.into_iter().any(|dname| dname.data.ends_with(&format!(".{}", dname.owner)));
        Chain { names, loops, grows }
    }

    /// Whether the peer's additional records beyond ours are addresses.
    pub(crate) fn adds_addresses(&self) -> bool {
        self.theirs.additional.difference(&self.ours.additional).all(|item| matches!(item.rtype, A | AAAA))
    }

    /// Whether each additional name of the peer is named by these records.
    pub(crate) fn names_servers(&self, by: &BTreeSet<Item>) -> bool {
        self.theirs.additional.iter().all(|address| by.iter().any(|item| item.data.ends_with(&address.owner)))
    }

    /// Whether a name is in a zone inside another.
    pub(crate) fn is_nested(&self, name: &str) -> bool {
        let parent = self.zone_of(name).and_then(|apex| apex.split_once('.')).map(|(_, parent)| parent);
        parent.is_some_and(|parent| self.zone_of(parent).is_some())
    }

    /// Whether a name, or one above it, is the apex of a zone inside or leads down to one, as the zone above sees it.
    pub(crate) fn is_on_a_way_down(&self, name: &str) -> bool {
        let above = if self.question.rtype == DS {
            name.split_once('.').map_or("", |(_, parent)| parent)
        } else {
            name
        };
        let zone = self.zone_of(above).unwrap_or_default();
        let leads_down = |parent: &str| {
            let below = format!(".{parent}");
            self.apexes.iter().any(|apex| apex == parent || apex.ends_with(&below))
        };
        let mut up =
            std::iter::successors(Some(name.trim_end_matches('.')), |name| Some(name.split_once('.')?.1));
        up.any(|name| name.len() > zone.len() && leads_down(name))
    }

    /// The apex of the zone that a name is in; none outside all zones.
    fn zone_of<'n>(&self, name: &'n str) -> Option<&'n str> {
        let name = name.trim_end_matches('.');
        let mut up = std::iter::successors(Some(name), |name| name.split_once('.').map(|(_, parent)| parent));
        up.find(|name| self.apexes.contains(*name))
    }
}

/// The way of a question.
pub(crate) struct Chain {
    pub(crate) names: Vec<String>,
    loops: bool,
    /// By a DNAME that points below itself.
    grows: bool,
}

impl Chain {
    pub(crate) fn leaves_its_zone(&self, pair: &Pair<'_>) -> bool {
        let home = self.names.first().and_then(|name| pair.zone_of(name));
        self.names.iter().any(|name| pair.zone_of(name).is_some_and(|zone| Some(zone) != home))
    }

    pub(crate) fn is_endless(&self) -> bool {
        self.loops || self.names.len() > LONG || self.grows
    }
}

impl fmt::Display for Pair<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{}", self.question)?;
        tell(out, "Meridian", self.ours)?;
        tell(out, self.peer, self.theirs)
    }
}

fn tell(out: &mut fmt::Formatter<'_>, who: &str, answer: &Answer) -> fmt::Result {
    let Answer { rcode, aa, tc, edns, .. } = answer;
    writeln!(out, "  {who}: rcode {rcode} aa {aa} tc {tc} edns {edns}")?;
    for (section, items) in
        [("answer", &answer.answer), ("authority", &answer.authority), ("additional", &answer.additional)]
    {
        for item in items {
            writeln!(out, "    {section}: {}", item.text)?;
        }
    }
    Ok(())
}

/// Names in a chain that servers follow to different lengths.
const LONG: usize = 8;
