//! gdnsd 3: `config` (vscf) with the plugins geoip, metafo and simplefo, and `zones/` with their DYNA records.

mod map;
mod resource;
mod vscf;
mod zone;

use std::collections::BTreeMap;
use std::path::Path;

use super::draft::Draft;
use super::{ImportError, text};
use map::Map;
use resource::Resource;
use vscf::Value;

/// Reads a configuration directory.
pub(super) fn read(directory: &Path) -> Result<Draft, ImportError> {
    let path = directory.join("config");
    let config = vscf::parse(&path, &text(&path)?)?;
    let mut draft = Draft::default();
    resource::probes(&config, &mut draft);
    let plugins = config.get("plugins");
    let geoip = plugins.and_then(|plugins| plugins.get("geoip"));
    let maps: BTreeMap<String, Map> = geoip
        .and_then(|geoip| geoip.get("maps"))
        .map(Value::entries)
        .unwrap_or_default()
        .iter()
        .map(|(name, map)| (name.clone(), Map::read(name, map, directory, &mut draft)))
        .collect();
    let mut resources: BTreeMap<String, Resource> = BTreeMap::new();
    for (plugin, body) in plugins.map(Value::entries).unwrap_or_default() {
        let found = match plugin.as_str() {
            "geoip" => resource::of_geoip(body, &maps, &mut draft),
            "metafo" => resource::of_metafo(body, &mut draft),
            "simplefo" => resource::of_simplefo(body, &mut draft),
            _ => {
                draft.note(
                    format!("plugins.{plugin}"),
                    "this plugin is not carried; records that use it are left out",
                );
                Vec::new()
            }
        };
        resources.extend(found.into_iter().map(|(name, found)| (format!("{plugin}!{name}"), found)));
    }
    for (key, _) in config.entries().iter().filter(|(key, _)| !CARRIED.contains(&key.as_str())) {
        draft.note(key.clone(), "not carried");
    }
    draft.note(
        "options",
        "listen addresses, threads and limits are not carried: [server] listens on 127.0.0.1:5353",
    );
    zone::read_all(&directory.join("zones"), &resources, &mut draft)?;
    Ok(draft)
}

/// Sections that are read; `options` has a note of its own.
const CARRIED: [&str; 3] = ["options", "plugins", "service_types"];
