//! One process a state directory: an exclusive lock on `meridian.lock`, which the kernel drops when the holder dies.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::error::StoreError;

/// The lock, held until dropped.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

impl Lock {
    /// Creates `directory` (mode 0750) where it is missing, and takes its lock without waiting.
    pub(super) fn take(directory: &Path) -> Result<Self, StoreError> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o750)
            .create(directory)
            .map_err(|source| StoreError::Directory { path: directory.to_path_buf(), source })?;
        let path = directory.join("meridian.lock");
        let fault = |source| StoreError::Directory { path: path.clone(), source };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o640)
            .open(&path)
            .map_err(fault)?;
        match file.try_lock() {
            Ok(()) => sign(&mut file).map_err(fault)?,
            Err(TryLockError::WouldBlock) => {
                let pid = holder(&mut file);
                return Err(StoreError::Held { path, pid });
            }
            Err(TryLockError::Error(source)) => return Err(fault(source)),
        }
        Ok(Self { _file: file })
    }
}

/// Leaves our process number, for the message of the next one who tries.
fn sign(file: &mut File) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
