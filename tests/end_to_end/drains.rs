//! Drains and canaries: kept through a kill, gradual, waited for.

use std::time::{Duration, Instant};

use super::home::{EU_CENTRAL, EU_WEST, GERMAN, Home, US};
use super::server::{PATIENCE, Server};

#[test]
fn a_drain_survives_a_kill_and_is_taken_back() {
    let home = Home::new();
    let server = Server::serve(&home);
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    let said = server.order(&["drain", "eu-central", "--for", "2h", "--reason", "database upgrade"]);
    assert!(said.out.starts_with("eu-central: drained for 2h 00m, until "), "{said:?}");
    assert_eq!(server.dig(&GERMAN), [EU_WEST]);
    server.kill();

    let server = Server::serve(&home);
    assert_eq!(server.dig(&GERMAN), [EU_WEST], "still drained");
    let held = &server.status()["overrides"][0];
    assert_eq!((&held["region"], &held["kind"]), (&"eu-central".into(), &"drain".into()));
    assert_eq!(held["reason"], "database upgrade");
    server.order(&["undrain", "eu-central"]);
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    server.kill();

    let server = Server::serve(&home);
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL], "the undrain is kept too");
    server.stop();
}

#[test]
fn a_gradual_drain_goes_on_after_a_kill() {
    let home = Home::new();
    let server = Server::serve(&home);
    let dry = server.order(&[
        "drain",
        "eu-central",
        "--gradual",
        "1h",
        "--for",
        "2h",
        "--reason",
        "x",
        "--dry-run",
    ]);
    assert!(dry.out.starts_with("eu-central: would be drained over 1h 00m (nothing left at "), "{dry:?}");
    let said =
        server.order(&["drain", "eu-central", "--gradual", "1h", "--for", "2h", "--reason", "upgrade"]);
    assert!(said.out.starts_with("eu-central: drained over 1h 00m (nothing left at "), "{said:?}");
    let gradual = server.status()["overrides"][0]["gradual"].clone();
    assert!(gradual["gone"].is_string(), "{gradual}");
    server.kill();

    let server = Server::serve(&home);
    assert_eq!(server.status()["overrides"][0]["gradual"], gradual, "in absolute times");
    assert_eq!(server.status()["regions"]["eu-central"]["drained"], true);
    let told = server.order(&["status"]);
    assert!(told.out.contains("% of its share, none in "), "{told:?}");
    let explained = server.order(&["explain", "api.example.com", "--client", "91.10.0.0/24"]);
    assert!(explained.out.contains("% of its share left and none in "), "{explained:?}");
    assert!(explained.out.contains("the share of eu-central is moving"), "{explained:?}");
    server.stop();
}

#[test]
fn waiting_for_a_drain_ends_when_no_cache_can_have_the_region() {
    let home = Home::new();
    home.edit("max = \"30s\"", "max = \"6s\"");
    let server = Server::serve(&home);
    let began = Instant::now();
    let said = server.order(&["drain", "us", "--wait", "--reason", "upgrade"]);
    let took = began.elapsed();
    assert!(said.out.contains("us: let go after"), "{said:?}");
    assert!(took >= Duration::from_secs(6), "the TTL has passed: {took:?}");
    let known = server.status()["regions"]["us"]["forgotten"].clone();
    assert!(known.is_string(), "{known}");
    server.order(&["undrain", "us"]);
    assert!(server.status()["regions"]["us"].get("forgotten").is_none(), "it is handed out again");
    server.stop();
}

#[test]
fn a_dry_run_tells_the_part_of_the_queries_that_were_counted() {
    let home = Home::new();
    let server = Server::serve(&home);
    let british = ["api.example.com", "+subnet=81.2.69.0/24"];
    let words = [&GERMAN[..], &GERMAN, &GERMAN, &british].concat().repeat(100);
    let drain = ["drain", "eu-central", "--reason", "upgrade", "--dry-run"];
    let began = Instant::now();
    assert!(server.order(&drain).out.contains("too few of its queries were counted of late"));
    let told = loop {
        server.dig(&words);
        let told = server.order(&drain).out;
        if !told.contains("too few of its queries") {
            break told;
        }
        assert!(began.elapsed() < PATIENCE, "{told}");
    };
    let part = told
        .split_once(" of all Internet users and ")
        .unwrap()
        .1
        .split_once(" % of its queries (")
        .unwrap()
        .0;
    let part: f64 = part.parse().unwrap();
    assert!((part - 75.0).abs() < 2.0, "three of four: {told}");
    assert!(told.contains(" %  eu-central -> eu-west  inside fence gdpr"), "{told}");
    server.stop();
}

#[test]
fn a_canary_survives_a_kill_and_moves_a_part_of_the_clients() {
    let home = Home::new();
    let server = Server::serve(&home);
    let canary = ["canary", "us", "50%", "--service", "api.example.com", "--reason", "new version"];
    let dry = server.order(&[&canary[..], &["--dry-run"]].concat());
    assert!(dry.out.contains("us: would be a canary with 50% for 1h 00m"), "{dry:?}");
    assert!(dry.out.contains("of all Internet users would move"), "{dry:?}");
    let said = server.order(&canary);
    assert!(said.out.starts_with("us: a canary with 50% for 1h 00m, until "), "{said:?}");
    server.kill();
    let server = Server::serve(&home);
    let held = server.status()["overrides"][0].clone();
    assert_eq!((&held["kind"], &held["share"]), (&"canary".into(), &"50%".into()), "{held}");
    let british = |third: u8| ["api.example.com".to_owned(), format!("+subnet=81.2.{third}.0/24")];
    let answers: Vec<Vec<String>> =
        (64..96).map(|third| server.dig(&british(third).each_ref().map(String::as_str))).collect();
    let canaries = answers.iter().filter(|answer| **answer == [US]).count();
    assert!((6..27).contains(&canaries), "about half of 32 British subnets: {canaries}");
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL], "inside the fence nothing has changed");
    let second =
        server.command(&["canary", "eu-west", "2%", "--service", "api.example.com", "--reason", "x"]);
    assert!(second.code == 2 && second.err.contains("us is the canary already"), "{second:?}");
    server.order(&["uncanary", "us", "--service", "api.example.com"]);
    assert_eq!(server.status()["overrides"], serde_json::json!([]));
    server.stop();
}
