//! The list of a generation's files, as text: a line each, and an end that holds the hash of all before it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::Generation;
use super::whole::hexadecimal;

/// What a generation is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Manifest {
    pub(super) at: u64,
    /// The config file, as it was named.
    pub(super) config: PathBuf,
    /// The same from the root, by which it is found again.
    pub(super) place: PathBuf,
    /// SHA-256 of each file, in hexadecimal.
    pub(super) files: BTreeMap<PathBuf, String>,
}

impl Manifest {
    pub(super) fn of(generation: &Generation) -> Self {
        let config = generation.config.clone();
        let place = std::path::absolute(&config).unwrap_or_else(|_| config.clone());
        let files = generation.files.iter().map(|(path, octets)| (path.clone(), hex(octets)));
        Self { at: generation.at, config, place, files: files.collect() }
    }

    /// Whether both would be read alike, whenever they were accepted.
    pub(super) fn same_files(&self, other: &Self) -> bool {
        (&self.config, &self.place, &self.files) == (&other.config, &other.place, &other.files)
    }

    pub(super) fn encode(&self) -> String {
        let mut text = String::from(HEAD);
        let mut line = |word: &str, rest: &str| {
            writeln!(text, "{word} {}", rest.replace('\\', "\\\\").replace('\n', "\\n"))
                .expect("a String takes it");
        };
        line("at", &self.at.to_string());
        line("config", &self.config.to_string_lossy());
        line("place", &self.place.to_string_lossy());
        for (path, sha256) in &self.files {
            line(sha256, &path.to_string_lossy());
        }
        let end = hex(text.as_bytes());
        text + "end " + &end + "\n"
    }

    /// None: it is not whole, or of a later form.
    pub(super) fn decode(text: &str) -> Option<Self> {
        let (body, end) = text.strip_suffix('\n')?.rsplit_once("end ")?;
        if hex(body.as_bytes()) != end {
            return None;
        }
        let mut fields = body.strip_prefix(HEAD)?.lines().map(|line| {
            let (word, rest) = line.split_once(' ')?;
            Some((word, unescaped(rest)))
        });
        let mut field = |name: &str| fields.next()?.filter(|(word, _)| *word == name).map(|(_, rest)| rest);
        let at = field("at")?.parse().ok()?;
        let (config, place) = (field("config")?.into(), field("place")?.into());
        let files = fields.map(|field| field.map(|(sha256, path)| (path.into(), sha256.to_owned())));
        Some(Self { at, config, place, files: files.collect::<Option<_>>()? })
    }
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next().map(|next| if next == 'n' { '\n' } else { next })),
            character => plain.push(character),
        }
    }
    plain
}

/// SHA-256 in hexadecimal.
pub(super) fn hex(octets: &[u8]) -> String {
    hexadecimal(&Sha256::digest(octets))
}

const HEAD: &str = "meridian accepted 1\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_any_shape_come_back() {
        let paths = ["plain", "two words", "line\nbreak", "back\\slash\\n", "end deadbeef"];
        let files = paths.map(|path| (PathBuf::from(path), hex(path.as_bytes())));
        let manifest =
            Manifest { at: 7, config: "a b".into(), place: "/x\n/a b".into(), files: files.into() };
        assert_eq!(Manifest::decode(&manifest.encode()), Some(manifest));
    }
}
