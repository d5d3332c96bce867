//! The very bytes that a config was made of, for whoever reads them a second time: the files may have changed since.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What was read.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The config file's text.
    pub text: String,
    /// The location databases.
    pub databases: DatabaseFiles,
    /// Every file that was read, by the path that it was read by: config, zones, databases, tables. No private keys.
    pub files: BTreeMap<PathBuf, Arc<[u8]>>,
}

/// The location databases that a config names.
#[derive(Clone, Debug, Default)]
pub struct DatabaseFiles {
    /// `geoip.database`; none: the built-in one.
    pub places: Option<DatabaseFile>,
    /// `geoip.asn`, where it is needed.
    pub numbers: Option<DatabaseFile>,
}

/// A location database as it was read.
#[derive(Clone, Debug)]
pub struct DatabaseFile {
    /// Where it lies.
    pub path: PathBuf,
    /// What it held.
    pub octets: Arc<[u8]>,
    /// SHA-256 of that, in hexadecimal.
    pub sha256: String,
}
