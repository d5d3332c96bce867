//! What an import comes to: a config and zones under construction, and notes on what they do not carry.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::Path;

use super::ImportError;

/// A config and zones under construction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Draft {
    /// The location database; none: the built-in one.
    pub database: Option<String>,
    /// Probe plans by name, as the lines of their tables.
    pub(super) probes: BTreeMap<String, Vec<String>>,
    /// In the order they were met.
    pub(super) regions: Vec<Region>,
    /// In the order they were met.
    pub(super) services: Vec<Service>,
    /// Master files by origin, without the final dot.
    pub(super) zones: BTreeMap<String, String>,
    /// What is not carried, or not quite.
    pub notes: Vec<Note>,
}

/// Something that the result does not carry, or not quite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// Where it was found.
    pub place: String,
    /// What it is, and what became of it.
    pub what: String,
}

/// A region.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Region {
    pub(super) name: String,
    pub(super) endpoints: Vec<IpAddr>,
    pub(super) coordinates: Option<(f64, f64)>,
    pub(super) probe: Option<String>,
}

/// A steered name.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Service {
    pub(super) name: String,
    pub(super) regions: Vec<String>,
    pub(super) strategy: Strategy,
    /// Least and most, in seconds.
    pub(super) ttl: (u32, u32),
}

/// How a service orders its regions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Strategy {
    Nearest,
    Failover,
    /// Keys as a config writes them, with their lists.
    Geo(Vec<(String, Vec<String>)>),
    Weighted(Vec<(String, u32)>),
}

impl Draft {
    pub(super) fn note(&mut self, place: impl Into<String>, what: impl Into<String>) {
        self.notes.push(Note { place: place.into(), what: what.into() });
    }

    /// Takes a region, or the one that is the same already; its name.
    pub(super) fn region(&mut self, wanted: Region) -> String {
        let mut name = wanted.name.clone();
        for number in 2.. {
            match self.regions.iter().find(|region| region.name == name) {
                None => break,
                Some(held) if *held == (Region { name: name.clone(), ..wanted.clone() }) => return name,
                Some(_) => name = format!("{}-{number}", wanted.name),
            }
        }
        self.regions.push(Region { name: name.clone(), ..wanted });
        name
    }

    /// How many services, regions and zones there are.
    #[must_use]
    pub fn counts(&self) -> [usize; 3] {
        [self.services.len(), self.regions.len(), self.zones.len()]
    }

    /// Writes `meridian.toml` and `zones/` into a directory, which is made where it is not there.
    ///
    /// # Errors
    /// A file cannot be written, or is there already.
    pub fn write(&self, directory: &Path) -> Result<(), ImportError> {
        let zones = directory.join("zones");
        fs::create_dir_all(&zones).map_err(|source| ImportError::file(&zones, source))?;
        put(&directory.join("meridian.toml"), &self.config())?;
        for (origin, text) in &self.zones {
            put(&zones.join(format!("{}.zone", origin.replace('/', "@"))), text)?;
        }
        Ok(())
    }

    /// The config.
    #[must_use]
    pub fn config(&self) -> String {
        let mut text = HEAD.to_owned();
        if let Some(database) = &self.database {
            let _ = write!(text, "\n[geoip]\ndatabase = {database:?}\n");
        }
        for (name, lines) in &self.probes {
            let _ = write!(text, "\n[probes.{name:?}]\n{}\n", lines.join("\n"));
        }
        self.regions.iter().for_each(|region| region.write(&mut text));
        self.services.iter().for_each(|service| service.write(&mut text));
        text
    }
}

impl Region {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "\n[regions.{:?}]\njurisdiction = \"{UNKNOWN}\"\n", self.name);
        if let Some((latitude, longitude)) = self.coordinates {
            let _ = writeln!(text, "coordinates = [{latitude}, {longitude}]");
        }
        let endpoints: Vec<String> = self.endpoints.iter().map(ToString::to_string).collect();
        let _ = writeln!(text, "endpoints = {endpoints:?}");
        if let Some(probe) = &self.probe {
            let _ = writeln!(text, "probe = {probe:?}");
        }
    }
}

impl Service {
    fn write(&self, text: &mut String) {
        let _ = write!(text, "\n[services.{:?}]\nregions = {:?}\n", self.name, self.regions);
        let _ = match &self.strategy {
            Strategy::Nearest => writeln!(text, "strategy = \"nearest\""),
            Strategy::Failover => writeln!(text, "strategy = \"failover\""),
            Strategy::Geo(lists) => {
                let lists: Vec<String> =
                    lists.iter().map(|(key, list)| format!("{key:?} = {list:?}")).collect();
                writeln!(text, "strategy = \"geo\"\ngeo = {{ {} }}", lists.join(", "))
            }
            Strategy::Weighted(weights) => {
                let weights: Vec<String> =
                    weights.iter().map(|(region, weight)| format!("{region:?} = {weight}")).collect();
                writeln!(text, "strategy = \"weighted\"\nweights = {{ {} }}", weights.join(", "))
            }
        };
        let _ = writeln!(text, "ttl = {{ min = \"{}s\", max = \"{}s\" }}", self.ttl.0, self.ttl.1);
    }
}

/// What is there stays there.
fn put(path: &Path, text: &str) -> Result<(), ImportError> {
    let written =
        fs::File::create_new(path).and_then(|mut file| io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|source| ImportError::file(path, source))
}

/// What the source does not say.
pub(super) const UNKNOWN: &str = "unknown";

const HEAD: &str = "\
# Imported. Jurisdictions are not known to the source: name them before you put up fences.

[server]
listen = [\"127.0.0.1:5353\"]

[admin]
socket = \"run/meridian.sock\"

[web]
listen = \"127.0.0.1:8053\"

[state]
directory = \"state\"

[zones]
directory = \"zones\"
";
