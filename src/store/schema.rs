//! The file: opening, checking, and bringing an older schema up to date.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::StoreError;
use super::lock::Lock;

/// The open state. Calls block; writes are on disk when they return.
#[derive(Debug)]
pub struct Store {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    _lock: Lock,
}

impl Store {
    /// Opens `meridian.db` in `directory`, creating both where they are missing.
    ///
    /// # Errors
    /// The directory cannot be used, another process holds it, or the file is damaged or from a later Meridian.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        let lock = Lock::take(directory)?;
        let path = directory.join("meridian.db");
        create(&path, directory)?;
        let connection = Connection::open(&path).map_err(|error| StoreError::from_sqlite(&path, &error))?;
        let mut store = Self { connection, path, _lock: lock };
        store.prepare()?;
        store.migrate()?;
        Ok(store)
    }

    /// Opens the state that is in `directory`, and makes none where there is none.
    ///
    /// # Errors
    /// There is no state file; else as [`Store::open`].
    pub fn open_existing(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join("meridian.db");
        match std::fs::metadata(&path) {
            Ok(_) => Self::open(directory),
            Err(source) => Err(StoreError::Directory { path, source }),
        }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The error of a fault on this file.
    pub(super) fn fault(&self, error: &rusqlite::Error) -> StoreError {
        StoreError::from_sqlite(&self.path, error)
    }

    /// The error of content that no Meridian writes.
    pub(super) fn corrupted(&self, what: String) -> StoreError {
        StoreError::Corrupted { path: self.path.clone(), what }
    }

    fn prepare(&self) -> Result<(), StoreError> {
        self.connection
            .execute_batch(
                "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;",
            )
            .map_err(|error| self.fault(&error))?;
        let health: String = self
            .connection
            .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
            .map_err(|error| self.fault(&error))?;
        if health == "ok" { Ok(()) } else { Err(self.corrupted(health)) }
    }

    fn migrate(&mut self) -> Result<(), StoreError> {
        let known = MIGRATIONS.len() as u32;
        let found: u32 = self
            .connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .map_err(|error| self.fault(&error))?;
        if found > known {
            let path = self.path.clone();
            return Err(StoreError::Newer { path, found, known });
        }
        for (version, step) in (1..=known).zip(MIGRATIONS).skip(found as usize) {
            self.step(version, step).map_err(|error| StoreError::from_sqlite(&self.path, &error))?;
        }
        Ok(())
    }

    fn step(&mut self, version: u32, step: &str) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute_batch(step)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()
    }
}

/// Creates the file with mode 0640, which SQLite's log inherits, and makes its name durable.
fn create(path: &Path, directory: &Path) -> Result<(), StoreError> {
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o640).open(path);
    made.and_then(|file| file.sync_all())
        .and_then(|()| File::open(directory)?.sync_all())
        .and_then(|()| match directory.parent() {
            Some(parent) if parent != Path::new("") => File::open(parent)?.sync_all(),
            _ => Ok(()),
        })
        .map_err(|source| StoreError::Directory { path: path.to_path_buf(), source })
}

/// What each schema version adds to the one before; never edited, only appended to.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE overrides (
        region TEXT NOT NULL, service TEXT NOT NULL, place TEXT NOT NULL, kind TEXT NOT NULL,
        actor TEXT NOT NULL, reason TEXT NOT NULL, starts INTEGER NOT NULL, ends INTEGER NOT NULL,
        PRIMARY KEY (region, service, place)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE verdicts (
        region TEXT NOT NULL, endpoint TEXT NOT NULL, verdict TEXT NOT NULL, since INTEGER NOT NULL,
        PRIMARY KEY (region, endpoint)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, chain TEXT NOT NULL,
        body TEXT NOT NULL, hash BLOB NOT NULL
    ) STRICT;
    CREATE INDEX events_by_chain ON events (chain, id);
    CREATE TABLE chains (
        chain TEXT PRIMARY KEY, anchor BLOB NOT NULL, head BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    INSERT INTO chains VALUES ('audit', zeroblob(32), zeroblob(32)), ('transition', zeroblob(32), zeroblob(32));
", "
    ALTER TABLE overrides ADD COLUMN ramp_starts INTEGER;
    ALTER TABLE overrides ADD COLUMN ramp_ends INTEGER;
    CREATE TABLE returns (
        region TEXT NOT NULL, word INTEGER NOT NULL, service TEXT NOT NULL, relapses INTEGER NOT NULL,
        slots INTEGER NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (region, word, service)
    ) STRICT, WITHOUT ROWID;
", "
    ALTER TABLE verdicts ADD COLUMN weight INTEGER NOT NULL DEFAULT 100;
", "
    ALTER TABLE overrides ADD COLUMN share INTEGER;
"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_directory_is_created_for_owner_and_group_only() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let directory = parent.path().join("deep/state");
        let store = Store::open(&directory).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&directory), 0o750);
        assert_eq!(mode(store.path()), 0o640);
    }

    #[test]
    fn every_commit_is_synced_to_the_log() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        let setting = |name: &str| -> String {
            let query =
                format!("SELECT CAST(value AS TEXT) FROM (SELECT {name} AS value FROM pragma_{name})");
            store.connection.query_row(&query, [], |row| row.get(0)).unwrap()
        };
        assert_eq!(setting("synchronous"), "2", "FULL");
        assert_eq!(setting("journal_mode"), "wal");
    }

    #[test]
    fn a_second_holder_is_refused_and_told_the_first_ones_pid() {
        let directory = tempfile::tempdir().unwrap();
        let _first = Store::open(directory.path()).unwrap();
        let error = Store::open(directory.path()).unwrap_err();
        assert!(
            matches!(&error, StoreError::Held { pid, .. } if *pid == Some(std::process::id())),
            "{error}"
        );
        assert!(error.to_string().contains("meridian.lock: held by another process (pid "));
    }

    #[test]
    fn a_directory_that_cannot_be_made_is_named() {
        let error = Store::open(Path::new("/proc/self/meridian-state")).unwrap_err();
        assert!(error.to_string().starts_with("state directory: /proc/self/meridian-state: "), "{error}");
    }

    #[test]
    fn a_file_that_is_no_database_is_refused_and_kept() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("meridian.db");
        std::fs::write(&path, b"this is somebody's shopping list, not a database at all\n").unwrap();
        let error = Store::open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Corrupted { .. }), "{error}");
        assert!(error.to_string().contains("move it aside"), "{error}");
        assert!(std::fs::read(&path).unwrap().starts_with(b"this is somebody's"));
    }

    #[test]
    fn a_damaged_page_is_found_at_opening() {
        let directory = tempfile::tempdir().unwrap();
        let path = Store::open(directory.path()).unwrap().path().to_path_buf();
        let mut bytes = std::fs::read(&path).unwrap();
        assert!(bytes.len() > 8192, "the schema takes more than two pages");
        bytes[4096..8192].fill(0xA5);
        std::fs::write(&path, &bytes).unwrap();
        let error = Store::open(directory.path()).unwrap_err();
        assert!(matches!(error, StoreError::Corrupted { .. }), "{error}");
    }

    #[test]
    fn a_file_of_a_later_meridian_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let store = Store::open(directory.path()).unwrap();
        store.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(store);
        let error = Store::open(directory.path()).unwrap_err();
        let newest = format!("schema version 99 is newer than {}", MIGRATIONS.len());
        assert!(error.to_string().contains(&newest), "{error}");
    }
}
