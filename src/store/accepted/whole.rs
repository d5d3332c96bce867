//! Files that are there whole or not at all, also after a crash: written beside their place, synced, renamed into it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Writes a file for its owner alone. It has its name for good when its directory is synced.
pub(super) fn write(path: &Path, octets: &[u8]) -> io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".new");
    let beside = path.with_file_name(name);
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
    let written = file.write_all(octets).and_then(|()| file.sync_all());
    if let Err(error) = written.and_then(|()| fs::rename(&beside, path)) {
        let _not_there = fs::remove_file(&beside);
        return Err(error);
    }
    Ok(())
}

/// Puts the names in a directory on the disk.
pub(super) fn sync(directory: &Path) -> io::Result<()> {
    File::open(directory)?.sync_all()
}

/// Whether a file is there with this SHA-256 in hexadecimal; read piece by piece, since it may be a location database.
pub(super) fn holds(path: &Path, sha256: &str) -> bool {
    let mut hash = Sha256::new();
    let read = File::open(path).and_then(|mut file| io::copy(&mut file, &mut hash));
    read.is_ok() && hexadecimal(&hash.finalize()) == sha256
}

/// Octets in hexadecimal.
pub(super) fn hexadecimal(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}
