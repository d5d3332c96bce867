//! Who is told by a signed post, of what, and that nothing waits for them.

use std::process::Command;

use serde_json::{Value, json};

use super::home::{EU_CENTRAL, EU_WEST, GERMAN, Home};
use super::listener::Peer;
use super::server::{PATIENCE, Server, run};

const SECRET: &str = "a secret of enough octets";

fn home(peer: &Peer, more: &str) -> Home {
    let home = Home::new();
    home.write("hook-secret", SECRET);
    let hook = format!(
        "[[hooks]]\nurl = \"http://{}/told?by=us\"\nsecret_file = \"hook-secret\"\n{more}",
        peer.address
    );
    home.edit("[safety]", &format!("{hook}\n[safety]"));
    home
}

/// A header's value.
fn header<'a>(request: &'a str, name: &str) -> &'a str {
    let line = request.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {request}")).split_once(": ").unwrap().1
}

#[test]
fn a_drain_is_posted_with_a_signature_that_openssl_computes_too_and_again_until_it_is_taken() {
    let peer = Peer::answering(&[503, 200]);
    let home = home(&peer, "events = [\"overrides\"]");
    let server = Server::serve(&home);
    server.order(&["drain", "eu-central", "--for", "2h", "--reason", "upgrade"]);
    let first = peer.requests.recv_timeout(PATIENCE).unwrap();
    let again = peer.requests.recv_timeout(PATIENCE).unwrap();
    assert_eq!(header(&first, "meridian-delivery"), header(&again, "meridian-delivery"));
    assert!(again.starts_with("POST /told?by=us HTTP/1.1\r\n"), "{again}");
    let (_, body) = again.split_once("\r\n\r\n").unwrap();
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!((&told["kind"], &told["override"]["region"]), (&"override".into(), &"eu-central".into()));
    let signed = home.path().join("signed");
    std::fs::write(&signed, format!("{}.{body}", header(&again, "meridian-timestamp"))).unwrap();
    let said = run(Command::new("openssl").args(["dgst", "-sha256", "-hmac", SECRET]).arg(&signed));
    let digest = said.out.trim().rsplit(' ').next().unwrap().to_owned();
    assert_eq!(header(&again, "meridian-signature"), format!("v1={digest}"), "{said:?}");
    let delivered = "meridian_hook_notices_total{hook=\"127.0.0.1\",result=\"delivered\"}";
    let taken = || server.metric(delivered) == Some(1.0);
    assert!((0..200).any(|_| taken()), "{}", server.metrics());
    server.stop();
}

#[test]
fn a_receiver_that_is_not_there_delays_neither_orders_nor_answers_nor_the_end() {
    let peer = Peer::answering(&[200]);
    peer.close();
    let home = home(&peer, "timeout = \"60s\"");
    let server = Server::serve(&home);
    server.order(&["drain", "eu-central", "--for", "2h", "--reason", "upgrade"]);
    assert_eq!(server.dig(&GERMAN), [EU_WEST]);
    let retried = "meridian_hook_notices_total{hook=\"127.0.0.1\",result=\"retried\"}";
    assert!((0..200).any(|_| server.metric(retried).is_some()), "{}", server.metrics());
    server.stop();
}

#[test]
fn a_fall_and_its_alarm_are_posted_with_their_evidence() {
    let (peer, gateway) = (Peer::answering(&[200]), Peer::answering(&[200]));
    let home = home(&peer, "events = [\"transitions\", \"alarms\"]");
    let place = format!("endpoints = [\"{EU_CENTRAL}\"]");
    home.edit(&place, &format!("{place}\nprobe_endpoints = [\"127.0.0.1\"]\nprobe = \"quick\""));
    let probes = format!(
        "[probes.quick]\nport = {}\ninterval = \"500ms\"\nfast_interval = \"50ms\"\ntimeout = \"500ms\"\n[safety]",
        gateway.address.port()
    );
    home.edit("[safety]", &probes);
    let server = Server::serve(&home);
    server.dig_until(&GERMAN, &[EU_CENTRAL]);
    gateway.close();
    let mut told = Vec::new();
    let tells = |told: &[Value], kind: &str, words: &str| {
        told.iter().any(|one| one["kind"] == kind && one.to_string().contains(words))
    };
    while !(tells(&told, "region", "tcp refused") && tells(&told, "alarm", "region eu-central is down")) {
        let post = peer.requests.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("only {told:?}"));
        told.push(serde_json::from_str::<Value>(post.split_once("\r\n\r\n").unwrap().1).unwrap());
    }
    let notice =
        told.iter().find(|one| one["kind"] == "alarm" && one["alarm"]["kind"] == "region_down").unwrap();
    assert_eq!((&notice["alarm"]["subject"], &notice["holds"]), (&json!("eu-central"), &json!(true)));
    let status = server.status();
    let alarm = status["alarms"].as_array().unwrap().iter().find(|alarm| alarm["kind"] == "region_down");
    assert_eq!(alarm.map(|alarm| &alarm["since"]), Some(&notice["alarm"]["since"]), "{status}");
    assert_eq!(server.metric("meridian_alarms{kind=\"region_down\"}"), Some(1.0), "{}", server.metrics());
    server.stop();
}
