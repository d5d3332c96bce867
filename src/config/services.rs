//! `[services."NAME"]`: steered hostnames and how each orders its regions.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::declared::Declared;
use super::families::Families;
use super::geo::Geography;
use super::item::Item;
use super::regions::jurisdiction;
use super::section::Section;
use super::strategy::{self, Candidates};
use super::types::{self, Types};
use super::words::list;
use super::{budget, motion, portions};
use crate::region::{Jurisdiction, Region, RegionId};
use crate::steer::{Service, SteeredType, TtlBounds};
use crate::zone::Name;

/// Reads every service; `candidates` are all regions, and `geography` is told what its keys ask of the location
/// database.
pub(super) fn read<'a>(
    section: &Section<'a>,
    candidates: &Candidates<'_, 'a>,
    geography: &mut Geography<'a>,
) -> Declared<'a, Service> {
    let mut services = Declared::none("service");
    for (written, item) in section.entries() {
        let name = hostname(written, &item);
        let twin = name.as_ref().and_then(|name| services.position(name));
        if twin.is_some() {
            item.refuse_key("the name is declared before, written otherwise; each service once");
        }
        let service = item.table().and_then(|section| service(section, candidates, geography));
        let value = service.zip(name.clone()).map(|(service, name)| Service { name, ..service });
        services.push(name.as_deref().unwrap_or(written), item, value);
    }
    services
}

/// A hostname in lower case, without the final dot.
pub(super) fn canonical(written: &str) -> String {
    written.strip_suffix('.').unwrap_or(written).to_ascii_lowercase()
}

fn hostname(written: &str, item: &Item<'_>) -> Option<Box<str>> {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_' | b'.' | b'*');
    let name = Some(canonical(written)).filter(|name| !name.is_empty() && name.bytes().all(plain));
    let fault = match &name {
        None => "letters, digits, \"-\" and \"_\" between dots are allowed".to_owned(),
        Some(name) => match Name::from_text(name, &Name::root()) {
            Ok(_) => return Some(name.as_str().into()),
            Err(error) => error.to_string(),
        },
    };
    item.refuse_key(format_args!("{written:?} is no hostname; {fault}"));
    None
}

fn service<'a>(
    mut section: Section<'a>,
    all: &Candidates<'_, 'a>,
    geography: &mut Geography<'a>,
) -> Option<Service> {
    let types = types::read(&mut section);
    let written = types.as_ref().and_then(Types::written);
    let own = section.need("regions", |item| own_regions(item, all.declared, written));
    let candidates = Candidates { own: own.as_deref(), ..*all };
    let strategy = strategy::read(&mut section, &candidates, geography);
    let ttl = section.table("ttl", ttl);
    let jurisdictions = section.or("jurisdictions", Vec::new(), |item| own_jurisdictions(item, &candidates));
    let portions = portions::read(&mut section, &candidates, strategy.as_ref());
    let motion = motion::read(&mut section, ttl.flatten().unwrap_or(TTL), strategy.as_ref());
    let budget = budget::read(&mut section, ttl.flatten().unwrap_or(TTL));
    section.finish();
    let (types, binding) = types?.resolve(all_families(own.as_deref()?, all.declared)?)?;
    Some(Service {
        name: Box::default(),
        regions: own?,
        strategy: strategy?,
        ttl: ttl?.unwrap_or(TTL),
        budget: budget?,
        jurisdictions: jurisdictions?,
        types,
        binding,
        portions: portions?,
        motion: motion?,
    })
}

fn own_regions<'a>(
    item: &Item<'a>,
    regions: &Declared<'a, Region>,
    types: Option<&[SteeredType]>,
) -> Option<Vec<RegionId>> {
    let own = item
        .list_of_once(|item| regions.refer(item, item.text()?).map(|position| RegionId(position as u16)))?;
    refuse_mixed_families(item, &own, regions, types);
    Some(own)
}

/// A family that some regions lack would be denied to some clients, and resolvers' caches would deny it to others.
fn refuse_mixed_families(
    item: &Item<'_>,
    own: &[RegionId],
    regions: &Declared<'_, Region>,
    types: Option<&[SteeredType]>,
) {
    let families = |region: &Region| {
        let all = Families::of_endpoints(&region.endpoints);
        types.map_or(all, |types| all.steered(types))
    };
    let readable = || own.iter().filter_map(|id| regions.value(id.index()));
    let Some(first) = readable().next() else { return };
    if readable().any(|region| families(region) != families(first)) {
        let each: Vec<_> =
            readable().map(|region| format!("{} has {}", region.name, families(region))).collect();
        item.refuse(format_args!(
            "the regions differ in address families: {}; all of a service have the same",
            list(each.iter().map(String::as_str))
        ));
    }
}

/// The families of all regions, which are the same for each, or was said not to be.
fn all_families(own: &[RegionId], regions: &Declared<'_, Region>) -> Option<Families> {
    let each: Option<Vec<_>> = own.iter().map(|id| Some(&regions.value(id.index())?.endpoints)).collect();
    each?.into_iter().map(Families::of_endpoints).reduce(Families::and)
}

fn ttl(mut section: Section<'_>) -> Option<TtlBounds> {
    let max = section.or("max", TTL.max, seconds);
    let min = section.or("min", TTL.min.min(max.unwrap_or(TTL.max)), |item| {
        let (min, max) = (seconds(item)?, max.unwrap_or(u32::MAX));
        if min > max {
            item.refuse(format_args!("found {}; at most ttl.max, {max}s", item.found()));
        }
        (min <= max).then_some(min)
    });
    section.finish();
    Some(TtlBounds { min: min?, max: max? })
}

fn seconds(item: &Item<'_>) -> Option<u32> {
    let duration = item.duration(TTLS)?;
    if duration.subsec_nanos() != 0 {
        item.refuse(format_args!("found {}; whole seconds", item.found()));
        return None;
    }
    u32::try_from(duration.as_secs()).ok()
}

fn own_jurisdictions(item: &Item<'_>, candidates: &Candidates<'_, '_>) -> Option<Vec<Jurisdiction>> {
    let jurisdictions = item.list_of(jurisdiction)?;
    let own: Option<Vec<_>> =
        candidates.own?.iter().map(|id| Some(&candidates.declared.value(id.index())?.jurisdiction)).collect();
    if own.is_some_and(|own| !own.into_iter().any(|one| jurisdictions.contains(one))) {
        item.refuse("no region of the service is in any of these; name a jurisdiction of one of them");
    }
    Some(jurisdictions)
}

const TTL: TtlBounds = TtlBounds { min: 5, max: 30 };
const TTLS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
