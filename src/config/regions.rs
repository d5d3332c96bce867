//! `[regions.NAME]`: places that serve.

use std::ops::RangeInclusive;

use super::declared::Declared;
use super::endpoints::{self, Owners};
use super::item::Item;
use super::probes::Probed;
use super::section::Section;
use crate::geo::Coordinates;
use crate::region::{Endpoints, Jurisdiction, Region, RegionSet};

/// Reads every region.
pub(super) fn read<'a>(section: &Section<'a>, plans: &Declared<'a, Probed<'a>>) -> Declared<'a, Region> {
    let mut owners = Owners::default();
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
    owners: &mut Owners,
) -> Option<Region> {
    let jurisdiction = section.need("jurisdiction", jurisdiction);
    let coordinates = section.maybe("coordinates", coordinates);
    let endpoints = section.need("endpoints", |item| endpoints::read(item, name, owners));
    let count = endpoints.as_ref().map_or(endpoints::MOST, Endpoints::count);
    let probe_endpoints = section.maybe("probe_endpoints", |item| endpoints::probed(item, count));
    let capacity = section.or("capacity", CAPACITY, |item| item.integer(1..=1_000_000));
    let bias = section.or("bias", 1.0, |item| item.number(BIASES));
    let min_endpoints = section.or("min_endpoints", 1, |item| item.integer(1..=count as u64));
    let plan = section.maybe("probe", |item| plans.refer(item, item.text()?));
    let probe_endpoints = match &endpoints {
        Some(Endpoints::Addresses(published)) => {
            probe_endpoints.map(|own| own.unwrap_or_else(|| published.clone()))
        }
        Some(Endpoints::Alias(_)) if matches!(plan, Some(Some(_))) => {
            section.present("probe_endpoints", probe_endpoints, "the probe of a CNAME target")
        }
        _ => probe_endpoints.map(Option::unwrap_or_default),
    };
    section.finish();
    Some(Region {
        name: name.into(),
        jurisdiction: jurisdiction?,
        coordinates: coordinates?,
        endpoints: endpoints?,
        probe_endpoints: probe_endpoints?,
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

const CAPACITY: u32 = 100;
const BIASES: RangeInclusive<f64> = 0.01..=100.0;
const LONGEST_JURISDICTION: usize = 32;
