//! Where texts and databases come from: the disk, or memory (built-in worlds and tests).

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

/// A source of files.
#[derive(Debug)]
pub enum Files {
    /// The file system.
    Disk,
    /// The file system, where one file still holds what it held.
    Except {
        /// The file.
        path: PathBuf,
        /// What it held.
        octets: Arc<[u8]>,
    },
    /// These contents, by path.
    Memory(BTreeMap<PathBuf, Vec<u8>>),
    /// What was accepted once, by path; private keys are the file system's still.
    Accepted(BTreeMap<PathBuf, Arc<[u8]>>),
}

/// Why a file cannot be had: what was found; what is allowed.
#[derive(Debug, Error)]
pub(super) enum FileError {
    #[error("does not exist; a file that can be read")]
    Missing,
    #[error("is a directory; a file")]
    Directory,
    #[error("is a pipe, a socket or a device; a file")]
    NoFile,
    #[error("does not exist; a directory that can be read")]
    MissingDirectory,
    #[error("is no directory; a directory")]
    NoDirectory,
    #[error("has more than {0} MiB; at most {0} MiB")]
    Large(u64),
    #[error("is not UTF-8 at octet {0}; UTF-8 text")]
    NotUtf8(usize),
    #[error("cannot be read: {0}; a file that this user can read")]
    Unreadable(io::Error),
}

impl From<io::Error> for FileError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::IsADirectory => Self::Directory,
            io::ErrorKind::NotADirectory => Self::NoDirectory,
            _ => Self::Unreadable(error),
        }
    }
}

impl Files {
    /// A whole file of at most `mebibytes`.
    pub(super) fn octets(&self, path: &Path, mebibytes: u64) -> Result<Vec<u8>, FileError> {
        let limit = mebibytes << 20;
        let mut octets = Vec::new();
        match self {
            Self::Except { path: held, octets: kept } if held == path => octets = kept.to_vec(),
            Self::Disk | Self::Except { .. } => {
                regular(path)?.take(limit + 1).read_to_end(&mut octets)?;
            }
            Self::Memory(contents) => octets.clone_from(contents.get(path).ok_or(FileError::Missing)?),
            Self::Accepted(contents) => octets = contents.get(path).ok_or(FileError::Missing)?.to_vec(),
        }
        if octets.len() as u64 > limit {
            return Err(FileError::Large(mebibytes));
        }
        Ok(octets)
    }

    /// A whole text of at most `mebibytes`.
    pub(super) fn text(&self, path: &Path, mebibytes: u64) -> Result<String, FileError> {
        let octets = self.octets(path, mebibytes)?;
        String::from_utf8(octets).map_err(|error| FileError::NotUtf8(error.utf8_error().valid_up_to()))
    }

    /// The files in a directory, without those below it, in order.
    pub(super) fn listing(&self, directory: &Path) -> Result<Vec<PathBuf>, FileError> {
        let mut paths = Vec::new();
        match self {
            Self::Disk | Self::Except { .. } => {
                let entries = fs::read_dir(directory).map_err(|error| match error.kind() {
                    io::ErrorKind::NotFound => FileError::MissingDirectory,
                    _ => error.into(),
                })?;
                for entry in entries {
                    let path = entry?.path();
                    if !path.is_dir() {
                        paths.push(path);
                    }
                }
            }
            Self::Memory(contents) => {
                paths.extend(contents.keys().filter(|path| path.parent() == Some(directory)).cloned());
            }
            Self::Accepted(contents) => {
                paths.extend(contents.keys().filter(|path| path.parent() == Some(directory)).cloned());
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Whether every user of the host may read the file.
    pub(super) fn is_public(&self, path: &Path) -> bool {
        match self {
            Self::Disk | Self::Except { .. } => {
                fs::metadata(path).is_ok_and(|found| found.permissions().mode() & READ_BY_OTHERS != 0)
            }
            Self::Memory(_) | Self::Accepted(_) => false,
        }
    }

    /// The path without `..` and symbolic links, to tell what lies inside a directory.
    pub(super) fn real(&self, path: &Path) -> Result<PathBuf, FileError> {
        match self {
            Self::Disk | Self::Except { .. } => Ok(path.canonicalize()?),
            Self::Memory(_) | Self::Accepted(_) => {
                let mut real = PathBuf::new();
                for part in path.components() {
                    match part {
                        Component::ParentDir if real.pop() => {}
                        Component::CurDir => {}
                        part => real.push(part),
                    }
                }
                Ok(real)
            }
        }
    }
}

/// Opens what has an end: to open a pipe waits for somebody who writes, and a reload with it.
fn regular(path: &Path) -> Result<File, FileError> {
    let kind = fs::metadata(path)?.file_type();
    if kind.is_file() || kind.is_dir() { Ok(File::open(path)?) } else { Err(FileError::NoFile) }
}

/// In a file's mode.
const READ_BY_OTHERS: u32 = 0o004;

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixListener;

    use super::*;

    #[test]
    fn what_has_no_end_is_refused_without_a_wait() {
        let directory = tempfile::tempdir().unwrap();
        let (socket, pipe) = (directory.path().join("socket"), directory.path().join("pipe"));
        let _listening = UnixListener::bind(&socket).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for path in [&socket, &pipe, Path::new("/dev/zero")] {
            let refused = Files::Disk.octets(path, 1).unwrap_err().to_string();
            assert_eq!(refused, "is a pipe, a socket or a device; a file", "{}", path.display());
        }
        assert!(matches!(Files::Disk.octets(directory.path(), 1), Err(FileError::Directory)));
    }
}
