//! A state directory on a disk that is full or read-only: a small file system of the test's own, in a mount namespace.
//! As root `unshare` makes one; as anyone else it takes a user namespace, which the kernel must allow.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::process::Command;

use super::home::{EU_CENTRAL, EU_WEST, GERMAN, Home};
use super::server::{Server, run};

/// `meridian serve` with a file system of its own, mounted with `options`, as the state directory.
fn serve_on(home: &Home, options: &str) -> Command {
    std::fs::create_dir_all(home.path().join("state")).unwrap();
    let mut command = unshared();
    command.args([
        "sh",
        "-ec",
        "mount -t tmpfs -o \"$1\" tmpfs \"$2\"; exec \"$3\" serve --config \"$4\"",
        "sh",
    ]);
    command
        .arg(options)
        .arg(home.path().join("state"))
        .arg(env!("CARGO_BIN_EXE_meridian"))
        .arg(home.config());
    command.env_remove("RUST_LOG");
    command
}

fn unshared() -> Command {
    let mut command = Command::new("unshare");
    command.arg("--mount");
    if run(Command::new("id").arg("-u")).out.trim() != "0" {
        command.arg("--map-root-user");
    }
    command
}

/// Says what is missing where no file system can be mounted: these tests do not pass by not running.
fn need_namespaces() {
    let said = run(unshared().args(["sh", "-ec", "mount -t tmpfs tmpfs /mnt"]));
    assert_eq!(
        said.code, 0,
        "this test mounts a small file system in a namespace of its own; run it as root, with CAP_SYS_ADMIN in a \
         container, or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1): {said:?}"
    );
}

#[test]
fn a_full_disk_refuses_orders_disturbs_no_answer_and_is_forgiven_when_there_is_room_again() {
    need_namespaces();
    let home = Home::new();
    let mut command = serve_on(&home, "size=512k");
    let server = Server::start(&mut command, home.socket());
    server.order(&["drain", "us", "--reason", "while there is room"]);
    let state = home.path().join("state");
    let filler = PathBuf::from(format!("/proc/{}/root{}/filler", server.pid(), state.display()));
    let mut file = File::create(&filler).unwrap();
    while file.write(&[0; 4096]).is_ok_and(|written| written > 0) {}

    let refused = server.command(&["drain", "eu-central", "--reason", "no room"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(
        refused.err.contains("not done, nothing has changed") && refused.err.contains("disk is full"),
        "{refused:?}"
    );
    let refused = server.command(&["undrain", "us"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL], "answers go on");
    assert_eq!(server.status()["overrides"].as_array().unwrap().len(), 1);

    drop(file);
    std::fs::remove_file(&filler).unwrap();
    server.order(&["drain", "eu-central", "--reason", "room again"]);
    assert_eq!(server.dig(&GERMAN), [EU_WEST]);
    server.stop();
}

#[test]
fn a_read_only_state_directory_is_refused_at_the_start_by_name() {
    need_namespaces();
    let home = Home::new();
    let said = run(&mut serve_on(&home, "ro"));
    assert_eq!(said.code, 1, "{said:?}");
    let state = home.path().join("state");
    assert!(said.err.contains(&state.display().to_string()), "{said:?}");
    assert!(said.err.contains("must be a directory that this user may write to"), "{said:?}");
}
