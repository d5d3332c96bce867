//! The files of the location databases: looked at every few seconds, and loaded when they have changed and lie still.
//!
//! Such a load is a reload like any other, so it is only begun while the config on disk is the one that serves: a file
//! that an operator is still at is not taken because a database came.

use std::fs::File;
use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::stamps::Stamps;
use super::start::Director;
use super::update::{ACCEPT, HeldDatabase};
use crate::admin::Leave;
use crate::config::DatabaseFiles;
use crate::world::{AlarmKind, Alarms};

/// The databases that serve, the one that is held, and their files as they were when they were looked at.
#[derive(Debug, Default)]
pub(super) struct Locations {
    pub(super) serving: DatabaseFiles,
    pub(super) held: Option<HeldDatabase>,
    /// As they were at the last look.
    last: Stamps,
    /// As they were when something was last made of them.
    settled: Stamps,
    /// Whether a changed database waits because the config has changed too.
    waits: bool,
    /// Seconds until the next look.
    wait: u64,
}

/// What a look at the files gave.
#[derive(Debug)]
pub(super) struct Glance {
    stamps: Stamps,
    found: Found,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// They were written since the last look; the next one says more.
    Moving,
    /// They hold what serves, or what is held.
    Known,
    /// They hold something else.
    Changed,
    /// They hold something else, and so does the config.
    ConfigToo,
}

/// A file, and the SHA-256 of everything that it may hold without being news.
#[derive(Debug)]
struct Known {
    path: PathBuf,
    sha256: Vec<String>,
}

impl Locations {
    /// Begins with what a load took.
    pub(super) fn new(serving: DatabaseFiles) -> Self {
        Self { serving, wait: EVERY, ..Self::default() }
    }

    /// Takes what a load gave.
    pub(super) fn adopt(&mut self, serving: DatabaseFiles, held: Option<HeldDatabase>) {
        (self.serving, self.held, self.waits) = (serving, held, false);
    }

    /// What is held, and what takes it.
    pub(super) fn held_in_words(&self) -> Option<String> {
        self.held.as_ref().map(|HeldDatabase { sha256, moved }| {
            format!("location database {sha256:.12} is held and the old one serves: {moved}; {ACCEPT}")
        })
    }

    /// What an operator should know of them.
    pub(super) fn alarms(&self, alarms: &mut Alarms) {
        if let Some(what) = self.held_in_words() {
            alarms.raise(AlarmKind::LocationDatabaseHeld, "geoip", what);
        }
        if self.waits {
            let what = "the location database on disk has changed, and the config too since it was loaded: \
                        `meridian reload` takes both";
            alarms.raise(AlarmKind::LocationDatabaseWaits, "geoip", what);
        }
    }

    fn known(&self) -> Vec<Known> {
        let held = self.held.iter().map(|held| held.sha256.clone());
        let places = self.serving.places.iter().map(|file| Known {
            path: file.path.clone(),
            sha256: [file.sha256.clone()].into_iter().chain(held.clone()).collect(),
        });
        let numbers = self.serving.numbers.iter();
        let numbers =
            numbers.map(|file| Known { path: file.path.clone(), sha256: vec![file.sha256.clone()] });
        places.chain(numbers).collect()
    }
}

impl Director {
    /// Once a second: now and then looks whether the files have changed, beside the loop.
    pub(super) fn watch_locations(&mut self) {
        let locations = &mut self.locations;
        locations.wait = locations.wait.saturating_sub(1);
        let known = locations.known();
        if locations.wait > 0 || known.is_empty() || !self.glances.is_empty() {
            return;
        }
        locations.wait = EVERY;
        let (last, settled) = (locations.last.clone(), locations.settled.clone());
        let sha256 = vec![self.world.catalog().config_sha256.to_string()];
        let config = Known { path: self.path.clone(), sha256 };
        self.glances.spawn_blocking(move || glance(&known, &config, (&last, &settled)));
    }

    /// Takes what a look gave.
    pub(super) fn glanced(&mut self, glance: Glance) {
        let Glance { stamps, found } = glance;
        let locations = &mut self.locations;
        locations.last = stamps.clone();
        if found == Found::Moving {
            return;
        }
        if locations.settled != stamps && found == Found::Changed {
            tracing::info!("a location database has changed on disk: loading it");
            self.reload(Leave::default(), None);
        } else if locations.settled != stamps && found == Found::ConfigToo {
            tracing::warn!("a location database has changed on disk, and so has the config: not loaded");
        }
        self.locations.waits = found == Found::ConfigToo;
        self.locations.settled = stamps;
    }
}

fn glance(known: &[Known], config: &Known, (last, settled): (&Stamps, &Stamps)) -> Option<Glance> {
    let stamps = Stamps::of(known.iter().map(|known| known.path.as_path()));
    if stamps == *settled {
        return None;
    }
    let found = match () {
        () if stamps != *last || !stamps.are_whole() => Found::Moving,
        () if known.iter().all(holds) => Found::Known,
        () if holds(config) => Found::Changed,
        () => Found::ConfigToo,
    };
    Some(Glance { stamps, found })
}

/// Whether a file holds what is known of it; read piece by piece, since it may be large and is read again and again. What is no
/// file, as a pipe, might never end.
fn holds(known: &Known) -> bool {
    if !known.path.is_file() {
        return false;
    }
    let mut hash = Sha256::new();
    let read = File::open(&known.path).and_then(|mut file| io::copy(&mut file, &mut hash));
    let found: String = hash.finalize().iter().map(|octet| format!("{octet:02x}")).collect();
    read.is_ok() && known.sha256.contains(&found)
}

/// Seconds between two looks at the files.
const EVERY: u64 = 2;
