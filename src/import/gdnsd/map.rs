//! A map of the geoip plugin: which clients prefer which datacenters, as the keys of a `geo` strategy.

use std::path::Path;

use super::vscf::Value;
use crate::import::draft::Draft;

/// A map.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Map {
    pub(super) datacenters: Vec<String>,
    /// Keys as a config writes them, with datacenters; the default is the last.
    pub(super) lists: Vec<(String, Vec<String>)>,
    /// Where datacenters are, for maps by distance.
    pub(super) coordinates: Vec<(String, (f64, f64))>,
}

impl Map {
    /// Reads a map; relative files are those of `geoip/` in the directory.
    pub(super) fn read(name: &str, map: &Value, directory: &Path, draft: &mut Draft) -> Self {
        let place = format!("plugins.geoip.maps.{name}");
        let datacenters = map.get("datacenters").map(Value::words).unwrap_or_default();
        let coordinates = map.get("auto_dc_coords").map(Value::entries).unwrap_or_default();
        let mut read =
            Self { coordinates: coordinates.iter().filter_map(coordinate).collect(), ..Self::default() };
        if let Some(file) = map.get("geoip2_db").and_then(Value::word) {
            let path = directory.join("geoip").join(file).display().to_string();
            let other = draft.database.as_ref().is_some_and(|held| *held != path);
            if other {
                draft.note(
                    &place,
                    format!("geoip2_db = {file}: one database serves all; the first one stays"),
                );
            } else {
                draft.database = Some(path);
            }
        }
        let mut default = datacenters.clone();
        for (key, value) in map.get("map").map(Value::entries).unwrap_or_default() {
            match key.as_str() {
                "default" => default = value.words(),
                continent => read.continent(&place, continent, value, draft),
            }
        }
        for (prefix, value) in map.get("nets").map(Value::entries).unwrap_or_default() {
            match prefix.parse::<ipnet::IpNet>() {
                Ok(net) if net.prefix_len() <= quantum(&net) => {
                    read.lists.push((net.trunc().to_string(), value.words()));
                }
                _ => draft
                    .note(&place, format!("nets {prefix}: no prefix, or longer than /24 or /56; left out")),
            }
        }
        for (key, _) in map.entries().iter().filter(|(key, _)| !KEYS.contains(&key.as_str())) {
            draft.note(&place, format!("{key} is not carried"));
        }
        read.lists.push(("default".to_owned(), default));
        read.datacenters = datacenters;
        read
    }

    fn continent(&mut self, place: &str, code: &str, value: &Value, draft: &mut Draft) {
        if value.entries().is_empty() {
            return self.lists.push((format!("continent:{code}"), value.words()));
        }
        for (key, value) in value.entries() {
            match key.as_str() {
                "default" => self.lists.push((format!("continent:{code}"), value.words())),
                country => self.country(place, country, value, draft),
            }
        }
    }

    fn country(&mut self, place: &str, code: &str, value: &Value, draft: &mut Draft) {
        if value.entries().is_empty() {
            return self.lists.push((format!("country:{code}"), value.words()));
        }
        for (key, value) in value.entries() {
            match (key.as_str(), value.entries().is_empty()) {
                ("default", _) => self.lists.push((format!("country:{code}"), value.words())),
                (part, true) => self.lists.push((format!("subdivision:{code}-{part}"), value.words())),
                (part, false) => {
                    draft.note(place, format!("{code} {part}: cities are not told apart; left out"));
                }
            }
        }
    }
}

fn coordinate((name, value): &(String, Value)) -> Option<(String, (f64, f64))> {
    let numbers: Vec<f64> = value.words().iter().filter_map(|word| word.parse().ok()).collect();
    let [latitude, longitude] = numbers[..] else { return None };
    Some((name.clone(), (latitude, longitude)))
}

const fn quantum(net: &ipnet::IpNet) -> u8 {
    match net {
        ipnet::IpNet::V4(_) => 24,
        ipnet::IpNet::V6(_) => 56,
    }
}

/// Keys that are read.
const KEYS: [&str; 5] = ["geoip2_db", "datacenters", "map", "nets", "auto_dc_coords"];
