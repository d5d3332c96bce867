//! Where the CNAME targets of regions and sinks lead: not to a steered name, and not to nothing.
//!
//! A target outside our zones is somebody else's. One inside is followed in the answer itself, so what stands there is
//! checked: a second steered name would be decided by another service's fences, and a missing one would make an answer
//! negative.

use super::declared::Declared;
use crate::region::{Hostname, Region};
use crate::steer::{Fence, Service};
use crate::zone::{Lead, Name, Zones};

/// Refuses targets that lead astray.
pub(super) fn check(
    zones: &Zones,
    regions: &Declared<'_, Region>,
    fences: &Declared<'_, Fence>,
    services: &Declared<'_, Service>,
) {
    let alias = |region: &Region| region.endpoints.alias().cloned();
    let found = regions.iter().map(|one| (&one.item, one.value.as_ref().and_then(alias), "endpoints"));
    let sinks = fences
        .iter()
        .map(|one| (&one.item, one.value.as_ref().and_then(|fence| fence.sink_alias.clone()), "sink"));
    for (item, target, key) in found.chain(sinks) {
        let fault = target.as_ref().and_then(|target| Some((target, fault(zones, target, services)?)));
        let place = fault.as_ref().and_then(|_| item.table()?.find(key));
        if let Some(((target, fault), place)) = fault.zip(place) {
            place.refuse(format_args!(
                "{target}: {fault}; a name outside our zones, or one with addresses that are the same for everyone"
            ));
        }
    }
}

fn fault(zones: &Zones, target: &Hostname, services: &Declared<'_, Service>) -> Option<String> {
    let name = Name::from_text(target.as_str(), &Name::root()).ok()?;
    match zones.lead(&name) {
        Lead::Addresses => None,
        Lead::Steered(service) => {
            let service = services.name(service as usize);
            Some(format!("it leads to {service}, which is steered and has fences of its own"))
        }
        fault => Some(fault.to_string()),
    }
}
