//! Where the client is, and what told: the first part of an explanation.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::client::Prefix;
use crate::geo::Country;
use crate::snapshot::{Location, LocationSource, Snapshot};
use crate::steer::Whereabouts;

/// A client as its answer sees it.
pub(super) struct Located {
    /// What was located; none: nothing was.
    block: Option<Prefix>,
    /// Countries of the block, the leading one first.
    pub countries: Vec<Country>,
    /// Where the strategy takes the client to be.
    pub whereabouts: Whereabouts,
    /// Whether some of the block is nowhere known.
    pub partly_unknown: bool,
}

impl Located {
    /// Follows what the snapshot made of a query from `resolver` for `client`.
    pub(super) fn new(snapshot: &Snapshot, location: &Location, client: Prefix, resolver: IpAddr) -> Self {
        let block = match location.source {
            LocationSource::Subnet => Some(client),
            LocationSource::Resolver => Some(Prefix::around(resolver, u8::MAX)),
            LocationSource::Unlocated => None,
        };
        let atlas = &snapshot.catalog().atlas;
        let members = block.map(|block| atlas.members(block.first(), block.length())).unwrap_or_default();
        let unknown = |place| atlas.place(place).standing.country().is_none();
        let lead = atlas.leading(&members).map(|lead| atlas.place(lead));
        Self {
            countries: block.map(|block| countries(snapshot, block)).unwrap_or_default(),
            whereabouts: lead.map(|lead| Whereabouts::of(lead, atlas.steering())).unwrap_or_default(),
            partly_unknown: members.is_empty() || members.iter().any(|member| unknown(member.place)),
            block,
        }
    }

    /// `ecs`, `resolver`, `override` or `unlocated`.
    pub(super) fn source(&self, snapshot: &Snapshot, location: &Location) -> &'static str {
        match location.source {
            LocationSource::Unlocated => "unlocated",
            _ if self.countries.is_empty() => "unlocated",
            _ if self.overriding(snapshot).is_some() => "override",
            LocationSource::Subnet => "ecs",
            LocationSource::Resolver => "resolver",
        }
    }

    /// The same as a sentence.
    pub(super) fn sentence(&self, snapshot: &Snapshot, location: &Location) -> String {
        let Some(block) = self.block else {
            return "the resolver is listed in geoip.unlocated, and the query names no subnet".to_owned();
        };
        let what = match (location.source, location.subnet) {
            (LocationSource::Subnet, _) => format!("subnet {block}"),
            (_, Some(_)) => {
                format!("resolver {}, since the subnet is of special-purpose space", block.first())
            }
            _ => format!("resolver {}", block.first()),
        };
        match self.overriding(snapshot) {
            Some((prefix, country)) => format!("{what}, by geoip.overrides: {prefix} is {country}"),
            None if self.countries.is_empty() => format!("{what}, which no database knows"),
            None if self.countries.len() > 1 => format!("{what}, which several countries share"),
            None => what,
        }
    }

    /// The longest override of the config that holds the block.
    fn overriding(&self, snapshot: &Snapshot) -> Option<(Prefix, Country)> {
        let block = self.block?.canonical();
        let holding =
            snapshot.catalog().located.iter().filter(|(prefix, _)| prefix.canonical().covers(&block));
        holding.max_by_key(|(prefix, _)| prefix.length()).copied()
    }
}

/// The countries of what is located, the leading one first.
pub(in crate::answer) fn countries(snapshot: &Snapshot, block: Prefix) -> Vec<Country> {
    let atlas = &snapshot.catalog().atlas;
    let mut counts: BTreeMap<Country, u128> = BTreeMap::new();
    for member in atlas.members(block.first(), block.length()) {
        if let Some(country) = atlas.place(member.place).standing.country() {
            *counts.entry(country).or_default() += member.addresses;
        }
    }
    let mut countries: Vec<(Country, u128)> = counts.into_iter().collect();
    countries.sort_by_key(|(country, addresses)| (std::cmp::Reverse(*addresses), *country));
    countries.into_iter().map(|(country, _)| country).collect()
}
