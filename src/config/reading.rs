//! Files as one load reads them: each is noted with what it held, for whoever keeps what was accepted.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::files::{FileError, Files};

/// A source of files, and what was read from it so far.
#[derive(Debug)]
pub(super) struct Reading<'f> {
    files: &'f Files,
    read: RefCell<BTreeMap<PathBuf, Arc<[u8]>>>,
}

impl<'f> Reading<'f> {
    /// Nothing is read yet.
    pub(super) const fn new(files: &'f Files) -> Self {
        Self { files, read: RefCell::new(BTreeMap::new()) }
    }

    /// A whole file of at most `mebibytes`.
    pub(super) fn octets(&self, path: &Path, mebibytes: u64) -> Result<Arc<[u8]>, FileError> {
        let octets: Arc<[u8]> = self.files.octets(path, mebibytes)?.into();
        self.read.borrow_mut().insert(path.to_owned(), Arc::clone(&octets));
        Ok(octets)
    }

    /// A private key, or what belongs to one: never noted, so never copied, and always the file system's where there is one.
    pub(super) fn secret(&self, path: &Path, mebibytes: u64) -> Result<Vec<u8>, FileError> {
        match self.files {
            Files::Accepted(_) => Files::Disk.octets(path, mebibytes),
            files => files.octets(path, mebibytes),
        }
    }

    /// A whole text of at most `mebibytes`.
    pub(super) fn text(&self, path: &Path, mebibytes: u64) -> Result<String, FileError> {
        let octets = self.octets(path, mebibytes)?;
        let text = std::str::from_utf8(&octets).map_err(|error| FileError::NotUtf8(error.valid_up_to()))?;
        Ok(text.to_owned())
    }

    /// The files in a directory, without those below it, in order.
    pub(super) fn listing(&self, directory: &Path) -> Result<Vec<PathBuf>, FileError> {
        self.files.listing(directory)
    }

    /// Whether every user of the host may read the file.
    pub(super) fn is_public(&self, path: &Path) -> bool {
        self.files.is_public(path)
    }

    /// The path without `..` and symbolic links, to tell what lies inside a directory.
    pub(super) fn real(&self, path: &Path) -> Result<PathBuf, FileError> {
        self.files.real(path)
    }

    /// Everything that was read, by path.
    pub(super) fn into_read(self) -> BTreeMap<PathBuf, Arc<[u8]>> {
        self.read.into_inner()
    }
}
