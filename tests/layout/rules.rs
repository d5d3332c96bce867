//! The rules of the house: floors, what the core may not name, and the home of each outside crate.

use super::source::{Named, code_only, paths};

/// Bottom first. A module uses floors below its own; modules of one floor do not use each other. `prove` stands above
/// `answer`: it sends query bytes through it.
const FLOORS: [&[&str]; 15] = [
    &["now", "client", "limits"],
    &["geo"],
    &["region"],
    &["health"],
    &["steer"],
    &["zone"],
    &["catalog"],
    &["snapshot"],
    &["answer"],
    &["world", "prove", "guard"],
    &["metrics", "clock", "certificate", "fetch"],
    &["config", "probe", "dns", "admin", "store", "demo", "handover", "process", "hooks", "import"],
    &["director"],
    &["cli"],
    &["lib", "main"],
];

/// The highest floor that decides; above it, things are done.
const CORE_TOP: &str = "world";

/// What deciding code never names, and why.
const BANNED: [(&[&str], &str); 17] = [
    (&["tokio"], "the core never awaits"),
    (&["Instant", "now"], "time arrives as an argument, `Now`"),
    (&["SystemTime"], "time arrives as an argument, `Now`"),
    (&["std", "fs"], "edges read files and hand over bytes"),
    (&["std", "env"], "only cli/ reads the environment"),
    (&["std", "thread"], "the director starts what runs"),
    (&["std", "process"], "only main ends the process"),
    (&["UdpSocket"], "edges hold the sockets"),
    (&["TcpStream"], "edges hold the sockets"),
    (&["TcpListener"], "edges hold the sockets"),
    (&["tracing"], "edges log; the core returns reasons"),
    (&["log"], "edges log; the core returns reasons"),
    (&["metrics"], "edges count; the core returns reasons"),
    (&["Mutex"], "one task writes, readers share a Snapshot"),
    (&["RwLock"], "one task writes, readers share a Snapshot"),
    (&["rand"], "decisions are repeatable"),
    (&["fastrand"], "decisions are repeatable"),
];

/// A file `dns/batch.rs` or a folder.
const UNSAFE_HOME: &str = "dns/batch";

/// An outside crate and the only places in `src/` that may name it.
#[derive(Debug)]
pub(crate) struct Home {
    pub(crate) name: String,
    pub(crate) places: Vec<String>,
}

/// The homes that `Cargo.toml` states: a dependency whose comment begins with paths of `src/`, as `# geo/: why`.
pub(crate) fn homes(manifest: &str) -> Vec<Home> {
    let section = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    section.filter_map(home).collect()
}

fn home(line: &str) -> Option<Home> {
    let (dependency, comment) = line.split_once('#')?;
    let places: Vec<String> = comment
        .split(';')
        .filter_map(|part| part.split_once(": "))
        .flat_map(|(places, _)| places.split(','))
        .flat_map(|places| places.split(" and "))
        .map(|place| place.trim().to_owned())
        .collect();
    let stated = |place: &String| place.ends_with('/') || place.ends_with(".rs");
    (!places.is_empty() && places.iter().all(stated))
        .then(|| Home { name: dependency.split(['=', ' ']).next().unwrap_or("").replace('-', "_"), places })
}

/// What breaks a rule in `text`, the file at `place` below `src/`: one line each, with the reason. Test modules may
/// use what they like, those in a `tests.rs` of their own too.
pub(crate) fn violations(place: &str, text: &str, homes: &[Home]) -> Vec<String> {
    let mut broken = Vec::new();
    if !text.starts_with("//!") {
        broken.push(format!("src/{place}:1: the file does not open with `//!`: its job and its limits"));
    }
    let module = module_of(place);
    let Some(floor) = floor_of(module) else {
        broken
            .push(format!("src/{place}:1: {module} has no floor; add it to FLOORS in tests/layout/rules.rs"));
        return broken;
    };
    for (line, code) in code_only(text).lines().enumerate() {
        let named = code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == "unsafe");
        if named && !at_home(place, UNSAFE_HOME) {
            broken.push(format!("src/{place}:{}: `unsafe`; its one home is src/{UNSAFE_HOME}", line + 1));
        }
    }
    if place.ends_with("/tests.rs") {
        return broken;
    }
    for named in paths(text) {
        let why = across_floors(place, floor, &named.path)
            .or_else(|| banned(floor, &named.path))
            .or_else(|| far_from_home(place, &named.path, homes));
        let Named { line, path } = named;
        broken.extend(why.map(|why| format!("src/{place}:{line}: `{}`: {why}", path.join("::"))));
    }
    broken
}

fn module_of(place: &str) -> &str {
    place.split('/').next().unwrap_or(place).trim_end_matches(".rs")
}

fn floor_of(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

fn across_floors(place: &str, floor: usize, path: &[String]) -> Option<String> {
    let other = used_module(place, path)?;
    if other == module_of(place) {
        return None;
    }
    let theirs = floor_of(other)?;
    if theirs < floor {
        return None;
    }
    Some(format!(
        "{} may use only floors below it, and {other} is {}",
        module_of(place),
        if theirs == floor { "on the same one" } else { "above it" }
    ))
}

/// The module of the crate's root that a path leads to, by `crate::` or by enough `super::`.
fn used_module<'a>(place: &str, path: &'a [String]) -> Option<&'a str> {
    if path[0] == "crate" {
        return path.get(1).map(String::as_str);
    }
    let supers = path.iter().take_while(|segment| *segment == "super").count();
    let depth = place.trim_end_matches(".rs").trim_end_matches("/mod").split('/').count();
    (supers == depth).then(|| path.get(supers).map(String::as_str)).flatten()
}

fn banned(floor: usize, path: &[String]) -> Option<String> {
    if Some(floor) > floor_of(CORE_TOP) || path[0] == "crate" {
        return None;
    }
    BANNED.iter().find_map(|(name, why)| {
        // A crate is named by a path's first segment and never alone: `log` alone is a local name.
        let met = match name {
            [one] if one.chars().all(char::is_lowercase) => path.len() > 1 && path[0] == *one,
            _ => path.windows(name.len()).any(|part| part == *name),
        };
        met.then(|| format!("the core decides; {why}"))
    })
}

fn far_from_home(place: &str, path: &[String], homes: &[Home]) -> Option<String> {
    let home = homes.iter().find(|home| path.len() > 1 && home.name == path[0])?;
    let lives = |allowed: &String| at_home(place, allowed.trim_end_matches('/').trim_end_matches(".rs"));
    (!home.places.iter().any(lives))
        .then(|| format!("the crate {} lives in {} (Cargo.toml)", home.name, home.places.join(", ")))
}

/// Whether `place` is the module `home`: its file, or a file of its folder.
fn at_home(place: &str, home: &str) -> bool {
    place.strip_prefix(home).is_some_and(|rest| rest == ".rs" || rest.starts_with('/'))
}
