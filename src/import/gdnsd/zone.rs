//! gdnsd's zone files: RFC 1035 master files with DYNA records, which become services.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::resource::Resource;
use crate::import::draft::{Draft, Service};
use crate::import::{ImportError, text};

/// Reads every zone of a directory; a file's name is its origin, `@` for `/`.
pub(super) fn read_all(
    directory: &Path,
    resources: &BTreeMap<String, Resource>,
    draft: &mut Draft,
) -> Result<(), ImportError> {
    let fault = |source| ImportError::file(directory, source);
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory).map_err(fault)? {
        paths.push(entry.map_err(fault)?.path());
    }
    paths.sort();
    for path in paths.iter().filter(|path| path.is_file()) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let origin = name.replace('@', "/").trim_end_matches('.').to_owned();
        let mut zone = Zone {
            place: format!("zones/{name}"),
            at: origin.clone(),
            owner: origin.clone(),
            kept: String::new(),
        };
        for (number, line) in (1..).zip(text(path)?.lines()) {
            zone.line(number, line, resources, draft);
        }
        draft.zones.insert(origin, zone.kept);
    }
    Ok(())
}

/// A zone while it is read.
struct Zone {
    place: String,
    /// What relative names are relative to.
    at: String,
    /// The owner of the last record.
    owner: String,
    kept: String,
}

impl Zone {
    fn line(&mut self, number: usize, line: &str, resources: &BTreeMap<String, Resource>, draft: &mut Draft) {
        let bare = line.split(';').next().unwrap_or_default();
        let words: Vec<&str> = bare.split_whitespace().collect();
        match words.first() {
            Some(&"$ORIGIN") => self.at = words.get(1).map_or_else(String::new, |name| self.absolute(name)),
            Some(name) if !name.starts_with('$') && !bare.starts_with(char::is_whitespace) => {
                self.owner = self.absolute(name);
            }
            _ => {}
        }
        let Some(at) = words.iter().position(|word| matches!(*word, "DYNA" | "DYNC")) else {
            self.kept += line;
            self.kept.push('\n');
            return;
        };
        let place = format!("{}:{number}", self.place);
        let named = words.get(at + 1).copied().unwrap_or_default();
        match resources.get(named).filter(|_| words[at] == "DYNA") {
            Some(resource) if !resource.regions.is_empty() => {
                let ttl = words[..at].iter().rev().find_map(|word| ttl(word));
                if ttl.is_none() {
                    draft.note(&place, "no TTL of its own: 43200 to 86400 s, as gdnsd's default");
                }
                draft.services.push(Service {
                    name: self.owner.clone(),
                    regions: resource.regions.clone(),
                    strategy: resource.strategy.clone(),
                    ttl: ttl.unwrap_or((43_200, 86_400)),
                });
            }
            Some(_) => draft.note(place, format!("{named} has no region with an address; left out")),
            None => draft.note(place, format!("{} {named} is not carried; left out", words[at])),
        }
    }

    fn absolute(&self, name: &str) -> String {
        match name {
            "@" => self.at.clone(),
            name => name.strip_suffix('.').map_or_else(|| format!("{name}.{}", self.at), str::to_owned),
        }
        .to_ascii_lowercase()
    }
}

/// `600` or `600/300`: the most, and the least, which is half of it where it is not said.
fn ttl(word: &str) -> Option<(u32, u32)> {
    let (most, least) = word.split_once('/').map_or((word, None), |(most, least)| (most, Some(least)));
    let most: u32 = seconds(most)?;
    let least = least.map_or(Some(most / 2), seconds)?;
    Some((least.clamp(1, most.max(1)), most.max(1)))
}

/// `90`, `5m`, `1h`, `2d`, `1w`
fn seconds(word: &str) -> Option<u32> {
    let unit = match word.chars().last()?.to_ascii_lowercase() {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return word.parse().ok(),
    };
    word[..word.len() - 1].parse::<u32>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ttl_is_its_most_and_half_of_it_where_no_least_is_said() {
        assert_eq!(ttl("600"), Some((300, 600)));
        assert_eq!(ttl("600/30"), Some((30, 600)));
        assert_eq!(ttl("1h/5m"), Some((300, 3_600)));
        assert_eq!(ttl("IN"), None);
        assert_eq!(ttl("1"), Some((1, 1)));
    }
}
