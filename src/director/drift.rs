//! Two location databases under one config: what the newer one would change.

use std::path::{Path, PathBuf};

use super::reload::{Prepared, load};
use super::start::StartError;
use crate::catalog::Catalog;
use crate::config::Problem;
use crate::geo::{Atlas, Database, Detail, Family, Gate};
use crate::prove::{self, Drift, Ground, Located, Records, Rules, Subject, Weights};
use crate::steer::{GeoKey, Plan, Sources, Strategy};

/// What another database would change, a service each.
#[derive(Clone, Debug, PartialEq)]
pub struct Drifts {
    /// The services' names, and what changes for each.
    pub services: Vec<(Box<str>, Drift)>,
    /// The fences' names, by identifier.
    pub fences: Vec<Box<str>>,
    /// SHA-256 of both databases, in hexadecimal.
    pub sha256: [String; 2],
}

/// Compares two databases under the config at `path`; no file means the built-in one. Geo keys of autonomous systems
/// count as not met: neither database names them.
///
/// # Errors
/// The config has mistakes, or a database cannot be read.
pub fn drift(path: &Path, databases: [Option<&PathBuf>; 2], weights: &Weights) -> Result<Drifts, StartError> {
    let Prepared { compiled, .. } = load(path).map_err(StartError::Config)?;
    let catalog = compiled.catalog();
    let refused = |what: &dyn std::fmt::Display| {
        StartError::Config(vec![Problem::of_file(path.to_owned(), "prove", what)])
    };
    let text = std::fs::read_to_string(path).map_err(StartError::System)?;
    let rules = Rules::read(&text).map_err(|error| refused(&error))?;
    let [before, after] = databases.map(|file| Compared::read(catalog, &rules, file));
    let (before, after) = (before?, after?);
    let [old, new] = [&before, &after].map(|compared| Located {
        subject: Subject::new(catalog, &compared.plan),
        grounds: &compared.grounds,
    });
    let names = catalog.services.iter().map(|service| service.name.clone());
    Ok(Drifts {
        services: names.zip(prove::drift(old, new, weights)).collect(),
        fences: catalog.fences.iter().map(|fence| fence.name.clone()).collect(),
        sha256: [before.sha256, after.sha256],
    })
}

/// A database, and the policy compiled with it.
struct Compared {
    plan: Plan,
    grounds: [Ground; 2],
    sha256: String,
}

impl Compared {
    fn read(catalog: &Catalog, rules: &Rules, file: Option<&PathBuf>) -> Result<Self, StartError> {
        let (database, records) = match file {
            None => (Database::built_in(), Records::built_in()),
            Some(file) => {
                let refused = |what: &dyn std::fmt::Display| {
                    StartError::Config(vec![Problem::of_file(file.clone(), "file", what)])
                };
                let bytes = std::fs::read(file).map_err(|error| refused(&error))?;
                let detail = Detail { subdivisions: names_subdivisions(catalog), asn: false };
                let database =
                    Database::read(&bytes, detail, Gate::FIXTURE).map_err(|error| refused(&error))?;
                (database, Records::read(&bytes).map_err(|error| refused(&error))?)
            }
        };
        let atlas = Atlas::compile(&database, &catalog.located, catalog.atlas.steering().clone());
        let plan = Plan::new(&Sources { atlas: &atlas, ..catalog.sources() });
        let plan = plan.map_err(|error| {
            StartError::Config(vec![Problem::of_file(file.cloned().unwrap_or_default(), "services", error)])
        })?;
        let grounds = Family::BOTH.map(|family| Ground::new(rules, &records, family));
        Ok(Self { plan, grounds, sha256: database.metadata().sha256.clone() })
    }
}

fn names_subdivisions(catalog: &Catalog) -> bool {
    catalog.services.iter().any(|service| match &service.strategy {
        Strategy::Geo(lists) => lists.rules.iter().any(|(key, _)| matches!(key, GeoKey::Subdivision(_))),
        _ => false,
    })
}
