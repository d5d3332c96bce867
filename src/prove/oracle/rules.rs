//! The policy as its file says it, read by the oracle itself: regions, services, fences, locations. It shares no code
//! with `config/`: what a person wrote is read twice, and both readings must agree.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

use thiserror::Error;
use toml::{Table, Value};

use super::holders::Holders;
use crate::client::Prefix;

/// What the file says of answers and of whom they may reach.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    pub(in crate::prove) regions: Vec<RegionRule>,
    /// By name.
    pub(in crate::prove) services: BTreeMap<String, ServiceRule>,
    pub(in crate::prove) fences: Vec<FenceRule>,
    /// Networks whose country the operator knows better.
    pub(in crate::prove) overrides: Vec<(Prefix, Holders)>,
    /// Resolvers whose address says nothing of their users.
    pub(in crate::prove) unlocated: Vec<Prefix>,
    /// `geoip.database`, as written.
    pub database: Option<String>,
}

/// What an answer tells: an address, or the name that a CNAME points to, label by label in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(in crate::prove) enum Told {
    Address(IpAddr),
    Name(Vec<u8>),
}

#[derive(Clone, Debug)]
pub(in crate::prove) struct RegionRule {
    pub(in crate::prove) name: String,
    pub(in crate::prove) jurisdiction: String,
    pub(in crate::prove) endpoints: Vec<Told>,
}

#[derive(Clone, Debug)]
pub(in crate::prove) struct ServiceRule {
    /// Positions among the rules' regions.
    pub(in crate::prove) regions: Vec<usize>,
    pub(in crate::prove) jurisdictions: Option<Vec<String>>,
    /// Least and most, in seconds.
    pub(in crate::prove) ttl: (u32, u32),
}

#[derive(Clone, Debug)]
pub(in crate::prove) struct FenceRule {
    pub(in crate::prove) name: String,
    pub(in crate::prove) clients: Holders,
    pub(in crate::prove) jurisdictions: Vec<String>,
    pub(in crate::prove) services: Option<BTreeSet<String>>,
    pub(in crate::prove) sinks: Vec<Told>,
}

/// What the oracle cannot read. The config's own reader took the file, so one of the two is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the oracle cannot read {key} of the config; {allowed}")]
pub struct Unreadable {
    key: String,
    allowed: &'static str,
}

impl Rules {
    /// Reads the text of a config file that has been found good.
    ///
    /// # Errors
    /// A key that the oracle understands otherwise.
    pub fn read(text: &str) -> Result<Self, Unreadable> {
        let root: Table =
            toml::from_str(text).map_err(|_| Unreadable { key: "the text".into(), allowed: "TOML" })?;
        let tables = |key: &str| root.get(key).and_then(Value::as_table).into_iter().flatten();
        let regions: Vec<RegionRule> =
            tables("regions").map(|(name, value)| region(name, value)).collect::<Result<_, _>>()?;
        let named = (0..).zip(&regions).map(|(at, region)| (region.name.as_str(), at)).collect();
        let services = tables("services")
            .map(|(name, value)| Ok((canonical(name), service(name, value, &named)?)))
            .collect::<Result<_, _>>()?;
        let geoip = root.get("geoip");
        let groups = Groups::read(geoip.and_then(|geoip| geoip.get("groups")))?;
        let fences =
            tables("fences").map(|(name, value)| fence(name, value, &groups)).collect::<Result<_, _>>()?;
        let located = geoip.and_then(|geoip| geoip.get("overrides")).and_then(Value::as_table);
        let overrides = located
            .into_iter()
            .flatten()
            .map(|(key, value)| located_as(key, value))
            .collect::<Result<_, _>>()?;
        let unlocated = maybe(geoip.and_then(|geoip| geoip.get("unlocated")), "geoip.unlocated")?;
        let prefix = |text: &String| text.parse().map_err(|_| lacking("geoip.unlocated", PREFIX));
        Ok(Self {
            regions,
            services,
            fences,
            overrides,
            unlocated: unlocated.unwrap_or_default().iter().map(prefix).collect::<Result<_, _>>()?,
            database: geoip
                .and_then(|geoip| geoip.get("database"))
                .and_then(Value::as_str)
                .map(str::to_owned),
        })
    }
}

fn region(name: &str, value: &Value) -> Result<RegionRule, Unreadable> {
    let key = |key: &str| format!("regions.{name}.{key}");
    let jurisdiction = value.get("jurisdiction").and_then(Value::as_str);
    let jurisdiction = jurisdiction.ok_or_else(|| lacking(key("jurisdiction"), TEXT))?.to_owned();
    let written = maybe(value.get("endpoints"), &key("endpoints"))?.unwrap_or_default();
    let endpoints = written.iter().map(|text| told(text)).collect();
    Ok(RegionRule { name: name.to_owned(), jurisdiction, endpoints })
}

/// `named`: where each region is. One that is nowhere is never allowed.
fn service(name: &str, value: &Value, named: &HashMap<&str, usize>) -> Result<ServiceRule, Unreadable> {
    let key = |key: &str| format!("services.{name}.{key}");
    let regions =
        maybe(value.get("regions"), &key("regions"))?.ok_or_else(|| lacking(key("regions"), LIST))?;
    let regions = regions.iter().filter_map(|region| named.get(region.as_str()).copied()).collect();
    let jurisdictions = maybe(value.get("jurisdictions"), &key("jurisdictions"))?;
    let ttl = value.get("ttl");
    let bound =
        |end: &str| ttl.and_then(|ttl| ttl.get(end)).map(|value| seconds(value, &key(end))).transpose();
    let most = bound("max")?.unwrap_or(30);
    let ttl = (bound("min")?.unwrap_or(5.min(most)), most);
    Ok(ServiceRule { regions, jurisdictions: jurisdictions.filter(|own| !own.is_empty()), ttl })
}

fn fence(name: &str, value: &Value, groups: &Groups) -> Result<FenceRule, Unreadable> {
    let key = |key: &str| format!("fences.{name}.{key}");
    let written =
        maybe(value.get("clients"), &key("clients"))?.ok_or_else(|| lacking(key("clients"), LIST))?;
    let mut clients = groups.all(&written).ok_or_else(|| lacking(key("clients"), MEMBERS))?;
    if value.get("unlocated").and_then(Value::as_bool) == Some(true) {
        clients = clients.and(Holders::UNLOCATED);
    }
    let jurisdictions = maybe(value.get("jurisdictions"), &key("jurisdictions"))?;
    let services: Option<Vec<String>> = maybe(value.get("services"), &key("services"))?;
    let sinks = maybe(value.get("sink"), &key("sink"))?.unwrap_or_default();
    Ok(FenceRule {
        name: name.to_owned(),
        clients,
        jurisdictions: jurisdictions.ok_or_else(|| lacking(key("jurisdictions"), LIST))?,
        services: services.map(|names| names.iter().map(|name| canonical(name)).collect()),
        sinks: sinks.iter().map(|text| told(text)).collect(),
    })
}

/// Named groups of the config's own (`[geoip.groups]`), which go before the built-in ones.
#[derive(Default)]
struct Groups(Vec<(String, Holders)>);

impl Groups {
    fn read(written: Option<&Value>) -> Result<Self, Unreadable> {
        let mut own = Self::default();
        for (name, value) in written.and_then(Value::as_table).into_iter().flatten() {
            let key = format!("geoip.groups.{name}");
            let members = maybe(Some(value), &key)?.unwrap_or_default();
            // Members are countries and built-in groups: one's own are no part of each other.
            let held = Self::default().all(&members).ok_or_else(|| lacking(key, MEMBERS))?;
            own.0.push((name.clone(), held));
        }
        Ok(own)
    }

    /// All of them together; none: one is unknown.
    fn all(&self, names: &[String]) -> Option<Holders> {
        let own = |name: &String| self.0.iter().find(|(own, _)| own == name).map(|(_, held)| *held);
        let known = |name| own(name).or_else(|| Holders::country(name)).or_else(|| Holders::group(name));
        names.iter().try_fold(Holders::default(), |held, name| Some(held.and(known(name)?)))
    }
}

fn located_as(prefix: &str, country: &Value) -> Result<(Prefix, Holders), Unreadable> {
    let fault = || lacking("geoip.overrides", "prefixes and countries");
    let prefix: Prefix = prefix.parse().map_err(|_| fault())?;
    let country = country.as_str().and_then(Holders::country).ok_or_else(fault)?;
    Ok((prefix.canonical(), country))
}

/// A text, or a list of texts.
fn maybe(value: Option<&Value>, key: &str) -> Result<Option<Vec<String>>, Unreadable> {
    let text = |value: &Value| value.as_str().map(str::to_owned).ok_or_else(|| lacking(key, LIST));
    match value {
        None => Ok(None),
        Some(Value::Array(values)) => values.iter().map(text).collect::<Result<_, _>>().map(Some),
        Some(value) => Ok(Some(vec![text(value)?])),
    }
}

fn told(text: &str) -> Told {
    let label = |label: &str| [&[label.len() as u8], label.as_bytes()].concat();
    let name = || canonical(text).split('.').flat_map(label).chain([0]).collect();
    text.parse().map_or_else(|_| Told::Name(name()), Told::Address)
}

fn seconds(value: &Value, key: &str) -> Result<u32, Unreadable> {
    let read = value.as_str().and_then(|text| humantime::parse_duration(text).ok());
    read.and_then(|read| u32::try_from(read.as_secs()).ok()).ok_or_else(|| lacking(key, "a duration"))
}

fn canonical(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

fn lacking(key: impl Into<String>, allowed: &'static str) -> Unreadable {
    Unreadable { key: key.into(), allowed }
}

const TEXT: &str = "a text";
const MEMBERS: &str = "countries and named groups";
const LIST: &str = "a list of texts";
const PREFIX: &str = "a list of prefixes";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_read_as_a_person_reads_it() {
        let rules = Rules::read(include_str!("../../../meridian.toml")).unwrap();
        assert_eq!((rules.regions.len(), rules.services.len(), rules.fences.len()), (4, 2, 1));
        let fence = &rules.fences[0];
        assert_eq!((fence.name.as_str(), fence.jurisdictions.as_slice()), ("gdpr", &["EU".to_owned()][..]));
        let words = fence.clients.words();
        assert!(["DE", "CH", "NO", "unlocated"].iter().all(|word| words.contains(word)), "{words:?}");
        assert!(!words.contains(&"GB"));
        assert_eq!(
            rules.services.values().map(|service| service.ttl).collect::<Vec<_>>(),
            [(5, 30), (5, 60)]
        );
        assert_eq!((rules.overrides.len(), rules.unlocated.len(), rules.database), (2, 1, None));
    }

    #[test]
    fn a_group_of_the_configs_own_goes_before_the_built_in_one() {
        let fence = "[fences.a]\nclients = [\"@EU\", \"@home\"]\njurisdictions = [\"EU\"]\n";
        let own = "[geoip.groups]\n\"@EU\" = [\"@EEA\", \"GB\"]\n\"@home\" = [\"US\"]\n";
        let words = |text: &str| Rules::read(text).map(|rules| rules.fences[0].clients.words());
        let held = words(&format!("{fence}{own}")).unwrap();
        assert!(["GB", "NO", "DE", "US"].iter().all(|word| held.contains(word)), "{held:?}");
        assert!(words(fence).unwrap_err().to_string().contains("fences.a.clients"));
        assert!(words(&format!("{fence}[geoip.groups]\n\"@home\" = [\"@away\"]\n")).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let error = Rules::read("[regions.a]\nendpoints = [\"192.0.2.1\"]").unwrap_err().to_string();
        assert!(error.contains("regions.a.jurisdiction"), "{error}");
    }
}
