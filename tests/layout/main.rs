//! Reads `src/` and fails on an import across floors, a clock or a socket in the core, a crate away from its home,
//! `unsafe` outside its one file, or a file that does not say what it is for.

#![allow(clippy::unwrap_used)] // every line here is a test

mod rules;
mod source;

use std::path::{Path, PathBuf};

use rules::{homes, violations};

const MANIFEST: &str = include_str!("../../Cargo.toml");

/// Every Rust file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .collect()
}

#[test]
fn the_house_keeps_its_floors() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let homes = homes(MANIFEST);
    let mut files = files(&src);
    files.sort();
    let broken: Vec<String> = files
        .iter()
        .flat_map(|path| {
            let place = path.strip_prefix(&src).unwrap().to_str().unwrap();
            violations(place, &std::fs::read_to_string(path).unwrap(), &homes)
        })
        .collect();
    assert!(files.len() > 20, "only {} files were read", files.len());
    assert!(broken.is_empty(), "{} breaches:\n{}", broken.len(), broken.join("\n"));
}

/// What the checker says of one planted line.
fn said(place: &str, line: &str) -> String {
    violations(place, &format!("//! Planted.\n\n{line}\n"), &homes(MANIFEST)).join("\n")
}

#[test]
fn planted_breaches_are_named_with_file_line_import_and_reason() {
    let table = [
        (
            "geo/mod.rs",
            "use crate::steer::Reason;",
            "src/geo/mod.rs:3: `crate::steer::Reason`: geo may use only floors below it, and steer is above it",
        ),
        ("geo/table.rs", "use crate::{now::Now, world::{Catalog, Event}};", "world is above it"),
        ("health/machine.rs", "fn f(x: crate::answer::Outcome) {}", "answer is above it"),
        ("health/machine.rs", "use super::super::world::Event;", "world is above it"),
        ("now.rs", "use super::health::Layer;", "health is above it"),
        (
            "dns/udp.rs",
            "use crate::admin::Routes;",
            "dns may use only floors below it, and admin is on the same one",
        ),
        (
            "metrics.rs",
            "use crate::probe::Round;",
            "metrics may use only floors below it, and probe is above it",
        ),
        ("store/mod.rs", "use crate::director::Run;", "director is above it"),
        ("answer/mod.rs", "use tokio::sync::mpsc;", "the core never awaits"),
        ("world/mod.rs", "let now = std::time::Instant::now();", "time arrives as an argument"),
        ("world/mod.rs", "use std::time::{Duration, SystemTime};", "time arrives as an argument"),
        ("zone/load.rs", "use std::{fmt, fs::File};", "edges read files and hand over bytes"),
        ("steer/mod.rs", "use std::net::{IpAddr, UdpSocket};", "edges hold the sockets"),
        ("steer/mod.rs", "tracing::info!(\"x\");", "edges log; the core returns reasons"),
        ("snapshot/mod.rs", "use std::sync::{Arc, Mutex};", "one task writes, readers share a Snapshot"),
        ("steer/share.rs", "let slot = rand::random();", "decisions are repeatable"),
        ("steer/mod.rs", "use maxminddb::Reader;", "the crate maxminddb lives in geo/, prove/ (Cargo.toml)"),
        ("world/mod.rs", "use rusqlite::Connection;", "the crate rusqlite lives in store/"),
        ("store/lock.rs", "use libc::c_int;", "the crate libc lives in dns/"),
        ("probe/prober.rs", "metrics::counter!(NAME);", "the crate metrics lives in metrics.rs"),
        (
            "dns/udp.rs",
            "let x = unsafe { f() };",
            "src/dns/udp.rs:3: `unsafe`; its one home is src/dns/batch",
        ),
        ("dns/batches.rs", "unsafe fn f() {}", "its one home"),
        ("util/mod.rs", "", "util has no floor"),
    ];
    for (place, line, expected) in table {
        let said = said(place, line);
        assert!(said.contains(expected), "{place}: {line}\nsaid {said:?}");
    }
}

#[test]
fn a_file_without_its_opening_words_is_named() {
    let said = violations("now.rs", "use std::time::Duration;\n", &[]).join("\n");
    assert!(said.starts_with("src/now.rs:1: the file does not open with `//!`"), "{said}");
}

#[test]
fn what_the_house_allows_passes() {
    let table = [
        ("geo/mod.rs", "use crate::client::Prefix;"),
        ("geo/mod.rs", "use crate::geo::Country;"),
        ("health/machine.rs", "use super::evidence::Verdict;"),
        ("steer/deep/mod.rs", "use super::super::Reason;"),
        ("dns/udp.rs", "use crate::metrics::DNS_QUERIES;"),
        ("dns/batch.rs", "let x = unsafe { libc::recvmmsg() };"),
        ("dns/batch/control.rs", "unsafe fn f() {}"),
        ("metrics/kind.rs", "metrics::counter!(NAME);"),
        ("director.rs", "use crate::{probe::Prober, store::Store};"),
        ("world/mod.rs", "// tokio::spawn and unsafe are only spoken of"),
        ("world/mod.rs", "let log = f(\"std::fs\"); let y = log;"),
        ("world/mod.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}"),
        ("probe/round.rs", "use tokio::time::Instant; let now = Instant::now();"),
        ("demo/mod.rs", "use axum::Router;"),
    ];
    for (place, line) in table {
        assert_eq!(said(place, line), "", "{place}: {line}");
    }
}

#[test]
fn the_manifest_states_homes() {
    let homes = homes(MANIFEST);
    for (name, place) in [
        ("maxminddb", "geo/"),
        ("rusqlite", "store/"),
        ("axum", "admin/"),
        ("axum", "demo/"),
        ("libc", "dns/"),
        ("toml", "config/"),
        ("clap", "cli/"),
        ("arc_swap", "snapshot/swap.rs"),
    ] {
        let home = homes.iter().find(|home| home.name == name);
        let places = &home.unwrap_or_else(|| panic!("Cargo.toml states no home of {name}")).places;
        assert!(places.iter().any(|stated| stated == place), "{name} lives in {places:?}");
    }
}
