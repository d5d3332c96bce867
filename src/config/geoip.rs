//! `[geoip]`: the location database, and what the operator knows better.

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::countries::{Groups, country};
use super::item::Item;
use super::section::Section;
use crate::client::Prefix;
use crate::geo::Country;

/// `[geoip]` as written.
pub(super) struct Geoip<'a> {
    /// A country or city database; none: the built-in one.
    pub database: Option<(PathBuf, Item<'a>)>,
    /// A database of autonomous systems.
    pub asn: Option<(PathBuf, Item<'a>)>,
    /// Networks whose country the operator knows better.
    pub overrides: Vec<(Prefix, Country)>,
    /// Resolvers whose address says nothing of their users.
    pub unlocated: Vec<Prefix>,
    /// What another database may move, 0 to 1.
    pub max_drift: f64,
    /// Named groups of one's own.
    pub groups: Vec<(Box<str>, Vec<Country>)>,
}

impl Default for Geoip<'_> {
    fn default() -> Self {
        Self {
            database: None,
            asn: None,
            overrides: Vec::new(),
            unlocated: Vec::new(),
            max_drift: MAX_DRIFT,
            groups: Vec::new(),
        }
    }
}

/// Reads `[geoip]`; its named groups also where the rest is broken.
pub(super) fn read<'a>(mut section: Section<'a>, groups: &mut Groups) -> Option<Geoip<'a>> {
    let file = |item: &Item<'_>| item.path();
    let database = section.maybe("database", |item| Some((file(item)?, item.clone())));
    let asn = section.maybe("asn", |item| Some((file(item)?, item.clone())));
    let overrides = section.or("overrides", Vec::new(), overrides);
    let unlocated = section.or("unlocated", Vec::new(), |item| item.list_of(listed_prefix));
    let max_drift = section.or("max_drift", MAX_DRIFT, |item| item.share(0.0..=100.0));
    let own = section.table("groups", |section| Some(Groups::read(&section)));
    *groups = own.flatten().unwrap_or_default();
    section.finish();
    Some(Geoip {
        database: database?,
        asn: asn?,
        overrides: overrides?,
        unlocated: unlocated?,
        max_drift: max_drift?,
        groups: groups.own.clone(),
    })
}

fn overrides(item: &Item<'_>) -> Option<Vec<(Prefix, Country)>> {
    let mut overrides = Vec::new();
    let mut seen = BTreeSet::new();
    let mut valid = true;
    for (text, item) in item.table()?.entries() {
        let prefix = text.parse::<Prefix>().map_err(|error| item.refuse_key(error)).ok();
        let country = country(&item);
        if prefix.is_some_and(|prefix| !seen.insert(prefix.canonical())) {
            item.refuse_key("the same prefix is above, written otherwise; each prefix once");
        }
        valid &= prefix.is_some() && country.is_some();
        overrides.extend(prefix.zip(country));
    }
    valid.then_some(overrides)
}

fn listed_prefix(item: &Item<'_>) -> Option<Prefix> {
    item.text()?.parse().map_err(|error: crate::client::PrefixError| item.refuse(error)).ok()
}

/// Several times what a month's update of a good database moves; a broken file moves tens of percent.
const MAX_DRIFT: f64 = 0.05;
