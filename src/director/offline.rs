//! What needs no running server: the config's problems, an explanation from the config alone, where the socket is.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::acts;
use super::prove::{self, Effort, Evidence, Proof};
use super::reload::{Prepared, load};
use super::start::StartError;
use crate::admin::Question;
use crate::answer::Explanation;
use crate::clock::Clock;
use crate::config::{self, Files, Problem};
use crate::geo::Country;
use crate::prove::{Contingency, Weights};
use crate::world::{Kept, World};

/// What a config holds, for `check`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// How many zones.
    pub zones: usize,
    /// How many records in them.
    pub records: usize,
    /// How many services.
    pub services: usize,
    /// How many regions.
    pub regions: usize,
    /// How many fences.
    pub fences: usize,
    /// Unix seconds at which the location database was built.
    pub database_built: u64,
    /// Worth a look, and no mistake.
    pub warnings: Vec<Problem>,
}

/// What becomes of a config's regions and fences when regions are lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Losses {
    /// The names of regions, by identifier.
    pub regions: Vec<Box<str>>,
    /// The names of fences, in order.
    pub fences: Vec<Box<str>>,
    /// Every set of lost regions, smaller sets first.
    pub each: Vec<Contingency>,
}

/// Reads everything and starts nothing; with an effort, proves what would be served.
///
/// # Errors
/// Every problem.
pub fn check(config: &Path, effort: Option<Effort<'_>>) -> Result<(Summary, Option<Proof>), StartError> {
    let Prepared { compiled, warnings, origin, .. } =
        load(&Files::Disk, config).map_err(StartError::Config)?;
    let proof = effort.map(|effort| {
        let evidence =
            Evidence::read(config, &origin).map_err(|problem| StartError::Config(vec![problem]))?;
        Ok::<_, StartError>(prove::prove(&evidence, &compiled, effort))
    });
    let catalog = compiled.catalog();
    let summary = Summary {
        zones: catalog.zones.iter().len(),
        records: catalog.zones.record_count(),
        services: catalog.services.len(),
        regions: catalog.regions.len(),
        fences: catalog.fences.len(),
        database_built: catalog.database.build_epoch,
        warnings,
    };
    Ok((summary, proof.transpose()?))
}

/// Explains an answer from a config alone: every region as unknown, which serves as up, unless supposed otherwise.
///
/// # Errors
/// The config has mistakes, or the question cannot be answered.
pub fn explain(config: &Path, question: &Question) -> Result<Explanation, StartError> {
    let Prepared { compiled, .. } = load(&Files::Disk, config).map_err(StartError::Config)?;
    let now = Clock::start().now();
    let mut world = World::new(compiled, Kept::default(), now);
    let (snapshot, _) = world.publish(now);
    acts::explain(&world, &snapshot, question, now).map_err(StartError::Refused)
}

/// Proves what a config would serve.
///
/// # Errors
/// The config has mistakes, or the oracle cannot read it.
pub fn prove(config: &Path, effort: Effort<'_>) -> Result<Proof, StartError> {
    let Prepared { compiled, origin, .. } = load(&Files::Disk, config).map_err(StartError::Config)?;
    let evidence = Evidence::read(config, &origin).map_err(|problem| StartError::Config(vec![problem]))?;
    let mut proof = prove::prove(&evidence, &compiled, effort);
    if effort.wire {
        let started = Instant::now();
        proof.ledger.merge(prove::send(&evidence, compiled, effort));
        proof.took += started.elapsed();
    }
    Ok(proof)
}

/// What becomes of the rest when up to `most` regions are lost.
///
/// # Errors
/// The config has mistakes, or the oracle cannot read it.
pub fn lose(config: &Path, weights: &Weights, most: usize) -> Result<Losses, StartError> {
    let Prepared { compiled, origin, .. } = load(&Files::Disk, config).map_err(StartError::Config)?;
    let evidence = Evidence::read(config, &origin).map_err(|problem| StartError::Config(vec![problem]))?;
    let catalog = compiled.catalog();
    Ok(Losses {
        regions: catalog.regions.iter().map(|region| region.name.clone()).collect(),
        fences: catalog.fences.iter().map(|fence| fence.name.clone()).collect(),
        each: prove::lose(&evidence, &compiled, weights, most),
    })
}

/// When what a start would serve in the place of a broken config was accepted, in Unix seconds; none: there is nothing.
#[must_use]
pub fn last_known_good(config: &Path) -> Option<u64> {
    super::accepted::would_serve(config)
}

/// The named groups of countries that a config adds or replaces, in file order.
///
/// # Errors
/// The config has mistakes.
#[expect(clippy::type_complexity, reason = "names and members, as the config holds them")]
pub fn groups(config: &Path) -> Result<Vec<(Box<str>, Vec<Country>)>, StartError> {
    Ok(config::load(config).map_err(StartError::Config)?.config.groups)
}

/// The admin socket that a config names. The rest of the file may have mistakes: an operator must still get in.
///
/// # Errors
/// The file cannot be read, or names no socket.
pub fn admin_socket(config: &Path) -> Result<PathBuf, StartError> {
    config::admin_socket(config).map_err(|problem| StartError::Config(vec![problem]))
}

/// Where a config lets DNS be asked first, and where it shows its metrics.
///
/// # Errors
/// Every problem of the config.
pub fn listens(config: &Path) -> Result<(SocketAddr, Option<SocketAddr>), StartError> {
    let config = config::load(config).map_err(StartError::Config)?.config;
    let dns = config.server.listen.first().copied();
    let nowhere = || StartError::System(std::io::Error::other("the config listens nowhere"));
    Ok((dns.ok_or_else(nowhere)?, config.web.map(|web| web.listen)))
}
