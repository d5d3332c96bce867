//! A config file, its zones and its databases → what serves. Reads everything, starts nothing.

use std::path::Path;

use sha2::{Digest, Sha256};

use super::declared::{Declaration, Declared};
use super::document::Document;
use super::files::Files;
use super::geo::Geography;
use super::location::Databases;
use super::problem::{Findings, Problem};
use super::section::Section;
use super::{
    Config, admin, fenced, fences, geoip, probes, regions, safety, server, services, state, syntax, web,
    zones,
};
use crate::catalog::Catalog;
use crate::geo::Prefixes;
use crate::steer::Service;
use crate::zone::{Name, Rtype, Spot, Steered};

/// A config that serves, and what is worth telling about it.
#[derive(Debug)]
pub struct Loaded {
    /// What serves.
    pub config: Config,
    /// Sorted by file and line.
    pub warnings: Vec<Problem>,
}

/// Loads the config at `path` from the disk; blocks while it reads. Every problem of config, zones and databases is
/// returned, sorted by file and line.
pub fn load(path: &Path) -> Result<Loaded, Vec<Problem>> {
    load_from(&Files::Disk, path)
}

/// Loads the config at `path` in `files`.
pub fn load_from(files: &Files, path: &Path) -> Result<Loaded, Vec<Problem>> {
    let refused = |what: &dyn std::fmt::Display| vec![Problem::of_file(path.to_owned(), "file", what)];
    let text = files
        .text(path, LARGEST_CONFIG)
        .map_err(|error| refused(&error))?;
    if text.trim().is_empty() {
        return Err(refused(&"is empty; a config has at least [server] and [zones]"));
    }
    let repaired = syntax::repair(&text);
    let document = Document::parse(path, &text, &repaired);
    let mut findings = Findings::default();
    let config = read(files, &document, &mut findings);
    let Findings {
        mut problems,
        mut warnings,
    } = findings.and(document.into_findings());
    problems.sort();
    warnings.sort();
    match config {
        Some(config) if problems.is_empty() => Ok(Loaded { config, warnings }),
        _ => Err(problems),
    }
}

/// Reads every section, also when others are broken.
fn read(files: &Files, document: &Document<'_>, findings: &mut Findings) -> Option<Config> {
    let mut root = document.root().later(&["hooks", "vantages"]);
    let server = root.need("server", |item| server::read(item.table()?));
    let admin = root.table("admin", admin::read);
    let listen = server.as_ref().map_or(&[][..], |(server, _)| &server.listen);
    let web = root.table("web", |section| web::read(section, listen));
    let state = root.table("state", state::read);
    let zones = root.need("zones", |item| zones::read(item.table()?));
    let geoip = root.table("geoip", geoip::read);
    let mut geography = Geography::default();
    let plans = named(&mut root, "probes", Declared::none("probe"), |section| {
        probes::read(&section)
    });
    let regions = named(&mut root, "regions", Declared::none("region"), |section| {
        regions::read(&section, &plans)
    });
    let services = named(&mut root, "services", Declared::none("service"), |section| {
        services::read(&section, &regions, &mut geography)
    });
    let fences = named(&mut root, "fences", Declared::none("fence"), |section| {
        fences::read(&section, &regions, &services)
    });
    let safety = root.table("safety", safety::read);
    root.finish();

    fenced::check(&regions, &services, &fences);
    let zones = zones.and_then(|directory| directory.load(files, &steered(&services), findings));
    let geoip = geoip.map(Option::unwrap_or_default);
    let databases = geoip
        .as_ref()
        .and_then(|geoip| Databases::read(files, geoip, &geography));
    if !document.is_sound() || !findings.problems.is_empty() {
        return None;
    }

    let ((server, nsid), geoip) = (server?, geoip?);
    let (atlas, database) = databases?.compile(&geoip, geography);
    Some(Config {
        server,
        admin: admin?,
        web: web?,
        state: state?,
        catalog: Catalog {
            regions: regions.all()?,
            services: services.all()?,
            fences: fences.all()?,
            plans: plans.all()?,
            safety: safety?.unwrap_or_default(),
            zones: zones?,
            atlas,
            unlocated: Prefixes::new(&geoip.unlocated),
            located: geoip.overrides,
            database,
            config_sha256: hex(&Sha256::digest(document.text())),
            nsid,
        },
    })
}

/// Reads a table of declarations; one that is left out or is no table declares nothing.
fn named<'a, T>(
    root: &mut Section<'a>,
    key: &'static str,
    none: Declared<'a, T>,
    read: impl FnOnce(Section<'a>) -> Declared<'a, T>,
) -> Declared<'a, T> {
    root.find(key).and_then(|item| item.table()).map_or(none, read)
}

/// The names that the zones have to hold; a name that is none was refused already.
fn steered(services: &Declared<'_, Service>) -> Vec<Steered> {
    let steered = |(at, service): (usize, &Declaration<'_, Service>)| {
        let name = Name::from_text(&service.name, &Name::root()).ok()?;
        let (line, column) = service.item.key_place();
        Some(Steered {
            name,
            service: at as u32,
            types: vec![Rtype::A, Rtype::AAAA],
            spot: Spot {
                file: service.item.file().display().to_string().into(),
                line: line as u32,
                column: column as u32,
            },
            key: service.item.path_text().to_owned(),
        })
    };
    services.iter().enumerate().filter_map(steered).collect()
}

fn hex(octets: &[u8]) -> Box<str> {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// In MiB: some hundred thousand services.
const LARGEST_CONFIG: u64 = 16;
