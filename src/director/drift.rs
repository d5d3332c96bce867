//! Two location databases under one config: what the newer one would change.

use std::path::{Path, PathBuf};

use super::reload::{Prepared, load};
use super::start::StartError;
use crate::catalog::Catalog;
use crate::config::{DatabaseFile, Files, Problem};
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

impl Drifts {
    /// The largest part of addresses or of clients that changes region, of any service, 0 to 1.
    pub(super) fn most(&self) -> f64 {
        self.services.iter().map(|(_, drift)| drift.most()).fold(0.0, f64::max)
    }

    /// The service that is moved most, in words, beside what is allowed.
    pub(super) fn words(&self, allowed: f64) -> String {
        let by_most = |(_, one): &&(Box<str>, Drift), (_, other): &&(Box<str>, Drift)| {
            one.most().total_cmp(&other.most())
        };
        let Some((service, drift)) = self.services.iter().max_by(by_most) else {
            return String::new();
        };
        let crossing = drift.crossings.len();
        let [v4, v6, clients, allowed] =
            [drift.v4, drift.v6, drift.weight, allowed].map(|part| format!("{:.1} %", part * 100.0));
        format!(
            "{v4} of IPv4, {v6} of IPv6 and {clients} of the clients of {service} would change region \
             ({crossing} stretches come under other fences), where [geoip] max_drift allows {allowed}"
        )
    }
}

/// Compares two databases under the config at `path`; no file means the built-in one. Geo keys of autonomous systems
/// count as not met: neither database names them.
///
/// # Errors
/// The config has mistakes, or a database cannot be read.
pub fn drift(path: &Path, databases: [Option<&PathBuf>; 2], weights: &Weights) -> Result<Drifts, StartError> {
    let Prepared { compiled, origin, .. } = load(&Files::Disk, path).map_err(StartError::Config)?;
    let refused = |problem: Problem| StartError::Config(vec![problem]);
    let rules = Rules::read(&origin.text)
        .map_err(|error| refused(Problem::of_file(path.to_owned(), "prove", error)))?;
    let [before, after] = databases.map(|file| {
        let file = file.map(|path| file_at(path)).transpose()?;
        Compared::read(compiled.catalog(), &rules, file.as_ref())
    });
    let (before, after) = (before.map_err(refused)?, after.map_err(refused)?);
    Ok(compare(compiled.catalog(), &before, &after, weights))
}

/// Compares two databases under the policy that both were compiled with.
pub(super) fn compare(catalog: &Catalog, before: &Compared, after: &Compared, weights: &Weights) -> Drifts {
    let [old, new] = [before, after].map(|compared| Located {
        subject: Subject::new(catalog, &compared.plan),
        grounds: &compared.grounds,
    });
    let names = catalog.services.iter().map(|service| service.name.clone());
    Drifts {
        services: names.zip(prove::drift(old, new, weights)).collect(),
        fences: catalog.fences.iter().map(|fence| fence.name.clone()).collect(),
        sha256: [before.sha256.clone(), after.sha256.clone()],
    }
}

/// A database, and the policy compiled with it.
pub(super) struct Compared {
    plan: Plan,
    grounds: [Ground; 2],
    sha256: String,
}

impl Compared {
    /// Compiles the policy of `catalog` with a database file; none: with the built-in one.
    pub(super) fn read(
        catalog: &Catalog,
        rules: &Rules,
        file: Option<&DatabaseFile>,
    ) -> Result<Self, Problem> {
        let path = || file.map_or_else(PathBuf::new, |file| file.path.clone());
        let refused = |what: &dyn std::fmt::Display| Problem::of_file(path(), "file", what);
        let (database, records) = match file {
            None => (Database::built_in(), Records::built_in()),
            Some(file) => {
                let detail = Detail { subdivisions: names_subdivisions(catalog), asn: false };
                let database = Database::read(&file.octets, detail, Gate::FIXTURE);
                let records = Records::read(&file.octets);
                (database.map_err(|error| refused(&error))?, records.map_err(|error| refused(&error))?)
            }
        };
        let atlas = Atlas::compile(&database, &catalog.located, catalog.atlas.steering().clone());
        let plan = Plan::new(&Sources { atlas: &atlas, ..catalog.sources() });
        let plan = plan.map_err(|error| Problem::of_file(path(), "services", error))?;
        let grounds = Family::BOTH.map(|family| Ground::new(rules, &records, family));
        Ok(Self { plan, grounds, sha256: database.metadata().sha256.clone() })
    }
}

fn file_at(path: &Path) -> Result<DatabaseFile, Problem> {
    let octets = std::fs::read(path).map_err(|error| Problem::of_file(path.to_owned(), "file", error))?;
    Ok(DatabaseFile { path: path.to_owned(), octets: octets.into(), sha256: String::new() })
}

fn names_subdivisions(catalog: &Catalog) -> bool {
    catalog.services.iter().any(|service| match &service.strategy {
        Strategy::Geo(lists) => lists.rules.iter().any(|(key, _)| matches!(key, GeoKey::Subdivision(_))),
        _ => false,
    })
}
