//! The state directory between processes: what survives `kill -9`, and who may hold it.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test, and the child process that it starts")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use meridian::store::{Store, StoreError};
use meridian::world::{Event, Override, OverrideKind};

const DIRECTORY: &str = "MERIDIAN_TEST_STATE";

/// Plays the child when the parent's variable is set, else the parent: one process that is killed without warning.
#[test]
fn an_acknowledged_drain_survives_kill_9_and_frees_the_directory() {
    if let Some(directory) = std::env::var_os(DIRECTORY) {
        acknowledge_and_wait(Path::new(&directory));
    }
    let directory = tempfile::tempdir().unwrap();
    let mut child = start(directory.path());
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("acknowledged")), "the child put its drain");

    let error = Store::open(directory.path()).unwrap_err();
    assert!(matches!(error, StoreError::Held { pid, .. } if pid == Some(child.id())), "{error}");

    child.kill().unwrap();
    child.wait().unwrap();
    let store = Store::open(directory.path()).unwrap();
    assert_eq!(store.load().unwrap().overrides, [drain()]);
    assert_eq!(store.verify().unwrap().audit, 1);
}

fn start(directory: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "an_acknowledged_drain_survives_kill_9_and_frees_the_directory", "--nocapture"])
        .env(DIRECTORY, directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn acknowledge_and_wait(directory: &Path) -> ! {
    let mut store = Store::open(directory).unwrap();
    store.put_override(&drain(), 1_000, &Event::Overridden(drain())).unwrap();
    println!("acknowledged");
    loop {
        std::thread::park();
    }
}

fn drain() -> Override {
    Override {
        region: "eu-west".into(),
        service: None,
        kind: OverrideKind::Drain,
        actor: "uid:1000(alice)".into(),
        reason: "database upgrade".into(),
        from: 1_000,
        until: 8_200,
        gradual: None,
    }
}
