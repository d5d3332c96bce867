//! What needs no running server: the config's problems, an explanation from the config alone, where the socket is.

use std::path::{Path, PathBuf};

use super::acts;
use super::reload::{Prepared, load};
use super::start::StartError;
use crate::admin::Question;
use crate::answer::Explanation;
use crate::clock::Clock;
use crate::config::{self, Problem};
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

/// Reads everything and starts nothing.
///
/// # Errors
/// Every problem.
pub fn check(config: &Path) -> Result<Summary, StartError> {
    let Prepared { compiled, warnings, .. } = load(config).map_err(StartError::Config)?;
    let catalog = compiled.catalog();
    Ok(Summary {
        zones: catalog.zones.iter().len(),
        records: catalog.zones.record_count(),
        services: catalog.services.len(),
        regions: catalog.regions.len(),
        fences: catalog.fences.len(),
        database_built: catalog.database.build_epoch,
        warnings,
    })
}

/// Explains an answer from a config alone: every region as unknown, which serves as up, unless supposed otherwise.
///
/// # Errors
/// The config has mistakes, or the question cannot be answered.
pub fn explain(config: &Path, question: &Question) -> Result<Explanation, StartError> {
    let Prepared { compiled, .. } = load(config).map_err(StartError::Config)?;
    let now = Clock::start().now();
    let mut world = World::new(compiled, Kept::default(), now);
    let (snapshot, _) = world.publish(now);
    acts::explain(&world, &snapshot, question, now).map_err(StartError::Refused)
}

/// The admin socket that a config names. The rest of the file may have mistakes: an operator must still get in.
///
/// # Errors
/// The file cannot be read, or names no socket.
pub fn admin_socket(config: &Path) -> Result<PathBuf, StartError> {
    config::admin_socket(config).map_err(|problem| StartError::Config(vec![problem]))
}
