//! Cold starts that find the newest files broken: what was accepted last is served, and said loudly.

use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use super::home::{AMERICAN, EU_WEST, GERMAN, Home, US};
use super::server::{Server, meridian, run};

/// A home whose first start has been accepted and has ended.
fn accepted() -> Home {
    let home = Home::new();
    let server = Server::serve(&home);
    assert_eq!(server.dig(&AMERICAN), [US]);
    server.stop();
    home
}

fn alarms(server: &Server) -> String {
    server.status()["alarms"].to_string()
}

#[test]
fn a_broken_newest_file_does_not_keep_a_server_from_starting() {
    let home = accepted();
    let config = fs::read_to_string(home.config()).unwrap();
    let cut = &config[..config.len() / 2];
    let zeros = "\0".repeat(config.len());
    for (what, file, text) in [
        ("cut", "meridian.toml", cut),
        ("zeroed", "meridian.toml", &zeros),
        ("empty", "meridian.toml", ""),
        ("a zone without its end", "zones/example.com.zone", "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS n"),
        ("a zone that is gone", "zones/example.com.zone", "; nothing\n"),
    ] {
        let good = fs::read_to_string(home.path().join(file)).unwrap();
        home.write(file, text);
        let began = Instant::now();
        let mut server = Server::serve(&home);
        let took = began.elapsed();
        assert_eq!(server.dig(&AMERICAN), [US], "{what}");
        server.hear("is served: the newest files have");
        assert!(alarms(&server).contains("what was accepted at "), "{what}: {}", alarms(&server));
        assert!(server.metric("meridian_last_known_good_age_seconds").is_some());
        assert!(took < Duration::from_secs(10), "{what}: {took:?}");
        let events = server.order(&["events", "--json"]).out;
        assert!(events.contains("\"kind\":\"last_known_good\""), "{what}: {events}");
        let check = run(meridian().arg("check").arg("--config").arg(home.config()));
        assert!(
            check.code == 2 && check.err.contains("a start now would serve what was accepted at "),
            "{check:?}"
        );

        home.write(file, &good);
        server.order(&["reload"]);
        assert!(!alarms(&server).contains("accepted at"), "{what}: mended, and the alarm ends");
        server.stop();
    }
}

#[test]
fn a_config_that_is_gone_or_names_no_state_is_found_beside_it() {
    let home = accepted();
    fs::rename(home.config(), home.path().join("away")).unwrap();
    let server = Server::serve(&home);
    assert_eq!(server.dig(&AMERICAN), [US]);
    server.stop();
}

#[test]
fn a_zone_cut_while_nothing_ran_is_not_served_until_it_is_forced() {
    let home = Home::new();
    let hosts: String = (0..100).map(|host| format!("h{host} A 192.0.2.7\n")).collect();
    let head = "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n";
    home.write("zones/example.org.zone", &format!("{head}{hosts}"));
    Server::serve(&home).stop();
    home.write("zones/example.org.zone", head);
    let server = Server::serve(&home);
    assert_eq!(server.dig(&["h99.example.org"]), ["192.0.2.7"]);
    assert!(alarms(&server).contains("records are gone"), "{}", alarms(&server));
    server.order(&["reload", "--force", "--reason", "meant"]);
    assert!(server.dig(&["h99.example.org"]).is_empty());
    server.stop();
    let server = Server::serve(&home);
    assert_eq!(alarms(&server), "[]", "what was forced is what was accepted");
    server.stop();
}

#[test]
fn an_ended_drain_stays_ended_and_a_live_one_lives() {
    let home = accepted();
    let server = Server::serve(&home);
    server.order(&["drain", "us", "--reason", "ends before"]);
    server.order(&["undrain", "us"]);
    server.order(&["drain", "eu-central", "--reason", "lives"]);
    server.stop();
    home.write("meridian.toml", "[server\n");
    let server = Server::serve(&home);
    assert_eq!(server.dig(&AMERICAN), [US]);
    assert_eq!(server.dig(&GERMAN), [EU_WEST]);
    server.order(&["undrain", "eu-central"]);
    server.kill();
    let server = Server::serve(&home);
    assert_eq!(server.status()["overrides"].as_array().unwrap().len(), 0);
    server.stop();
}

#[test]
fn without_anything_accepted_a_broken_config_is_refused_as_ever() {
    let home = Home::new();
    home.edit("192.0.2.1", "not an address");
    let said = home.refused();
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("regions.us.endpoints[0]"), "{said:?}");
}

#[test]
fn what_is_accepted_is_for_its_owner_alone() {
    let home = accepted();
    let state = home.path().join("state/accepted");
    let listed = run(Command::new("find").arg(&state).args(["-perm", "/077"]));
    assert_eq!(listed.out, "", "nothing that others may read");
    assert!(fs::read_dir(state.join("files")).unwrap().count() >= 2);
}
