//! A config file, its zones and its databases → what serves. Reads everything, starts nothing.

use std::path::{Path, PathBuf};

use super::document::Document;
use super::files::Files;
use super::origin::Origin;
use super::problem::{Findings, Problem};
use super::reading::Reading;
use super::sections::Sections;
use super::{Config, admin, state, syntax};

/// A config that serves, and what is worth telling about it.
#[derive(Debug)]
pub struct Loaded {
    /// What serves.
    pub config: Config,
    /// Sorted by file and line.
    pub warnings: Vec<Problem>,
    /// The very bytes that it was made of.
    pub origin: Origin,
}

/// Loads the config at `path` from the disk; blocks while it reads. Every problem of config, zones and databases is
/// returned, sorted by file and line.
pub fn load(path: &Path) -> Result<Loaded, Vec<Problem>> {
    load_from(&Files::Disk, path)
}

/// Loads the config at `path` in `files`.
pub fn load_from(files: &Files, path: &Path) -> Result<Loaded, Vec<Problem>> {
    let refused = |what: &dyn std::fmt::Display| vec![Problem::of_file(path.to_owned(), "file", what)];
    let reading = Reading::new(files);
    let text = reading.text(path, LARGEST_CONFIG).map_err(|error| refused(&error))?;
    if text.trim().is_empty() {
        return Err(refused(&"is empty; a config has at least [server] and [zones]"));
    }
    let repaired = syntax::repair(&text);
    let document = Document::parse(path, &text, &repaired);
    let mut findings = Findings::default();
    let config = Sections::read(&document, &reading).load(&reading, &document, &mut findings);
    let Findings { mut problems, mut warnings } = findings.and(document.into_findings());
    problems.sort();
    warnings.sort();
    match config {
        Some((config, databases)) if problems.is_empty() => {
            Ok(Loaded { config, warnings, origin: Origin { text, databases, files: reading.into_read() } })
        }
        _ => Err(problems),
    }
}

/// The admin socket that the config at `path` names. The rest of the file may have mistakes: an operator must still get
/// in.
pub fn admin_socket(path: &Path) -> Result<PathBuf, Problem> {
    let refused = |what: &dyn std::fmt::Display| Problem::of_file(path.to_owned(), "admin.socket", what);
    let text = Files::Disk.text(path, LARGEST_CONFIG).map_err(|error| refused(&error))?;
    let repaired = syntax::repair(&text);
    let document = Document::parse(path, &text, &repaired);
    let admin = document.root().table("admin", admin::read).flatten();
    admin
        .map(|admin| admin.socket)
        .ok_or_else(|| refused(&"is not there; [admin] with socket = \"PATH\", or give --socket PATH"))
}

/// The state directory that the config at `path` names, however many mistakes the rest of the file has; none: the file
/// cannot be read, or what is left of it names none.
#[must_use]
pub fn state_directory(path: &Path) -> Option<PathBuf> {
    let text = Files::Disk.text(path, LARGEST_CONFIG).ok()?;
    let repaired = syntax::repair(&text);
    let document = Document::parse(path, &text, &repaired);
    let state = document.root().table("state", state::read).flatten();
    state.map(|state| state.directory)
}

/// In MiB: some hundred thousand services.
const LARGEST_CONFIG: u64 = 16;
