//! What fences leave of services: where they leave nothing, a sink has to say what is answered.
//!
//! A client is held to every fence of its country, and a subnet that lies in several countries to the fences of all
//! of them. A resolver may send any subnet, down to one bit, so any fences of a service can meet in one answer. The
//! more fences, the less is left: it is enough to look at what all those without a sink leave together.

use std::collections::BTreeMap;

use super::declared::{Declaration, Declared};
use super::families::Families;
use super::words::list;
use crate::geo::Country;
use crate::region::{Region, RegionSet};
use crate::steer::{Fence, FenceId, Holder, Service, ServiceId, allowed, inside, unfenced};

/// Refuses fences that leave a service without a region and name no sink that could be answered instead.
pub(super) fn check(
    regions: &Declared<'_, Region>,
    services: &Declared<'_, Service>,
    declared: &Declared<'_, Fence>,
) {
    let (Some(regions), Some(fences)) = (regions.all(), declared.all()) else {
        return;
    };
    let check = Check {
        regions: regions.into_iter().cloned().collect(),
        fences: fences.into_iter().cloned().collect(),
    };
    let (mut gaps, mut narrow) = (BTreeMap::new(), BTreeMap::new());
    for group in check.groups(services) {
        for gap in check.gaps(&group) {
            let lack = Lack { whom: gap.whom, sink: group.sink(), services: Vec::new() };
            let lack = gaps.entry(gap.fences).or_insert(lack);
            lack.services.extend(group.names.iter().copied());
        }
        for fence in check.narrow_sinks(&group) {
            narrow.entry(fence).or_insert_with(|| check.narrowness(fence, &group));
        }
    }
    for (fence, what) in narrow {
        declared.item(fence.0 as usize).refuse_key(what);
    }
    for (fences, lack) in gaps {
        refuse(&fences, &lack, declared);
    }
}

struct Check {
    regions: Vec<Region>,
    fences: Vec<Fence>,
}

/// Services that fences cannot tell apart.
struct Group<'s> {
    names: Vec<&'s str>,
    /// One of them.
    service: (ServiceId, &'s Service),
    /// What is left to everyone.
    unfenced: RegionSet,
    fences: Vec<FenceId>,
}

/// Fences without a sink that together leave nothing; none of them can be left out.
struct Gap {
    fences: Vec<FenceId>,
    /// Whose answers it empties.
    whom: String,
}

/// What some fences leave nothing of.
struct Lack<'s> {
    whom: String,
    services: Vec<&'s str>,
    /// What would do instead of a region.
    sink: &'static str,
}

impl Group<'_> {
    /// The kind of sink that can stand for its regions.
    fn sink(&self) -> &'static str {
        let (_, service) = self.service;
        if service.is_alias() { "a sink with a CNAME target" } else { "a sink" }
    }
}

impl Check {
    fn groups<'s>(&self, services: &'s Declared<'_, Service>) -> Vec<Group<'s>> {
        let mut groups: BTreeMap<_, Group<'s>> = BTreeMap::new();
        for (at, Declaration { name, value, .. }) in services.iter().enumerate() {
            let (id, Some(service)) = (ServiceId(at as u32), value) else {
                continue;
            };
            let unfenced = unfenced(service, &self.regions);
            let fences: Vec<_> = (0..).map(FenceId).zip(&self.fences).collect();
            let fences: Vec<_> =
                fences.iter().filter(|(_, fence)| fence.applies_to(id)).map(|(id, _)| *id).collect();
            // Without any region of its own jurisdictions the service was refused already.
            if unfenced.is_empty() || fences.is_empty() {
                continue;
            }
            let group = groups.entry((unfenced, fences.clone())).or_insert(Group {
                names: Vec::new(),
                service: (id, service),
                unfenced,
                fences,
            });
            group.names.push(name);
        }
        groups.into_values().collect()
    }

    /// Every combination that clients of one country meet; else the one that a subnet of several countries meets.
    fn gaps(&self, group: &Group<'_>) -> Vec<Gap> {
        let (id, service) = group.service;
        let holders = Country::all().map(Holder::Country).chain([Holder::Unlocated]);
        let mut gaps: Vec<Gap> = Vec::new();
        for holder in holders {
            let (left, held) = allowed(service, id, &self.fences, &self.regions, holder);
            if !left.is_empty() || held.iter().any(|fence| self.has_sink(*fence, group)) {
                continue;
            }
            let fences = self.smallest(group.unfenced, held);
            if !gaps.iter().any(|gap| gap.fences == fences) {
                gaps.push(Gap { fences, whom: whom(holder) });
            }
        }
        let without_sink: Vec<_> =
            group.fences.iter().copied().filter(|fence| !self.has_sink(*fence, group)).collect();
        if gaps.is_empty() && self.left(group.unfenced, &without_sink).is_empty() {
            gaps.push(self.mixed_gap(group, without_sink));
        }
        gaps
    }

    fn mixed_gap(&self, group: &Group<'_>, fences: Vec<FenceId>) -> Gap {
        let fences = self.smallest(group.unfenced, fences);
        let examples = fences.iter().map(|fence| self.fences[fence.0 as usize].clients[0].code());
        let whom = format!("a subnet that lies in several countries, such as {}", list(examples));
        Gap { fences, whom }
    }

    fn left(&self, unfenced: RegionSet, fences: &[FenceId]) -> RegionSet {
        fences.iter().fold(unfenced, |left, fence| {
            left.intersection(&inside(&self.fences[fence.0 as usize].jurisdictions, &self.regions))
        })
    }

    /// Leaves out every fence without which nothing is left either.
    fn smallest(&self, unfenced: RegionSet, mut fences: Vec<FenceId>) -> Vec<FenceId> {
        for fence in fences.clone() {
            let without: Vec<_> = fences.iter().copied().filter(|other| *other != fence).collect();
            if self.left(unfenced, &without).is_empty() {
                fences = without;
            }
        }
        fences
    }

    fn has_sink(&self, fence: FenceId, group: &Group<'_>) -> bool {
        let (_, service) = group.service;
        self.fences[fence.index()].has_sink(service)
    }

    /// Fences whose sink would answer a query of some family with nothing, which resolvers' caches give to other
    /// clients too. A CNAME target answers for itself.
    fn narrow_sinks(&self, group: &Group<'_>) -> Vec<FenceId> {
        if group.service.1.is_alias() {
            return Vec::new();
        }
        let mut fences = group.fences.clone();
        fences.retain(|fence| self.has_sink(*fence, group) && !self.sink(*fence).cover(self.families(group)));
        if self.left(group.unfenced, &group.fences).is_empty() { fences } else { Vec::new() }
    }

    fn narrowness(&self, fence: FenceId, group: &Group<'_>) -> String {
        format!(
            "its sink has {} and service {:?} has {}; a sink with an address of each family",
            self.sink(fence),
            group.names[0],
            self.families(group)
        )
    }

    fn sink(&self, fence: FenceId) -> Families {
        Families::of(&self.fences[fence.0 as usize].sink)
    }

    /// The families of a service: every region has the same.
    fn families(&self, group: &Group<'_>) -> Families {
        let (_, service) = group.service;
        Families::of_endpoints(&self.regions[service.regions[0].index()].endpoints).steered(&service.types)
    }
}

fn whom(holder: Holder) -> String {
    match holder {
        Holder::Country(country) => format!("clients in {country} ({})", country.name()),
        Holder::Unlocated => "clients that cannot be located".to_owned(),
    }
}

fn refuse(fences: &[FenceId], lack: &Lack<'_>, declared: &Declared<'_, Fence>) {
    let Some((last, others)) = fences.split_last() else {
        return;
    };
    let others: Vec<_> =
        others.iter().map(|fence| format!("fences.{}", declared.name(fence.0 as usize))).collect();
    let together = if others.is_empty() {
        String::new()
    } else {
        format!("together with {}, ", list(others.iter().map(String::as_str)))
    };
    let Lack { whom, sink, services } = lack;
    let services: Vec<_> = services.iter().map(|name| format!("{name:?}")).collect();
    declared.item(last.0 as usize).refuse_key(format_args!(
        "{together}leaves no region of {} for {whom}; {sink}, or a region of an allowed jurisdiction in the service",
        list(services.iter().map(String::as_str))
    ));
}
