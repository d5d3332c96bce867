//! Scenarios: a world, what happens to it, and what `dig` is told then, word for word with TTL and scope.
//!
//! A file `NAME.scenario` has parts. Each part before the last is a file of the world (`--- meridian.toml`,
//! `--- zones/example.com.zone`); a scenario without them plays in the sample that ships with the repository. The last
//! part, `--- questions`, is a script: one step a line, below it, indented, all that is expected of it.
//!
//! | step | does |
//! |---|---|
//! | `ask WORDS…` | asks with these words of dig: `answer()`, then a server over UDP and TCP; `ask udp`, `ask tcp`: one carrier |
//! | `down REGION…`, `up REGION…` | as many failed or passed rounds as flip every endpoint |
//! | `fail REGION [ROUNDS]`, `pass REGION [ROUNDS]` | rounds of all its endpoints |
//! | `endpoint REGION ADDRESS down\|up` | flips one endpoint |
//! | `drain REGION DURATION [SERVICE]`, `undrain REGION [SERVICE]` | an operator's word, judged by the safety rules |
//! | `drain REGION,REGION DURATION` | several regions in one act, of any kind |
//! | `force REGION up\|down DURATION [SERVICE]`, `unforce REGION [SERVICE]` | the same |
//! | `drain REGION DURATION [SERVICE] over SPAN` | the share goes evenly, and all of it after SPAN |
//! | `canary REGION SHARE DURATION [SERVICE]`, `uncanary REGION [SERVICE]` | the same |
//! | `load SERVICE RATE` | it is asked so many times a second |
//! | `push REGION WORD… for DURATION by SOURCE` | a machine's word: `drain`, `down`, `up`, `weight=N`, `load=X`, `sequence=N` |
//! | `after DURATION` | time passes, second by second |
//! | `reload FILE` | another file of the scenario becomes the config |
//!
//! An answer is written as dig prints it: status and flags, what is unusual about its OPT, scope, then the records. Steps
//! that change the world tell their events. Where something else comes, the whole scenario as it was played is left in
//! the test's scratch directory, for a person to read and to take over if it is right.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]
#![allow(clippy::disallowed_methods, reason = "tests read clocks")]

mod carriers;
mod dig;
mod script;
mod stage;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use script::Script;
use stage::Stage;

/// One test for each file, and a check that no file is left out.
macro_rules! scenarios {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            play(stringify!($name));
        })*

        #[test]
        fn every_scenario_is_played() {
            let listed = BTreeSet::from([$(concat!(stringify!($name), ".scenario").to_owned()),*]);
            assert_eq!(files(), listed, "list new files in tests/scenarios/main.rs");
        }
    };
}

scenarios! {
    budget
    edns
    drains
    endpoints
    failover
    families
    groups
    latency
    moves
    nearest
    operator
    policies
    portions
    pushes
    reload
    rules
    safety
    spill
    strategies
    targets
    zones
}

fn files() -> BTreeSet<String> {
    let entries = std::fs::read_dir(directory()).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.ends_with(".scenario")).collect()
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios")
}

/// Plays one scenario to its end; fails with every step that went otherwise.
fn play(name: &str) {
    let path = directory().join(name).with_extension("scenario");
    let text = std::fs::read_to_string(&path).unwrap();
    let script = Script::read(&text).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    let mut stage = Stage::new(&script).unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
    let mut told = String::new();
    let mut played = Vec::new();
    for step in &script.steps {
        let outcome = stage.play(step);
        for differs in &outcome.differs {
            let expected = step.expected.join("\n    ");
            let _ = writeln!(
                told,
                "{}:{}: {}\n{differs}\n  expected\n    {expected}",
                path.display(),
                step.line,
                step.text
            );
        }
        played.push(outcome.lines);
    }
    if !told.is_empty() {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.scenario"));
        std::fs::write(&kept, script.as_played(&played)).unwrap();
        panic!("\n{told}\nas it was played: {}", kept.display());
    }
}
