//! What was accepted last: the very files that a load which serves was made of, kept beside the state for a start that
//! finds the newest ones broken.
//!
//! ```text
//! accepted/generation-7          what was read: SHA-256, path; an end that shows it is whole
//! accepted/generation-8
//! accepted/files/<SHA-256>       what was in it, once however many generations hold it
//! ```
//!
//! A generation is whole or not there: files are written and synced first, then the manifest, each beside its place and
//! renamed into it. Two whole generations are kept; what neither names is removed after the newer one is there. The
//! directory is for its owner alone, since cookie secrets are in it; private keys of TLS are not.

mod manifest;
mod whole;

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use manifest::{Manifest, hex};

/// Where generations are kept.
#[derive(Clone, Debug)]
pub struct Accepted {
    directory: PathBuf,
}

/// The files of one load that served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generation {
    /// The config file, as it was named.
    pub config: PathBuf,
    /// Unix seconds at which it was accepted.
    pub at: u64,
    /// Every file, by the path that it was read by.
    pub files: BTreeMap<PathBuf, Arc<[u8]>>,
}

/// A generation could not be written. Those that are there are as they were.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {source}; what is served now would not be there for a start with broken files")]
pub struct NotKept {
    path: PathBuf,
    source: io::Error,
}

impl Accepted {
    /// Below this state directory.
    #[must_use]
    pub fn at(state: &Path) -> Self {
        Self { directory: state.join("accepted") }
    }

    /// Keeps a generation, unless the newest one holds the same. Blocks while it writes.
    ///
    /// # Errors
    /// The disk does not take it.
    pub fn keep(&self, generation: &Generation) -> Result<(), NotKept> {
        let manifest = Manifest::of(generation);
        let kept = self.manifests();
        if kept.first().is_some_and(|(_, newest)| newest.same_files(&manifest)) {
            return Ok(());
        }
        let number = kept.first().map_or(1, |(number, _)| number + 1);
        self.write(&manifest, generation, number)?;
        self.prune();
        Ok(())
    }

    /// The newest whole generation of this config file.
    #[must_use]
    pub fn newest(&self, config: &Path) -> Option<Generation> {
        let config = std::path::absolute(config).ok()?;
        let mut kept = self.manifests().into_iter().filter(|(_, manifest)| manifest.place == config);
        kept.find_map(|(_, manifest)| self.read(&manifest))
    }

    fn write(&self, manifest: &Manifest, generation: &Generation, number: u64) -> Result<(), NotKept> {
        let files = self.files();
        let fault = |path: &Path| {
            let path = path.to_owned();
            move |source| NotKept { path, source }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(&files).map_err(fault(&files))?;
        for (path, sha256) in &manifest.files {
            let Some(octets) = generation.files.get(path) else { continue };
            let place = files.join(sha256);
            if !whole::holds(&place, sha256) {
                whole::write(&place, octets).map_err(fault(&place))?;
            }
        }
        whole::sync(&files).map_err(fault(&files))?;
        let place = self.directory.join(format!("{PREFIX}{number}"));
        whole::write(&place, manifest.encode().as_bytes()).map_err(fault(&place))?;
        whole::sync(&self.directory).map_err(fault(&self.directory))
    }

    /// Those that can be read, the newest first.
    fn manifests(&self) -> Vec<(u64, Manifest)> {
        let entries = fs::read_dir(&self.directory).into_iter().flatten().filter_map(Result::ok);
        let numbered = entries.filter_map(|entry| {
            let number = entry.file_name().to_str()?.strip_prefix(PREFIX)?.parse().ok()?;
            Some((number, Manifest::decode(&fs::read_to_string(entry.path()).ok()?)?))
        });
        let mut all: Vec<(u64, Manifest)> = numbered.collect();
        all.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
        all
    }

    /// A generation with its files; none: one is missing or is not what it was.
    fn read(&self, manifest: &Manifest) -> Option<Generation> {
        let mut files = BTreeMap::new();
        for (path, sha256) in &manifest.files {
            let octets = fs::read(self.files().join(sha256)).ok().filter(|octets| hex(octets) == *sha256)?;
            files.insert(path.clone(), octets.into());
        }
        Some(Generation { config: manifest.config.clone(), at: manifest.at, files })
    }

    fn is_whole(&self, manifest: &Manifest) -> bool {
        manifest.files.values().all(|sha256| whole::holds(&self.files().join(sha256), sha256))
    }

    /// Removes all but the newest whole generations, and the files that none of these names.
    fn prune(&self) {
        let all = self.manifests();
        let whole = all.iter().filter(|(_, manifest)| self.is_whole(manifest)).take(KEPT);
        let kept: Vec<&(u64, Manifest)> = whole.collect();
        let numbers: Vec<String> = kept.iter().map(|(number, _)| format!("{PREFIX}{number}")).collect();
        let named: Vec<&String> = kept.iter().flat_map(|(_, manifest)| manifest.files.values()).collect();
        remove_but(&self.directory, |name| name == FILES || numbers.iter().any(|kept| kept == name));
        remove_but(&self.files(), |name| named.iter().any(|kept| *kept == name));
    }

    fn files(&self) -> PathBuf {
        self.directory.join(FILES)
    }
}

/// What cannot be removed now is removed the next time.
fn remove_but(directory: &Path, kept: impl Fn(&str) -> bool) {
    for entry in fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok) {
        if !entry.file_name().to_str().is_some_and(&kept) {
            let _next_time = fs::remove_file(entry.path());
        }
    }
}

const PREFIX: &str = "generation-";
const FILES: &str = "files";
/// The one that serves, and the one before it.
const KEPT: usize = 2;

#[cfg(test)]
mod tests {
    use super::*;

    fn generation(at: u64, zone: &str) -> Generation {
        let file = |path: &str, text: &str| (PathBuf::from(path), Arc::from(text.as_bytes()));
        let files = BTreeMap::from([file("etc/m.toml", "[server]\n"), file("etc/zones/a b.zone", zone)]);
        Generation { config: "etc/m.toml".into(), at, files }
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_newest_comes_back_to_the_octet_and_only_for_its_config() {
        let state = tempfile::tempdir().unwrap();
        let accepted = Accepted::at(state.path());
        assert_eq!(accepted.newest(Path::new("etc/m.toml")), None);
        accepted.keep(&generation(1, "one")).unwrap();
        accepted.keep(&generation(2, "two\n\0")).unwrap();
        assert_eq!(accepted.newest(Path::new("etc/m.toml")), Some(generation(2, "two\n\0")));
        assert_eq!(accepted.newest(Path::new("etc/other.toml")), None);
    }

    #[test]
    fn two_generations_are_kept_and_the_same_one_is_not_written_again() {
        let state = tempfile::tempdir().unwrap();
        let accepted = Accepted::at(state.path());
        for (at, zone) in [(1, "one"), (2, "two"), (3, "two"), (4, "three")] {
            accepted.keep(&generation(at, zone)).unwrap();
        }
        assert_eq!(names(&accepted.directory), ["files", "generation-2", "generation-3"]);
        assert_eq!(names(&accepted.files()).len(), 3, "the config once, two zones");
    }

    #[test]
    fn a_damaged_generation_gives_way_to_the_one_before_it() {
        let state = tempfile::tempdir().unwrap();
        let accepted = Accepted::at(state.path());
        accepted.keep(&generation(1, "one")).unwrap();
        accepted.keep(&generation(2, "two")).unwrap();
        let newest = || accepted.newest(Path::new("etc/m.toml")).map(|kept| kept.at);
        fs::write(accepted.files().join(hex(b"two")), "tw").unwrap();
        assert_eq!(newest(), Some(1), "a file was cut");
        accepted.keep(&generation(3, "three")).unwrap();
        assert_eq!(names(&accepted.directory), ["files", "generation-1", "generation-3"], "whole ones stay");
        let manifest = accepted.directory.join("generation-3");
        let text = fs::read_to_string(&manifest).unwrap();
        for cut in 0..text.len() {
            fs::write(&manifest, &text[..cut]).unwrap();
            assert_eq!(newest(), Some(1), "a manifest cut at {cut}");
        }
        fs::write(&manifest, "").unwrap();
        fs::remove_file(accepted.directory.join("generation-1")).unwrap();
        assert_eq!(newest(), None);
    }

    #[test]
    fn what_cannot_be_written_says_where() {
        let state = tempfile::tempdir().unwrap();
        fs::write(state.path().join("accepted"), "in the way").unwrap();
        let said = Accepted::at(state.path()).keep(&generation(1, "one")).unwrap_err().to_string();
        assert!(said.contains("accepted/files: "), "{said}");
    }
}
