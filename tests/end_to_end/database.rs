//! Location databases that are replaced under a running server: taken, held, accepted; each proven first.

use std::time::Instant;

use meridian::geo::Country;

use super::home::{AMERICAN, EU_CENTRAL, GERMAN, Home, US};
use super::maxmind::Writer;
use super::server::{PATIENCE, Server, run};

/// A small world: three countries in IPv4, two in IPv6; `moved` blocks are another's.
fn database(built: u64, german: &str, moved: bool) -> Vec<u8> {
    let mut writer = Writer::new(built);
    let country = |code| Country::from_code(code).unwrap();
    let mut locate = |first: &str, last: &str, code| {
        writer.locate(first.parse().unwrap(), last.parse().unwrap(), country(code));
    };
    let start = if moved { "12.0.1.0" } else { "12.0.0.0" };
    if moved {
        locate("12.0.0.0", "12.0.0.255", "CA");
    }
    locate(start, "12.255.255.255", "US");
    locate("91.0.0.0", "91.255.255.255", german);
    locate("133.0.0.0", "133.255.255.255", "JP");
    locate("2600::", "2600:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "US");
    locate("2a00::", "2a00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "DE");
    writer.finish()
}

fn home() -> Home {
    let home = Home::new();
    home.place("places.mmdb", &database(1_790_000_000, "DE", false));
    home.edit("[regions.us]", "[geoip]\ndatabase = \"places.mmdb\"\n\n[regions.us]");
    home
}

/// Waits until the status says so.
fn until(server: &Server, what: &str, so: impl Fn(&serde_json::Value) -> bool) {
    let began = Instant::now();
    let mut status = server.status();
    while !so(&status) {
        assert!(began.elapsed() < PATIENCE, "{what}: {status:#}");
        status = server.status();
    }
}

#[test]
fn a_reload_is_proven_and_status_events_and_metrics_say_so() {
    let home = home();
    let server = Server::serve(&home);
    assert!(server.status()["proof"].is_null(), "a start proves nothing");
    server.order(&["reload"]);
    let proof = &server.status()["proof"];
    assert!(proof["cases"].as_u64().unwrap() > 100 && proof["cut_short"].is_null(), "{proof}");
    assert!(server.order(&["status"]).out.contains(", proven "));
    let events = server.order(&["events", "--json"]).out;
    assert!(events.contains("\"kind\":\"proof\""), "{events}");
    assert_eq!(server.metric("meridian_proof_whole"), Some(1.0));
    assert!(server.metric("meridian_proof_timestamp_seconds").unwrap() > 1.7e9);
    server.stop();
}

#[test]
fn a_database_that_moves_few_is_taken_when_its_file_changes() {
    let home = home();
    let mut server = Server::serve(&home);
    let before = server.status()["database"]["sha256"].clone();
    home.place("places.mmdb", &database(1_791_000_000, "DE", true));
    server.hear("a location database has changed on disk");
    server.hear("reloaded, config");
    until(&server, "the new database serves", |status| status["database"]["sha256"] != before);
    assert_eq!(server.metric("meridian_geoip_build_timestamp_seconds"), Some(1_791_000_000.0));
    assert_eq!(server.metric("meridian_geoip_held"), Some(0.0));
    assert!(!server.status()["proof"].is_null());
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    server.stop();
}

#[test]
fn a_database_that_moves_many_is_held_until_an_operator_accepts_it() {
    let home = home();
    let mut server = Server::serve(&home);
    let before = server.status()["database"]["sha256"].clone();
    home.place("places.mmdb", &database(1_792_000_000, "US", false));
    server.hear("is held, the old one serves on");
    let words = "33.3 % of IPv4";
    until(&server, "an alarm", |status| status["alarms"].to_string().contains(words));
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    assert_eq!(server.metric("meridian_geoip_held"), Some(1.0));
    let page =
        run(std::process::Command::new("curl").args(["-sS", &format!("http://{}/", server.web.unwrap())]));
    assert!(page.out.contains(words), "{}", page.out);

    home.edit("192.0.2.1\"", "192.0.2.11\"");
    let said = server.order(&["reload"]).out;
    assert!(said.contains("is held") && said.contains("--accept-drift"), "{said}");
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.11"], "the config is taken all the same");
    assert_eq!(server.status()["database"]["sha256"], before);

    let said = server.order(&["reload", "--accept-drift"]).out;
    assert!(!said.contains("held"), "{said}");
    assert_eq!(server.dig(&GERMAN), ["192.0.2.11"]);
    assert_eq!(server.status()["alarms"].to_string().matches("held").count(), 0);
    assert_eq!(server.metric("meridian_geoip_held"), Some(0.0));
    assert!(server.order(&["events", "--json"]).out.contains("database_held"));
    server.stop();
}

#[test]
fn another_database_in_the_config_is_refused_where_it_moves_many_and_a_wide_bound_takes_it() {
    let home = home();
    let server = Server::serve(&home);
    home.place("other.mmdb", &database(1_792_000_000, "US", false));
    home.edit("places.mmdb", "other.mmdb");
    let refused = server.command(&["reload"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    assert!(
        refused.err.contains("geoip.database: ") && refused.err.contains("--accept-drift"),
        "{refused:?}"
    );
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    home.edit("[geoip]", "[geoip]\nmax_drift = \"50%\"");
    server.order(&["reload"]);
    assert_eq!(server.dig(&GERMAN), [US]);
    server.stop();
}

#[test]
fn a_database_does_not_bring_an_unfinished_config_with_it() {
    let home = home();
    let mut server = Server::serve(&home);
    home.edit("192.0.2.1\"", "192.0.2.11\"");
    home.place("places.mmdb", &database(1_791_000_000, "DE", true));
    server.hear("so has the config: not loaded");
    until(&server, "an alarm", |status| status["alarms"].to_string().contains("takes both"));
    assert_eq!(server.dig(&AMERICAN), [US]);
    server.order(&["reload"]);
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.11"]);
    assert!(!server.status()["alarms"].to_string().contains("takes both"));
    server.stop();
}
