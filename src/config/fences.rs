//! `[fences.NAME]`: clients of these countries may be answered only with regions of these jurisdictions.

use std::collections::BTreeSet;

use super::countries::{self, Groups};
use super::declared::Declared;
use super::endpoints;
use super::item::Item;
use super::regions::jurisdiction;
use super::section::Section;
use super::services::canonical;
use super::words::list;
use crate::region::{Jurisdiction, Region};
use crate::steer::{Fence, Service, ServiceId, Unlocated};

/// Reads every fence.
pub(super) fn read<'a>(
    section: &Section<'a>,
    regions: &Declared<'a, Region>,
    services: &Declared<'a, Service>,
    groups: &Groups,
) -> Declared<'a, Fence> {
    Declared::read("fence", section, |name, mut section| {
        let clients = section.need("clients", |item| countries::read(item, groups));
        let fence = fence(name, section, regions, services)?;
        Some(Fence { clients: clients?, ..fence })
    })
}

/// All of a fence but its clients.
fn fence<'a>(
    name: &str,
    mut section: Section<'a>,
    regions: &Declared<'a, Region>,
    services: &Declared<'a, Service>,
) -> Option<Fence> {
    let jurisdictions =
        section.need("jurisdictions", |item| item.list_of_once(|item| existing_jurisdiction(item, regions)));
    let unlocated = section.or("unlocated", Unlocated::Free, |item| {
        item.boolean().map(|held| if held { Unlocated::Held } else { Unlocated::Free })
    });
    let own = section.maybe("services", |item| own_services(item, services));
    let sink = section.or("sink", (Vec::new(), None), endpoints::sink);
    section.finish();
    let (sink, sink_alias) = sink?;
    Some(Fence {
        name: name.into(),
        clients: Vec::new(),
        unlocated: unlocated?,
        jurisdictions: jurisdictions?,
        services: own?,
        sink,
        sink_alias,
    })
}

/// A jurisdiction that some region has: a misspelt one would shut clients out.
fn existing_jurisdiction(item: &Item<'_>, regions: &Declared<'_, Region>) -> Option<Jurisdiction> {
    let jurisdiction = jurisdiction(item)?;
    let regions = regions.all();
    let existing =
        regions.map(|regions| regions.iter().map(|region| &*region.jurisdiction.0).collect::<BTreeSet<_>>());
    if let Some(existing) = existing.filter(|existing| !existing.contains(&*jurisdiction.0)) {
        item.refuse_absence(format_args!(
            "no region is in {}; regions are in {}",
            item.found(),
            list(existing)
        ));
        return None;
    }
    Some(jurisdiction)
}

fn own_services<'a>(item: &Item<'a>, services: &Declared<'a, Service>) -> Option<Vec<ServiceId>> {
    item.list_of_once(|item| {
        let position = services.refer(item, &canonical(item.text()?))?;
        Some(ServiceId(position as u32))
    })
}
