//! Configs that change while a server serves.

use super::home::{AMERICAN, EU_WEST, GERMAN, Home, US};
use super::server::Server;

#[test]
fn a_good_config_is_taken_and_a_bad_one_keeps_the_old_world() {
    let home = Home::new();
    let mut server = Server::serve(&home);
    assert_eq!(server.dig(&AMERICAN), [US]);

    home.edit("192.0.2.1", "192.0.2.11");
    server.signal("HUP");
    server.dig_until(&AMERICAN, &["192.0.2.11"]);
    home.edit("192.0.2.11", "192.0.2.12");
    server.order(&["reload"]);
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.12"], "when reload says done, it is done");

    home.edit("192.0.2.12", "not an address");
    home.edit("min_regions = 1", "min_region = 1");
    home.write("zones/example.com.zone", "@ SOA ns host 1 2 3 4\nwww A 192.0.2.300\n");
    let epoch = server.status()["epoch"].clone();
    let refused = server.command(&["reload"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for said in [
        "meridian.toml:20:14: regions.us.endpoints[0]: ",
        "safety.min_region: ",
        "example.com.zone:1",
        "example.com.zone:2",
    ] {
        assert!(refused.err.contains(said), "{said} in\n{}", refused.err);
    }
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.12"]);
    assert_eq!(server.dig(&["ns.example.com"]), ["192.0.2.53"]);
    assert_eq!(server.status()["epoch"], epoch);

    server.forget();
    server.signal("HUP");
    server.hear("regions.us.endpoints[0]");
    server.hear("safety.min_region");
    assert_eq!(server.dig(&GERMAN), ["192.0.2.3"]);
    assert_eq!(server.order(&["events", "--json"]).out.matches("reload_refused").count(), 2);
    server.stop();
}

#[test]
fn an_old_config_that_loads_slowly_does_not_come_after_a_new_one() {
    let home = Home::new();
    let mut server = Server::serve(&home);
    let slow: String = (0..150_000).map(|n| format!("host-{n} A 192.0.2.{}\n", n % 250)).collect();
    let head = "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n";
    home.write("zones/example.org.zone", &format!("{head}{slow}"));
    home.edit("192.0.2.1", "192.0.2.11");
    server.signal("HUP");
    server.dig(&AMERICAN); // while it loads
    home.write("zones/example.org.zone", head);
    home.edit("192.0.2.11", "192.0.2.12");
    server.order(&["reload", "--force"]);
    server.hear_next("reloaded, config");
    server.hear_next("reloaded, config");
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.12"]);
    server.stop();
}

#[test]
fn a_zone_whose_serial_falls_is_refused_unless_forced_and_who_forced_it_is_told() {
    let home = Home::new();
    let mut server = Server::serve(&home);
    let zone = |serial: u32, host: &str| {
        format!("$TTL 60\n@ SOA ns host {serial} 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n{host} A 192.0.2.7\n")
    };
    home.write("zones/example.com.zone", &zone(4_000_000_000, "new"));
    let refused = server.command(&["reload"]);
    assert_eq!(refused.code, 2, "4,000,000,000 comes before 1 on the circle of RFC 1982: {refused:?}");
    home.write("zones/example.com.zone", &zone(7, "new"));
    server.order(&["reload"]);

    home.write("zones/example.com.zone", &zone(6, "old"));
    let refused = server.command(&["reload"]);
    let said = "example.com.zone:2:1: example.com. SOA: serial 6 after 7; it never falls (RFC 1982): \
                raise it above 7, or reload with --force";
    assert!(refused.code == 2 && refused.err.contains(said), "{refused:?}");
    assert_eq!(server.dig(&["new.example.com"]), ["192.0.2.7"], "the old world serves on");
    server.forget();
    server.signal("HUP");
    server.hear("serial 6 after 7");
    assert_eq!(server.dig(&["new.example.com"]), ["192.0.2.7"]);

    server.order(&["reload", "--force"]);
    assert_eq!(server.dig(&["old.example.com"]), ["192.0.2.7"]);
    let events = server.order(&["events", "--json"]).out;
    let forced = events.lines().find(|line| line.contains("reload_forced")).unwrap();
    assert!(forced.contains("\"actor\":\"uid:") && forced.contains("serial 6 after 7"), "{forced}");
    assert_eq!(events.matches("reload_forced").count(), 1);
    server.order(&["reload", "--force"]);
    let events = server.order(&["events", "--json"]).out;
    assert_eq!(events.matches("reload_forced").count(), 1, "nothing fell, so nothing was forced");
    server.stop();
}

#[test]
fn an_order_outlives_a_reload_that_moves_its_region() {
    let home = Home::new();
    let server = Server::serve(&home);
    server.order(&["drain", "us", "--reason", "moved"]);
    home.edit("[regions.us]", "[regions.first]\njurisdiction = \"US\"\ncoordinates = [39, -77]\nendpoints = [\"192.0.2.9\"]\n\n[regions.us]");
    server.order(&["reload"]);
    assert_eq!(server.dig(&AMERICAN), [EU_WEST]);
    assert_eq!(server.status()["regions"]["first"]["drained"], false);
    assert_eq!(server.status()["regions"]["us"]["drained"], true);
    server.stop();
}
