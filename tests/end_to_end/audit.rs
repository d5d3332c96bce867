//! The kept events: whole after any number of kills, exported line by line, and an edit found by its number.

use serde_json::Value;

use super::home::Home;
use super::server::{Server, meridian, run};

#[test]
fn what_was_acknowledged_is_whole_after_every_kill_and_an_edit_is_found_by_its_number() {
    let home = Home::new();
    let state = home.path().join("state");
    let verify = || run(meridian().args(["audit", "verify", "--state"]).arg(&state));
    for round in 0..6 {
        let server = Server::serve(&home);
        let reason = format!("round {round}");
        server.order(&["drain", "eu-central", "--reason", &reason]);
        if round % 2 == 0 {
            server.order(&["undrain", "eu-central"]);
        } else {
            server.order(&["reload"]);
        }
        server.kill();
        let whole = verify();
        assert_eq!(whole.code, 0, "{whole:?}");
        assert!(whole.out.starts_with("every hash fits: "), "{whole:?}");
    }
    let server = Server::serve(&home);
    assert_eq!(server.order(&["audit", "verify"]).err, "");
    let held = server.command(&["status", "--json"]);
    assert!(held.out.contains("round 5"), "the last drain is kept: {held:?}");
    let busy = verify();
    assert!(busy.code == 2 && busy.err.contains("held by another process"), "{busy:?}");

    let exported = server.order(&["audit", "export"]).out;
    let lines: Vec<Value> = exported.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let drains = lines.iter().filter(|line| line["kind"] == "override").count();
    assert_eq!(drains, 6, "{exported}");
    assert!(lines.iter().all(|line| line["hash"].as_str().unwrap().len() == 64));
    let edited = lines.iter().find(|line| line["kind"] == "lifted").unwrap()["id"].as_i64().unwrap();
    server.stop();
    let offline = run(meridian().args(["audit", "export", "--state"]).arg(&state));
    assert!(offline.out.starts_with(&exported), "the same, read from the directory");

    let file = rusqlite::Connection::open(state.join("meridian.db")).unwrap();
    let changed =
        file.execute("UPDATE events SET body = replace(body, 'round', 'bound') WHERE id = ?1", [edited]);
    assert_eq!(changed.unwrap(), 1);
    drop(file);
    let broken = verify();
    assert_eq!(broken.code, 1, "{broken:?}");
    assert!(broken.err.contains(&format!("event {edited} of the audit chain was changed")), "{broken:?}");
    let server = Server::serve(&home);
    let live = server.command(&["audit", "verify", "--json"]);
    let said: Value = serde_json::from_str(&live.out).unwrap();
    assert_eq!((live.code, &said["holds"], said["event"].as_i64()), (1, &Value::Bool(false), Some(edited)));
    server.stop();
}

#[test]
fn a_directory_without_state_is_refused_and_stays_empty() {
    let directory = tempfile::tempdir().unwrap();
    let said = run(meridian().args(["audit", "verify", "--state"]).arg(directory.path()));
    assert!(said.code == 2 && said.err.contains("meridian.db"), "{said:?}");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}
