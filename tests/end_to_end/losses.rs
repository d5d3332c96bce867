//! Loads that would take away what serves: refused with the figures of both, taken when an operator forces them.

use super::home::{AMERICAN, GERMAN, Home, US};
use super::server::Server;

fn zone(hosts: usize) -> String {
    let hosts: String = (0..hosts).map(|host| format!("h{host} A 192.0.2.7\n")).collect();
    format!("$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n{hosts}")
}

#[test]
fn a_zone_that_is_cut_after_a_line_keeps_the_old_one_until_it_is_forced() {
    let home = Home::new();
    home.write("zones/example.org.zone", &zone(1000));
    let mut server = Server::serve(&home);
    home.write("zones/example.org.zone", &zone(300));
    let refused = server.command(&["reload"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for said in ["example.org.zone:2:1: example.org.: 700 of 1003 records are gone (69 %)", "or --force"] {
        assert!(refused.err.contains(said), "{said} in\n{}", refused.err);
    }
    assert_eq!(server.dig(&["h999.example.org"]), ["192.0.2.7"], "the whole zone serves on");
    server.forget();
    server.signal("HUP");
    server.hear("700 of 1003 records are gone");

    server.order(&["reload", "--force", "--reason", "hosts were moved"]);
    assert!(server.dig(&["h999.example.org"]).is_empty());
    let events = server.order(&["events", "--json"]).out;
    let forced = events.lines().find(|line| line.contains("\"kind\":\"reload_forced\"")).unwrap();
    for said in ["hosts were moved", "uid:", "700 of 1003"] {
        assert!(forced.contains(said), "{said} in {forced}");
    }
    server.stop();
}

#[test]
fn a_service_a_region_and_a_fence_do_not_go_by_accident() {
    let home = Home::new();
    let server = Server::serve(&home);
    home.edit("[regions.us]", "[regions.usa]");
    home.edit("[\"us\", \"eu-west\", \"eu-central\"]", "[\"usa\", \"eu-west\"]");
    home.edit("[fences.gdpr]", "[fences.privacy]");
    home.edit("api.example.com", "www.example.com");
    let refused = server.command(&["reload", "--json"]);
    assert_eq!(refused.code, 2, "{refused:?}");
    for said in [
        "services.\\\"api.example.com\\\"",
        "the steered name is gone",
        "\"regions.us\"",
        "the region is gone",
        "\"fences.gdpr\"",
        "its clients could be answered from anywhere",
    ] {
        assert!(refused.out.contains(said), "{said} in\n{}", refused.out);
    }
    assert_eq!(server.dig(&AMERICAN), [US]);
    server.order(&["reload", "--force"]);
    assert!(server.dig(&AMERICAN).is_empty());
    server.stop();
}

#[test]
fn a_name_does_not_lose_all_its_endpoints_at_once() {
    let home = Home::new();
    let server = Server::serve(&home);
    for (old, new) in [("192.0.2.1\"", "192.0.2.21\""), ("192.0.2.2\"", "192.0.2.22\"")] {
        home.edit(old, new);
    }
    server.order(&["reload"]);
    assert_eq!(server.dig(&AMERICAN), ["192.0.2.21"], "one that is left is enough");
    for (old, new) in
        [("192.0.2.21", "192.0.2.31"), ("192.0.2.22", "192.0.2.32"), ("192.0.2.3\"", "192.0.2.33\"")]
    {
        home.edit(old, new);
    }
    let refused = server.command(&["reload"]);
    assert!(refused.err.contains("none of the endpoints that it is answered with is left"), "{refused:?}");
    server.stop();
}

#[test]
fn a_reason_belongs_to_a_force() {
    let home = Home::new();
    let server = Server::serve(&home);
    assert_eq!(server.command(&["reload", "--reason", "x"]).code, 2);
    let mut curl = std::process::Command::new("curl");
    curl.args(["-sS", "-X", "POST", "--unix-socket"]).arg(&server.socket);
    let said = super::server::run(curl.args(["-d", "{\"reason\":\"x\"}", "http://m/v1/reload"]));
    assert!(said.out.contains("`reason` belongs to `force`"), "{said:?}");
    assert_eq!(server.dig(&GERMAN), ["192.0.2.3"]);
    server.stop();
}
