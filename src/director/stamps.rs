//! What tells that a file has changed without reading it.

use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// Of each of some files, when it was written and how long it is; none where it cannot be had.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamps(Vec<Option<(SystemTime, u64)>>);

impl Stamps {
    /// As the files are now; blocks.
    pub(super) fn of<'a>(files: impl IntoIterator<Item = &'a Path>) -> Self {
        let stamp = |path: &Path| {
            let metadata = fs::metadata(path).ok()?;
            Some((metadata.modified().ok()?, metadata.len()))
        };
        Self(files.into_iter().map(stamp).collect())
    }

    /// Whether every file could be had.
    pub(super) fn are_whole(&self) -> bool {
        self.0.iter().all(Option::is_some)
    }
}
