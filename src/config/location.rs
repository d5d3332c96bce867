//! The location database and what the config lays over it → the atlas.

use std::fmt::Display;
use std::path::Path;

use super::geo::Geography;
use super::geoip::Geoip;
use super::item::Item;
use super::origin::{DatabaseFile, DatabaseFiles};
use super::reading::Reading;
use crate::geo::{Atlas, Database, Detail, Family, Gate, Metadata, Record, Steering};

/// The databases as read.
pub(super) struct Databases {
    /// Countries, and subdivisions where a key needs them; none: the built-in one.
    places: Option<Read>,
    /// Autonomous systems, where a key needs them.
    numbers: Option<Read>,
}

/// A database, and the file that it was read from.
struct Read {
    database: Database,
    file: DatabaseFile,
}

impl Databases {
    /// Reads what the config names and its geo keys need; none: one cannot be used, and that was said.
    pub(super) fn read(files: &Reading<'_>, geoip: &Geoip<'_>, geography: &Geography<'_>) -> Option<Self> {
        let (places, numbers) = (places(files, geoip, geography), numbers(files, geoip, geography));
        Some(Self { places: places?, numbers: numbers? })
    }

    /// Lays overrides and the geo keys' prefixes over them.
    pub(super) fn compile(
        self,
        geoip: &Geoip<'_>,
        geography: Geography<'_>,
    ) -> (Atlas, Metadata, DatabaseFiles) {
        let part = |read: Read| (read.database, read.file);
        let (places, places_file) = self.places.map(part).unzip();
        let (numbers, numbers_file) = self.numbers.map(part).unzip();
        let mut database = places.unwrap_or_else(Database::built_in);
        if let Some(numbers) = numbers {
            database = database.with_numbers(&numbers);
        }
        let files = DatabaseFiles { places: places_file, numbers: numbers_file };
        let steering = Steering::new(geography.prefixes).expect("each prefix was taken as one before");
        let metadata = database.metadata().clone();
        (Atlas::compile(&database, &geoip.overrides, steering), metadata, files)
    }
}

fn places(files: &Reading<'_>, geoip: &Geoip<'_>, geography: &Geography<'_>) -> Option<Option<Read>> {
    let detail = Detail { subdivisions: geography.subdivision.is_some(), asn: false };
    let read = match &geoip.database {
        Some((path, item)) => Some(read(files, path, item, (detail, Gate::LOCATION))?),
        None => None,
    };
    let has_subdivisions = |read: &Read| says(&read.database, |record| record.subdivision.is_some());
    match &geography.subdivision {
        Some(key) if !read.as_ref().is_some_and(has_subdivisions) => {
            let which = read.map_or("the built-in database", |_| "geoip.database");
            key.refuse_key(format_args!("{which} has no subdivisions; a city database in geoip.database"));
            None
        }
        _ => Some(read),
    }
}

fn numbers(files: &Reading<'_>, geoip: &Geoip<'_>, geography: &Geography<'_>) -> Option<Option<Read>> {
    match (&geoip.asn, &geography.asn) {
        (Some((path, item)), Some(_)) => {
            let detail = Detail { subdivisions: false, asn: true };
            let read = read(files, path, item, (detail, Gate::NUMBERS))?;
            let has_numbers = says(&read.database, |record| record.asn.is_some());
            if !has_numbers {
                item.refuse(format_args!("{} names no autonomous system; an ASN database", path.display()));
            }
            has_numbers.then_some(Some(read))
        }
        (Some((_, item)), None) => {
            item.warn("not read: no geo key is an asn:");
            Some(None)
        }
        (None, Some(key)) => {
            key.refuse_key("there is no database of autonomous systems; geoip.asn = \"FILE.mmdb\"");
            None
        }
        (None, None) => Some(None),
    }
}

/// Reads a database in the detail that is needed. One that is sound and fails the gate only by its size is taken, and
/// told about: that of a private network is small.
fn read(files: &Reading<'_>, path: &Path, item: &Item<'_>, (detail, gate): (Detail, Gate)) -> Option<Read> {
    let refuse = |what: &dyn Display| item.refuse(format_args!("{} {what}", path.display()));
    let octets = files.octets(path, LARGEST_DATABASE).map_err(|error| refuse(&error)).ok()?;
    let database = Database::decode(&octets, detail).map_err(|error| refuse(&error)).ok()?;
    if let Err(few) = database.pass(gate) {
        if database.pass(Gate::FIXTURE).is_err() {
            refuse(&few);
            return None;
        }
        item.warn(format_args!("{} {few}", path.display()));
    }
    let sha256 = database.metadata().sha256.clone();
    Some(Read { database, file: DatabaseFile { path: path.to_owned(), octets, sha256 } })
}

/// Whether `of` holds for some record.
fn says(database: &Database, of: fn(&Record) -> bool) -> bool {
    [Family::V4, Family::V6]
        .into_iter()
        .any(|family| database.ranges(family).any(|(_, _, record)| of(&record)))
}

/// In MiB: the largest commercial databases have some hundreds.
const LARGEST_DATABASE: u64 = 2048;
