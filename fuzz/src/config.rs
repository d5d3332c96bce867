//! Any text as a config: every problem names its place; and of what loads, whole or without the lines that were refused,
//! one in sixteen is made a picture, which answers every service for everyone from inside its fence.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use meridian::catalog::Catalog;
use meridian::client::{Carrier, Client};
use meridian::config::{Files, Loaded, Problem, load_from};
use meridian::world::{Compiled, Kept, World};

use super::bytes::Bytes;
use super::fences::Fences;
use super::worlds::NOW;
use super::{check, config_text};

/// One case. True when the config loaded, as it is or without the lines that were refused.
pub fn run(data: &[u8]) -> bool {
    let mut luck = Bytes::new(data);
    let is_served = (0..3).map(|_| luck.rarely(16)).last() == Some(true);
    let mut text = config_text::text(data);
    for _ in 0..ROUNDS {
        text = config_text::with_database(text);
        match load(&text) {
            Ok(Loaded { config, warnings, .. }) => {
                warnings.iter().for_each(|warning| names_its_place(&text, warning));
                if is_served {
                    serves(config.catalog);
                }
                return true;
            }
            Err(problems) => text = without(&text, &problems),
        }
    }
    false
}

fn load(text: &str) -> Result<Loaded, Vec<Problem>> {
    static FILES: OnceLock<BTreeMap<PathBuf, Vec<u8>>> = OnceLock::new();
    let mut files = FILES.get_or_init(config_text::files).clone();
    files.insert(CONFIG.into(), text.as_bytes().to_vec());
    load_from(&Files::Memory(files), Path::new(CONFIG))
}

fn names_its_place(text: &str, problem: &Problem) {
    assert!(!problem.what.is_empty() && !problem.to_string().contains('\n'), "{problem}");
    if problem.file == Path::new(CONFIG) {
        let lines = text.split('\n').count();
        assert!(
            (1..=lines).contains(&problem.line) && problem.column > 0,
            "{problem} in a text of {lines} lines"
        );
    }
}

/// The text without the lines that were refused: what a person would do.
fn without(text: &str, problems: &[Problem]) -> String {
    assert!(!problems.is_empty(), "refused without a word");
    assert!(problems.is_sorted(), "sorted by place: {problems:?}");
    problems.iter().for_each(|problem| names_its_place(text, problem));
    let refused: BTreeSet<usize> = problems.iter().map(|problem| problem.line).collect();
    let kept = (1..).zip(text.lines()).filter(|(number, _)| !refused.contains(number));
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
}

fn serves(catalog: Catalog) {
    let compiled = Compiled::new(catalog).expect("what loads, compiles");
    let mut world = World::new(compiled, Kept::default(), NOW);
    let (snapshot, _) = world.publish(NOW);
    let catalog = world.catalog();
    if catalog.regions.len() > 8 || catalog.services.len() > 8 {
        return; // more than the oracle of fences holds
    }
    let fences = Fences::new(catalog);
    let steered = catalog.zones.nodes().filter(|(_, node)| node.service().is_some());
    for (name, address) in steered.flat_map(|(name, _)| CLIENTS.map(|client| (name, client))) {
        let client = Client { address: address.into(), carrier: Carrier::Tcp, limit: u16::MAX };
        let query = [&[0, 7, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0], name.wire(), &[0, 1, 0, 1]].concat();
        let answer = check::ask(&snapshot, &client, &query).expect("a valid query is answered");
        check::inside_the_fence(&fences, &snapshot, &client, &query, &answer);
    }
}

const CONFIG: &str = "meridian.toml";
const ROUNDS: usize = 4;
/// In GB, US, JP, nowhere, and among those that the config may list.
const CLIENTS: [[u8; 4]; 5] =
    [[81, 2, 69, 160], [216, 160, 83, 56], [175, 16, 199, 1], [10, 0, 0, 1], [203, 0, 113, 53]];
