//! `[regions.NAME]`: places that serve.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::ops::RangeInclusive;

use super::declared::Declared;
use super::item::Item;
use super::probes::Probed;
use super::section::Section;
use crate::geo::Coordinates;
use crate::region::{Jurisdiction, Region, RegionSet};

/// Reads every region.
pub(super) fn read<'a>(section: &Section<'a>, plans: &Declared<'a, Probed<'a>>) -> Declared<'a, Region> {
    let mut owners = BTreeMap::new();
    let regions =
        Declared::read("region", section, |name, section| region(name, section, plans, &mut owners));
    if let Some(surplus) = regions.iter().nth(RegionSet::CAPACITY) {
        surplus.item.refuse_key(format_args!("region {}; at most {0}", RegionSet::CAPACITY));
    }
    regions
}

fn region<'a>(
    name: &str,
    mut section: Section<'a>,
    plans: &Declared<'a, Probed<'a>>,
    owners: &mut BTreeMap<IpAddr, Box<str>>,
) -> Option<Region> {
    let jurisdiction = section.need("jurisdiction", jurisdiction);
    let coordinates = section.maybe("coordinates", coordinates);
    let endpoints = section.need("endpoints", |item| endpoints(item, name, owners));
    let count = endpoints.as_ref().map_or(MOST_ENDPOINTS, Vec::len);
    let probe_endpoints = section.maybe("probe_endpoints", |item| probe_endpoints(item, count));
    let capacity = section.or("capacity", CAPACITY, |item| item.integer(1..=1_000_000));
    let bias = section.or("bias", 1.0, |item| item.number(BIASES));
    let min_endpoints = section.or("min_endpoints", 1, |item| item.integer(1..=count as u64));
    let plan = section.maybe("probe", |item| plans.refer(item, item.text()?));
    section.finish();
    let endpoints = endpoints?;
    Some(Region {
        name: name.into(),
        jurisdiction: jurisdiction?,
        coordinates: coordinates?,
        probe_endpoints: probe_endpoints?.unwrap_or_else(|| endpoints.clone()),
        endpoints,
        capacity: capacity?,
        bias: bias?,
        min_endpoints: min_endpoints?,
        plan: plan?,
    })
}

/// The name of a jurisdiction: any word, by which fences refer to it.
pub(super) fn jurisdiction(item: &Item<'_>) -> Option<Jurisdiction> {
    item.parse("a jurisdiction's name, such as \"EU\"", |text| {
        let word = (1..=LONGEST_JURISDICTION).contains(&text.len())
            && text.bytes().all(|octet| octet.is_ascii_graphic());
        word.then(|| Jurisdiction(text.into()))
    })
}

fn coordinates(item: &Item<'_>) -> Option<Coordinates> {
    let items = item.list()?;
    let [latitude, longitude] = items.as_slice() else {
        item.refuse(format_args!(
            "found a list of {}; expected [latitude, longitude] in degrees",
            items.len()
        ));
        return None;
    };
    let (latitude, longitude) = (latitude.number(-90.0..=90.0), longitude.number(-180.0..=180.0));
    Coordinates::new(latitude?, longitude?).ok()
}

fn endpoints(item: &Item<'_>, region: &str, owners: &mut BTreeMap<IpAddr, Box<str>>) -> Option<Vec<IpAddr>> {
    let addresses = item.list_of_once(|item| {
        let address = unicast(item)?;
        let owner = owners.entry(address).or_insert_with(|| region.into());
        if **owner != *region {
            item.warn(format_args!(
                "{address} is also an endpoint of region {owner}; usually each has its own"
            ));
        }
        Some(address)
    })?;
    let few = addresses.len() <= MOST_ENDPOINTS;
    if !few {
        item.refuse(format_args!("found {} endpoints; at most {MOST_ENDPOINTS}", addresses.len()));
    }
    few.then_some(addresses)
}

fn probe_endpoints(item: &Item<'_>, count: usize) -> Option<Vec<IpAddr>> {
    let addresses = item.list_of(unicast)?;
    let one_for_one = addresses.len() == count;
    if !one_for_one {
        item.refuse(format_args!(
            "found a list of {}; expected one for each of the {count} endpoints",
            addresses.len()
        ));
    }
    one_for_one.then_some(addresses)
}

/// An address that a client can connect to.
pub(super) fn unicast(item: &Item<'_>) -> Option<IpAddr> {
    let address: IpAddr = item.parse("an IPv4 or IPv6 address", |text| text.parse().ok())?;
    let what = match address {
        address if address.is_unspecified() => "the unspecified address",
        address if address.is_multicast() => "a multicast address",
        IpAddr::V4(address) if address.octets()[0] >= 240 => "a reserved address",
        IpAddr::V4(address) if address.octets()[0] == 0 => "an address of \"this network\"",
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => "an IPv4 address in IPv6 clothes",
        IpAddr::V6(address) if address.is_unicast_link_local() => "a link-local address",
        _ => return Some(address),
    };
    item.refuse(format_args!("{address} is {what}; expected a unicast address that clients reach"));
    None
}

const CAPACITY: u32 = 100;
const BIASES: RangeInclusive<f64> = 0.01..=100.0;
/// As many as the answer to one question reasonably holds.
const MOST_ENDPOINTS: usize = 32;
const LONGEST_JURISDICTION: usize = 32;
