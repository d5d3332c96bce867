//! Warnings that need the finished tree: CNAMEs in circles or long chains, delegations that wait for each other.

use std::collections::{BTreeSet, HashMap};

use super::check::host;
use super::check_across::zone_of;
use super::contents::Contents;
use super::master::Record;
use super::problem::{Problems, Reason};
use super::tree::Found;
use super::{Name, QueryName, Rtype, Zones};

/// Says each loop once, and of each long chain the record from which on it is too long.
pub(super) fn cnames(zones: &Zones, all: &[Contents], problems: &mut Problems) {
    let mut lengths: HashMap<Name, usize> = HashMap::new(); // how many CNAMEs follow from a name on
    for (start, sets) in all.iter().flat_map(|contents| &contents.names) {
        let Some(record) = sets.of(Rtype::CNAME).first() else {
            continue;
        };
        let mut chain: Vec<Name> = Vec::new();
        let mut at: HashMap<Name, usize> = HashMap::new();
        let mut next = Some(start.clone());
        while let Some(name) = next.take_if(|name| !lengths.contains_key(name) && !at.contains_key(name)) {
            next = next_cname(zones, &name);
            at.insert(name.clone(), chain.len());
            chain.push(name);
        }
        if let Some(again) = next.as_ref().and_then(|name| at.get(name)) {
            let names: Vec<String> = chain.iter().skip(*again).map(Name::to_string).collect();
            problems.say(&record.spot, record.key(), Reason::CnameLoop(names.join(", ")));
        }
        let mut length = next.and_then(|name| lengths.get(&name).copied()).unwrap_or(0);
        for name in chain.into_iter().rev() {
            length += 1;
            if length == LONG_CHAIN + 1 {
                let spot = record_at(all, &name).map_or(&record.spot, |record| &record.spot);
                problems.say(spot, format!("{name} CNAME"), Reason::CnameChain(LONG_CHAIN));
            }
            lengths.insert(name, length);
        }
    }
}

fn record_at<'a>(all: &'a [Contents], name: &Name) -> Option<&'a Record> {
    zone_of(name, all)?.set(name, Rtype::CNAME).first()
}

/// The target of the CNAME that answers for `name`, when a CNAME answers for it again.
fn next_cname(zones: &Zones, name: &Name) -> Option<Name> {
    let target = |name: &Name| match zones.find(&QueryName::from(name)) {
        Found::Exists { node, .. } => node.cname()?.target().map(|target| target.name().clone()),
        _ => None,
    };
    target(name).filter(|name| target(name).is_some())
}

/// Delegation points (apexes and cuts) that no resolver can get through: each needs an address below another of them.
pub(super) fn delegations(all: &[Contents], problems: &mut Problems) {
    let mut stuck: Vec<(&Contents, &Name)> = Vec::new();
    for contents in all {
        let with_ns = contents.names.iter().filter(|(_, sets)| !sets.of(Rtype::NS).is_empty());
        stuck.extend(
            with_ns.map(|(name, _)| (contents, name)).filter(|(_, name)| is_point(contents, name, all)),
        );
    }
    loop {
        let names: BTreeSet<&Name> = stuck.iter().map(|(_, name)| *name).collect();
        let before = stuck.len();
        let waits = |(contents, name): &(&Contents, &Name)| {
            let servers = contents.set(name, Rtype::NS);
            !servers.iter().filter_map(host).any(|host| reachable(contents, name, &host, all, &names))
        };
        let next: Vec<_> = stuck.iter().copied().filter(waits).collect();
        stuck = next;
        if stuck.len() == before {
            break;
        }
    }
    for (contents, name) in stuck {
        if let Some(record) = contents.set(name, Rtype::NS).first() {
            problems.say(&record.spot, record.key(), Reason::DelegationCycle);
        }
    }
}

fn is_point(contents: &Contents, name: &Name, all: &[Contents]) -> bool {
    let answers = zone_of(name, all).is_some_and(|zone| zone.apex == contents.apex);
    answers && contents.cut_over(name).is_none_or(|cut| cut == *name)
}

/// Whether a resolver can learn the address of `host`, a server of the delegation at `name`.
fn reachable(
    contents: &Contents,
    name: &Name,
    host: &Name,
    all: &[Contents],
    stuck: &BTreeSet<&Name>,
) -> bool {
    let glue = contents.cut_over(host).is_some() && contents.has_address(host) && *name != contents.apex;
    let Some(zone) = zone_of(host, all) else {
        return true;
    };
    let point = zone.cut_over(host).unwrap_or_else(|| zone.apex.clone());
    glue || host.is_under(name) || !stuck.contains(&point)
}

/// The longest chain that is not spoken of.
const LONG_CHAIN: usize = 8;
