//! Resources of gdnsd's plugins: regions and the strategy among them; and service types as probes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::map::Map;
use super::vscf::Value;
use crate::import::draft::{Draft, Region, Strategy};

/// What a DYNA record stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Resource {
    pub(super) regions: Vec<String>,
    pub(super) strategy: Strategy,
}

/// Reads `service_types`: HTTP and TCP checks become probe plans of the same name.
pub(super) fn probes(config: &Value, draft: &mut Draft) {
    for (name, body) in config.get("service_types").map(Value::entries).unwrap_or_default() {
        let place = format!("service_types.{name}");
        let word = |key: &str| body.get(key).and_then(Value::word);
        let path = match word("plugin") {
            Some("http_status") => Some(word("url_path").unwrap_or("/").to_owned()),
            Some("tcp_connect") => None,
            other => {
                draft.note(
                    place,
                    format!("plugin {other:?} is not carried; its resources serve without a probe"),
                );
                continue;
            }
        };
        let path = path.filter(|path| {
            let harmless = path != "/health";
            if !harmless {
                draft.note(
                    &place,
                    "url_path = /health asks every provider of an LLM gateway each time; TCP is probed",
                );
            }
            harmless
        });
        let port = word("port").unwrap_or("80").to_owned();
        let mut lines = vec![format!("scheme = \"http\"\nport = {port}")];
        lines.push(format!(
            "interval = \"{}s\"\ntimeout = \"{}s\"",
            word("interval").unwrap_or("10"),
            word("timeout").unwrap_or("3")
        ));
        lines.push(format!(
            "fall = {}\nrise = {}",
            word("down_thresh").unwrap_or("10"),
            word("up_thresh").unwrap_or("20")
        ));
        lines.extend(path.map(|path| format!("liveliness = {{ path = {path:?} }}")));
        draft.probes.insert(name.clone(), lines);
        let carried = ["plugin", "url_path", "port", "interval", "timeout", "up_thresh", "down_thresh"];
        for (key, _) in body.entries().iter().filter(|(key, _)| !carried.contains(&key.as_str())) {
            draft.note(&place, format!("{key} is not carried"));
        }
    }
}

/// `plugins.geoip.resources`
pub(super) fn of_geoip(
    plugin: &Value,
    maps: &BTreeMap<String, Map>,
    draft: &mut Draft,
) -> Vec<(String, Resource)> {
    let mut found = Vec::new();
    for (name, body) in plugin.get("resources").map(Value::entries).unwrap_or_default() {
        let place = format!("plugins.geoip.resources.{name}");
        let Some(map) = body.get("map").and_then(Value::word).and_then(|map| maps.get(map)) else {
            draft.note(place, "it names no map; left out");
            continue;
        };
        let renamed = datacenters(&place, name, body, plugin, &map.coordinates, draft);
        let rename = |list: &[String]| -> Vec<String> {
            list.iter().filter_map(|one| renamed.get(one).cloned()).collect()
        };
        let strategy = if map.coordinates.is_empty() {
            let lists = map.lists.iter().map(|(key, list)| (key.clone(), rename(list)));
            Strategy::Geo(lists.filter(|(_, list)| !list.is_empty()).collect())
        } else {
            draft.note(&place, "by distance from the client's country, not from its city");
            Strategy::Nearest
        };
        found.push((name.clone(), Resource { regions: rename(&map.datacenters), strategy }));
    }
    found
}

/// `plugins.metafo.resources`
pub(super) fn of_metafo(plugin: &Value, draft: &mut Draft) -> Vec<(String, Resource)> {
    let mut found = Vec::new();
    for (name, body) in plugin.get("resources").map(Value::entries).unwrap_or_default() {
        let place = format!("plugins.metafo.resources.{name}");
        let order = body.get("datacenters").or_else(|| plugin.get("datacenters"));
        let renamed = datacenters(&place, name, body, plugin, &[], draft);
        let order = order.map(Value::words).unwrap_or_default();
        let regions = order.iter().filter_map(|one| renamed.get(one).cloned()).collect();
        found.push((name.clone(), Resource { regions, strategy: Strategy::Failover }));
    }
    found
}

/// `plugins.simplefo`
pub(super) fn of_simplefo(plugin: &Value, draft: &mut Draft) -> Vec<(String, Resource)> {
    let mut found = Vec::new();
    let named = plugin.entries().iter().filter(|(_, body)| !body.entries().is_empty());
    for (name, body) in named {
        let place = format!("plugins.simplefo.{name}");
        let probe = probe(&place, body, plugin, draft);
        let mut regions = Vec::new();
        for role in ["primary", "secondary"] {
            let families = [body.get("addrs_v4"), body.get("addrs_v6"), Some(body)];
            let words = families.into_iter().flatten().filter_map(|family| family.get(role)?.word());
            let endpoints = addresses(&place, words.map(str::to_owned).collect(), draft);
            if !endpoints.is_empty() {
                let region = Region {
                    name: format!("{name}-{role}"),
                    endpoints,
                    coordinates: None,
                    probe: probe.clone(),
                };
                regions.push(draft.region(region));
            }
        }
        found.push((name.clone(), Resource { regions, strategy: Strategy::Failover }));
    }
    found
}

/// The regions of a resource's `dcmap`, by datacenter.
fn datacenters(
    place: &str,
    resource: &str,
    body: &Value,
    plugin: &Value,
    coordinates: &[(String, (f64, f64))],
    draft: &mut Draft,
) -> BTreeMap<String, String> {
    let probe = probe(place, body, plugin, draft);
    let mut renamed = BTreeMap::new();
    for (datacenter, value) in body.get("dcmap").map(Value::entries).unwrap_or_default() {
        let words = match value {
            Value::Hash(entries) => entries.iter().flat_map(|(_, value)| value.words()).collect(),
            _ => value.words(),
        };
        let endpoints = addresses(&format!("{place}.dcmap.{datacenter}"), words, draft);
        if endpoints.is_empty() {
            continue;
        }
        let several =
            draft.regions.iter().any(|region| region.name == *datacenter && region.endpoints != endpoints);
        let name = if several { format!("{datacenter}-{resource}") } else { datacenter.clone() };
        let found = coordinates.iter().find(|(name, _)| name == datacenter);
        let region = Region { name, endpoints, coordinates: found.map(|(_, at)| *at), probe: probe.clone() };
        renamed.insert(datacenter.clone(), draft.region(region));
    }
    renamed
}

/// The probe plan of a resource: the first service type that became one. `up` and `down` are gdnsd's own.
fn probe(place: &str, body: &Value, plugin: &Value, draft: &mut Draft) -> Option<String> {
    let types = body.get("service_types").or_else(|| plugin.get("service_types"));
    let types = types.map_or_else(|| vec!["default".to_owned()], Value::words);
    let mut carried = types.iter().filter(|name| draft.probes.contains_key(*name)).cloned();
    let probe = carried.next();
    if carried.next().is_some() {
        draft.note(place, "several service types: the first one is probed");
    }
    if probe.is_none() && types != ["up"] {
        draft.note(place, format!("service types {types:?} are not probed; its regions serve as up"));
    }
    probe
}

fn addresses(place: &str, words: Vec<String>, draft: &mut Draft) -> Vec<IpAddr> {
    let mut addresses = Vec::new();
    for word in words {
        match word.parse() {
            Ok(address) => addresses.push(address),
            Err(_) => draft.note(place, format!("{word} is no address; left out")),
        }
    }
    addresses
}
