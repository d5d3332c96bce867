//! `[state]`: where overrides, verdicts and the audit outlive the process.

use std::path::PathBuf;

use super::section::Section;

/// `[state]` as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The state directory; made where it does not exist.
    pub directory: PathBuf,
}

/// Reads `[state]`.
pub(super) fn read(mut section: Section<'_>) -> Option<State> {
    let directory = section.need("directory", super::item::Item::path);
    section.finish();
    Some(State { directory: directory? })
}
