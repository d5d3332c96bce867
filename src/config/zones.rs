//! `[zones]`: a directory of master files, one a zone, and what they include from inside it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::item::Item;
use super::problem::{Findings, Problem};
use super::reading::Reading;
use super::section::Section;
use crate::zone::{Steered, ZoneFile, Zones};

/// `[zones]` as written.
pub(super) struct Directory<'a> {
    path: PathBuf,
    item: Item<'a>,
}

/// Reads `[zones]`.
pub(super) fn read(mut section: Section<'_>) -> Option<Directory<'_>> {
    let directory =
        section.need("directory", |item| Some(Directory { path: item.path()?, item: item.clone() }));
    section.finish();
    directory
}

impl Directory<'_> {
    /// Reads every zone file and builds the zones with the steered names in them.
    pub(super) fn load(
        &self,
        files: &Reading<'_>,
        steered: &[Steered],
        findings: &mut Findings,
    ) -> Option<Zones> {
        let paths = match files.listing(&self.path) {
            Ok(paths) => paths,
            Err(error) => {
                self.item.refuse(format_args!("{} {error}", self.path.display()));
                return None;
            }
        };
        let (zones, others): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| is_zone_file(path));
        if zones.is_empty() {
            self.item
                .refuse(format_args!("{} holds no zone; a file <origin>.zone for each", self.path.display()));
            return None;
        }
        let count = zones.len();
        let texts: Vec<_> = zones.into_iter().filter_map(|path| zone_file(files, &path, findings)).collect();
        // A service may lie in a zone that could not be read.
        let steered = if texts.len() == count { steered } else { &[] };
        let included = RefCell::new(BTreeSet::new());
        let include = |from: &str, name: &str| self.include(files, from, name, &included);
        let zones = match Zones::build(&texts, &include, steered) {
            Ok((zones, warnings)) => {
                findings.warnings.extend(warnings.into_iter().map(Problem::from));
                Some(zones).filter(|_| texts.len() == count)
            }
            Err(problems) => {
                findings.problems.extend(problems.into_iter().map(Problem::from));
                None
            }
        };
        warn_of_ignored(others, &included.into_inner(), findings);
        zones
    }

    /// A file that a zone file includes: relative to it, and inside the directory.
    fn include(
        &self,
        files: &Reading<'_>,
        from: &str,
        name: &str,
        included: &RefCell<BTreeSet<PathBuf>>,
    ) -> Result<ZoneFile, String> {
        let path = Path::new(from).parent().unwrap_or(&self.path).join(name);
        let inside = files.real(&path).and_then(|path| Ok(path.starts_with(files.real(&self.path)?)));
        if !inside.map_err(|error| error.to_string())? {
            return Err(format!("it lies outside {}; a file inside it", self.path.display()));
        }
        let text = files.text(&path, LARGEST_ZONE).map_err(|error| error.to_string())?;
        let file = path.display().to_string().into();
        included.borrow_mut().insert(path);
        Ok(ZoneFile { file, text })
    }
}

/// `.zone` is the root's; other files that begin with a dot are an editor's or a mount's.
fn is_zone_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    name.is_some_and(|name| name == ".zone" || (name.ends_with(".zone") && !name.starts_with('.')))
}

fn zone_file(files: &Reading<'_>, path: &Path, findings: &mut Findings) -> Option<ZoneFile> {
    match files.text(path, LARGEST_ZONE) {
        Ok(text) => Some(ZoneFile { file: path.display().to_string().into(), text }),
        Err(error) => {
            findings.problems.push(Problem::of_file(path.to_owned(), "file", error));
            None
        }
    }
}

fn warn_of_ignored(others: Vec<PathBuf>, included: &BTreeSet<PathBuf>, findings: &mut Findings) {
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    for path in others.into_iter().filter(|path| !hidden(path) && !included.contains(path)) {
        let what = "ignored: not the name of a zone file; <origin>.zone";
        findings.warnings.push(Problem::of_file(path, "file", what));
    }
}

/// In MiB: some four million records.
const LARGEST_ZONE: u64 = 256;
