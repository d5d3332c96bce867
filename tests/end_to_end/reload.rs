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
    server.order(&["reload"]);
    server.hear_next("reloaded, config");
    server.hear_next("reloaded, config");
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.12"]);
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
