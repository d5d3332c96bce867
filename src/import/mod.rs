//! Configs of other servers, written as Meridian's: what they say of steering becomes regions and services, what they say
//! of records becomes master files, and what has no equal is listed, never passed over.
//!
//! ```text
//! gdnsd's files ────► gdnsd ───┐
//!                              ├─► draft (regions, services, zones, notes) ─► meridian.toml, zones/
//! Route 53's JSON ──► route53 ─┘
//! ```
//!
//! Refuses to guess: a value that it does not understand is a note with its place, and what depends on it is left out.
#![allow(clippy::disallowed_methods, reason = "an edge: it reads and writes files")]

mod draft;
mod gdnsd;
mod route53;

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

pub use draft::{Draft, Note};

/// Why nothing was written.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A file cannot be read, or not be written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}:{line}: {what}", path.display())]
    Syntax {
        /// Which.
        path: PathBuf,
        /// Counted from 1; 0: the whole.
        line: usize,
        /// What was found and what is allowed.
        what: String,
    },
}

impl ImportError {
    fn file(path: &Path, source: io::Error) -> Self {
        Self::File { path: path.to_owned(), source }
    }
}

/// Reads a gdnsd configuration directory: `config`, `zones/`.
///
/// # Errors
/// A file cannot be read, or is no gdnsd configuration.
pub fn gdnsd(directory: &Path) -> Result<Draft, ImportError> {
    gdnsd::read(directory)
}

/// Reads what `aws route53 list-resource-record-sets` prints for one zone.
///
/// # Errors
/// The file cannot be read, or holds no record sets.
pub fn route53(file: &Path) -> Result<Draft, ImportError> {
    route53::read(file)
}

fn text(path: &Path) -> Result<String, ImportError> {
    std::fs::read_to_string(path).map_err(|source| ImportError::file(path, source))
}
