//! Who the canary queries come from: one client of each fence, one that no fence holds, one that is nowhere.

use std::net::{IpAddr, Ipv4Addr};

use crate::catalog::Catalog;
use crate::geo::{Country, Family, Location, Standing};
use crate::steer::{Fence, ServiceId, Unlocated};

/// A client, and the country that the catalog places it in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Someone {
    pub(super) address: IpAddr,
    country: Option<Country>,
}

impl Someone {
    /// The fences that hold it for a service, by their definition.
    pub(super) fn fences(self, catalog: &Catalog, service: ServiceId) -> impl Iterator<Item = &Fence> {
        catalog.fences.iter().filter(move |fence| fence.applies_to(service) && self.is_held_by(fence))
    }

    fn is_held_by(self, fence: &Fence) -> bool {
        match self.country {
            Some(country) => fence.clients.contains(&country),
            None => fence.unlocated == Unlocated::Held,
        }
    }
}

/// Looks for clients until every fence has one; walks all of the atlas where a fence holds nobody.
pub(super) fn choose(catalog: &Catalog) -> Vec<Someone> {
    let mut wanted: Vec<&Fence> = catalog.fences.iter().collect();
    let mut free_is_wanted = true;
    let mut chosen = vec![Someone { address: NOWHERE, country: None }];
    for (address, country) in Family::BOTH.into_iter().flat_map(|family| located(catalog, family)) {
        let someone = Someone { address, country: Some(country) };
        let before = wanted.len();
        wanted.retain(|fence| !someone.is_held_by(fence));
        let is_free = !catalog.fences.iter().any(|fence| someone.is_held_by(fence));
        if wanted.len() < before || is_free && free_is_wanted {
            chosen.push(someone);
        }
        free_is_wanted &= !is_free;
        if wanted.is_empty() && !free_is_wanted {
            break;
        }
    }
    chosen
}

/// The first address of every stretch that is in one country and asks for itself.
fn located(catalog: &Catalog, family: Family) -> impl Iterator<Item = (IpAddr, Country)> {
    catalog.atlas.ranges(family).filter_map(|(first, _, location)| {
        let Location::Pure(place) = catalog.atlas.location(location) else { return None };
        let Standing::Located(country) = catalog.atlas.place(place).standing else { return None };
        (!catalog.unlocated.contains(first)).then_some((first, country))
    })
}

/// In private space, which is no country (RFC 1918).
const NOWHERE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
