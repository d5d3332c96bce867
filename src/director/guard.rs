//! What a load is compared with before it serves, and whether it answers: as problems of its files.

use std::path::Path;

use super::reload::Prepared;
use crate::admin::Drifting;
use crate::catalog::Catalog;
use crate::config::Problem;
use crate::guard::{self, Canaries, Miss};
use crate::now::Now;
use crate::world::{Kept, World};

/// Everything that a load would take back of what serves, each at its place: what would be gone, and zones whose serial
/// falls, since that is an older file (RFC 1982). Of a location database that an operator accepts whatever it moves,
/// nothing.
pub(super) fn compare(path: &Path, serving: &Catalog, loaded: &Catalog, drifting: Drifting) -> Vec<Problem> {
    let mut losses = guard::losses(serving, loaded);
    losses.retain(|loss| drifting == Drifting::Held || !loss.is_of_database());
    let problems = losses.iter().map(|loss| match loss.spot() {
        Some(spot) => Problem {
            file: Path::new(&*spot.file).to_owned(),
            line: spot.line as usize,
            column: spot.column as usize,
            key: loss.key(),
            what: loss.to_string(),
        },
        None => Problem::of_file(path.to_owned(), &loss.key(), loss),
    });
    let fallen = loaded.zones.serials_fallen(&serving.zones).into_iter().map(Problem::from);
    problems.chain(fallen).collect()
}

/// Whether a load would answer with every region as nobody has seen it yet.
pub(super) fn answers(path: &Path, prepared: &Prepared, now: Now) -> Result<(), Vec<Problem>> {
    let mut world = World::new(prepared.compiled.clone(), Kept::default(), now);
    let (picture, _) = world.publish(now);
    let asked = Canaries::new(prepared.compiled.catalog()).ask(&picture, now);
    asked.map(drop).map_err(|miss| vec![missed(path, &miss)])
}

/// A canary query that was answered otherwise than it must be.
pub(super) fn missed(path: &Path, miss: &Miss) -> Problem {
    Problem::of_file(path.to_owned(), "canary", miss)
}
