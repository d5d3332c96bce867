//! `services.S.geo`: lists of regions, keyed by where a client is.

use std::net::IpAddr;

use super::countries::{self, Groups};
use super::item::Item;
use super::section::Section;
use super::strategy::Candidates;
use crate::client::Prefix;
use crate::geo::{Continent, Country, Family, Steering, Subdivision};
use crate::region::RegionId;
use crate::steer::{GeoKey, GeoLists, LatencyKey, Whereabouts};

/// What the geo keys of all services ask of the location database.
#[derive(Default)]
pub(super) struct Geography<'a> {
    /// Prefixes that are keys.
    pub prefixes: Vec<Prefix>,
    /// The first key that is a subdivision.
    pub subdivision: Option<Item<'a>>,
    /// The first key that is an ASN.
    pub asn: Option<Item<'a>>,
}

impl<'a> Geography<'a> {
    /// Takes note of a prefix that a row of round trips names.
    pub(super) fn note_prefix(&mut self, key: &LatencyKey) {
        if let LatencyKey::Prefix(prefix) = key {
            self.prefixes.push(*prefix);
        }
    }

    fn note(&mut self, key: &GeoKey, item: &Item<'a>) {
        match key {
            GeoKey::Prefix(prefix) => self.prefixes.push(*prefix),
            GeoKey::Subdivision(_) if self.subdivision.is_none() => self.subdivision = Some(item.clone()),
            GeoKey::Asn(_) if self.asn.is_none() => self.asn = Some(item.clone()),
            _ => {}
        }
    }
}

/// Reads the lists of one service.
pub(super) fn read<'a>(
    mut section: Section<'a>,
    candidates: &Candidates<'_, 'a>,
    geography: &mut Geography<'a>,
) -> Option<GeoLists> {
    let default = section.need("default", |item| regions(item, candidates));
    let mut rules: Vec<(GeoKey, Vec<RegionId>)> = Vec::new();
    let mut places: Vec<Item<'a>> = Vec::new();
    let mut valid = true;
    for (text, item) in section.entries().into_iter().filter(|(text, _)| *text != "default") {
        let (key, list) = (key(text, &item, candidates.groups), regions(&item, candidates));
        let twin = key.as_ref().is_some_and(|key| rules.iter().any(|(other, _)| other == key));
        if twin {
            item.refuse_key("the same key is above, written otherwise; each key once");
        }
        valid &= key.is_some() && list.is_some();
        if let Some(key) = key {
            geography.note(&key, &item);
            rules.push((key, list.unwrap_or_default()));
            places.push(item);
        }
    }
    let lists = GeoLists { rules, default: default? };
    if valid {
        refuse_idle_regions(&section, &lists, candidates);
        refuse_hidden(&lists, &places);
    }
    valid.then_some(lists)
}

fn regions<'a>(item: &Item<'a>, candidates: &Candidates<'_, 'a>) -> Option<Vec<RegionId>> {
    item.list_of_once(|item| candidates.refer(item, item.text()?))
}

/// Refuses rules that no client can come to, and prefixes that stand before every other rule.
fn refuse_hidden(lists: &GeoLists, places: &[Item<'_>]) {
    let mut reached = vec![false; lists.rules.len()];
    for country in Country::all() {
        let anywhere = Whereabouts { country: Some(country), ..Whereabouts::default() };
        lists.rule(&anywhere).into_iter().for_each(|at| reached[at] = true);
    }
    for (at, (key, _)) in lists.rules.iter().enumerate() {
        match key {
            GeoKey::Prefix(prefix) if prefix.length() == 0 => places[at].refuse_key(
                "every address of its family is in it, which hides all rules but longer prefixes; `default`",
            ),
            GeoKey::Group(..) | GeoKey::Continent(_) if !reached[at] => places[at].refuse_key(
                "every country in it has a more specific key, so no client comes to it; leave it out",
            ),
            _ => {}
        }
    }
}

fn refuse_idle_regions(section: &Section<'_>, lists: &GeoLists, candidates: &Candidates<'_, '_>) {
    let named = |id: &RegionId| {
        lists.default.contains(id) || lists.rules.iter().any(|(_, regions)| regions.contains(id))
    };
    for id in candidates.own.unwrap_or_default().iter().filter(|id| !named(id)) {
        let name = candidates.declared.name(id.index());
        section.refuse(format_args!(
            "region {name:?} of the service is in no list; name it in one, or take it out of `regions`"
        ));
    }
}

/// Reads a key other than `default`.
fn key(text: &str, item: &Item<'_>, groups: &Groups) -> Option<GeoKey> {
    let key = if text.contains('/') {
        prefix(text).map(GeoKey::Prefix)
    } else if text.starts_with('@') {
        countries::known_group(text, groups).map(|members| GeoKey::Group(text.into(), members.to_vec()))
    } else {
        match text.split_once(':') {
            Some(("asn", number)) => asn(number).map(GeoKey::Asn),
            Some(("subdivision", code)) => subdivision(code).map(GeoKey::Subdivision),
            Some(("country", code)) => countries::known_country(code).map(GeoKey::Country),
            Some(("continent", code)) => continent(code).map(GeoKey::Continent),
            _ => Err(bare(text, groups)),
        }
    };
    key.map_err(|what| item.refuse_key(what)).ok()
}

/// A prefix that policies can tell apart from its neighbours, or what is wrong with it.
pub(super) fn prefix(text: &str) -> Result<Prefix, String> {
    let prefix: Prefix = text.parse().map_err(|error: crate::client::PrefixError| error.to_string())?;
    Steering::new([prefix]).map_err(|error| error.to_string())?;
    Ok(prefix.canonical())
}

fn asn(number: &str) -> Result<u32, String> {
    let plain = number.bytes().all(|octet| octet.is_ascii_digit());
    let number = number.parse().ok().filter(|number| plain && *number > 0);
    number.ok_or_else(|| {
        "no autonomous system; asn: with a number from 1 to 4294967295, such as asn:64500".to_owned()
    })
}

fn subdivision(code: &str) -> Result<Subdivision, String> {
    let known = Subdivision::from_code(code);
    known.ok_or_else(|| format!("{code:?} is no ISO 3166-2 code; such as subdivision:US-CA"))
}

fn continent(code: &str) -> Result<Continent, String> {
    let known = Continent::from_code(code);
    known.ok_or_else(|| format!("{code:?} is no continent; AF, AN, AS, EU, NA, OC or SA"))
}

/// A key without its kind: says which kinds it could be of.
fn bare(text: &str, groups: &Groups) -> String {
    let code = text.to_ascii_uppercase();
    let number = code.strip_prefix("AS").unwrap_or(&code);
    let at = format!("@{code}");
    let mut could_be = Vec::new();
    could_be.extend(Continent::from_code(&code).map(|_| format!("continent:{code}")));
    could_be.extend(Country::from_code(&code).map(|_| format!("country:{code}")));
    could_be.extend(groups.members(&at).map(|_| at.clone()));
    could_be.extend(Subdivision::from_code(&code).map(|_| format!("subdivision:{code}")));
    could_be.extend(asn(number).ok().map(|number| format!("asn:{number}")));
    could_be.extend(text.parse().ok().map(around));
    if could_be.is_empty() {
        format!("{text:?} is no key; {KEYS}")
    } else {
        format!("{text:?} could be {}; {KEYS}", could_be.join(" or "))
    }
}

/// The smallest prefix with an address that can be a key.
fn around(address: IpAddr) -> String {
    Prefix::around(address, Family::of(address).quantum()).to_string()
}

const KEYS: &str = "a prefix, asn:N, subdivision:US-CA, country:GB, @EU, continent:EU or default";
