//! Why the store refuses, with the file and what to do about it.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why the state cannot be opened, read or written. After a failed write the state is what it was before.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The directory, or a file in it, cannot be created or opened.
    #[error("state directory: {path}: {source}; it must be a directory that this user may write to")]
    Directory {
        /// The directory or file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process works on this directory.
    #[error(
        "{path}: held by another process{}; stop it, or give this one its own [state] directory",
        pid.map(|pid| format!(" (pid {pid})")).unwrap_or_default()
    )]
    Held {
        /// The lock file.
        path: PathBuf,
        /// Who wrote its number into the lock file.
        pid: Option<u32>,
    },
    /// The file is no state file, or a damaged one. It is left as it is.
    #[error(
        "{path}: damaged or not a Meridian state file: {what}; it is left untouched: restore a copy, or move it aside \
         and start again without its overrides and history"
    )]
    Corrupted {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// A later Meridian wrote the file.
    #[error(
        "{path}: schema version {found} is newer than {known}, which this Meridian knows; run the newer one"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The file's version.
        found: u32,
        /// The newest version known here.
        known: u32,
    },
    /// No space is left for the write.
    #[error("{path}: the disk is full (ENOSPC): {what}; nothing was changed")]
    Full {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        what: String,
    },
    /// The file system does not let us write.
    #[error("{path}: read-only (EROFS or EACCES): {what}; nothing was changed")]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        what: String,
    },
    /// Another fault of the disk or of SQLite.
    #[error("{path}: {what}; nothing was changed")]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        what: String,
    },
    /// An event chain does not match its hashes.
    #[error("{path}: {suspect}")]
    Broken {
        /// The file.
        path: PathBuf,
        /// Where the chain breaks.
        suspect: Suspect,
    },
    /// The store's thread has ended.
    #[error("the store has stopped; nothing was changed")]
    Stopped,
}

/// Where a chain of events does not match its hashes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Suspect {
    /// A row is not what was written, or its predecessor is not.
    #[error("event {id} of the {chain} chain was changed, or one before it was removed")]
    Row {
        /// `audit` or `transition`.
        chain: &'static str,
        /// The first row that does not match.
        id: u64,
    },
    /// The last rows are gone.
    #[error("the {chain} chain ends early: its last events were removed")]
    End {
        /// `audit` or `transition`.
        chain: &'static str,
    },
}

impl StoreError {
    /// The error of a fault met on the file at `path`.
    pub(super) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_path_buf();
        let what = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full { path, what },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path, what },
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Corrupted { path, what },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Held { path, pid: None },
            _ => Self::Failed { path, what },
        }
    }
}
