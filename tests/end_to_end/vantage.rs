//! `meridian probe`: what another process sees, and what a server takes from it.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use serde_json::{Value, json};

use super::home::{EU_CENTRAL, EU_WEST, GERMAN, Home};
use super::listener::Peer;
use super::server::{PATIENCE, Server, meridian, run};

/// A vantage process, killed when dropped.
struct Watcher(Child);

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _status = self.0.wait();
    }
}

/// The small world, where eu-central is probed at `peer` and nowhere by the server itself.
fn home(peer: &Peer) -> Home {
    let home = Home::new();
    let place = format!("endpoints = [\"{EU_CENTRAL}\"]");
    home.edit(&place, &format!("{place}\nprobe_endpoints = [\"127.0.0.1\"]\nprobe = \"quick\""));
    home.edit(
        "[safety]",
        &format!(
            "[probes.quick]\nport = {}\ninterval = \"500ms\"\nfast_interval = \"50ms\"\ntimeout = \"500ms\"\n\
             liveliness = {{ path = \"/health/liveliness\" }}\n[vantages.paris]\n[safety]",
            peer.address.port()
        ),
    );
    home.edit("workers = 1", "workers = 1\nprobing = false");
    home
}

fn watch(home: &Home, socket: &PathBuf) -> Watcher {
    let mut command = meridian();
    command.args(["probe", "--vantage", "paris", "--config"]).arg(home.config()).arg("--socket").arg(socket);
    Watcher(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
}

fn verdict(server: &Server) -> Value {
    server.status()["regions"]["eu-central"]["verdict"].clone()
}

fn verdict_until(server: &Server, expected: &str) {
    let began = Instant::now();
    while verdict(server) != *expected {
        assert!(began.elapsed() < PATIENCE, "still {}, not {expected}", verdict(server));
    }
}

#[test]
fn another_process_takes_a_region_down_and_one_that_ends_changes_nothing() {
    let peer = Peer::answering(&[200]);
    let home = home(&peer);
    let server = Server::serve(&home);
    assert_eq!(verdict(&server), "unknown", "nobody has looked yet");
    let watcher = watch(&home, &server.socket);
    verdict_until(&server, "up");
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    peer.close();
    server.dig_until(&GERMAN, &[EU_WEST]);
    drop(watcher);
    assert_eq!(verdict(&server), "down", "absence says nothing");
    server.stop();
}

#[test]
fn a_report_is_taken_once_and_from_declared_vantages_only() {
    let peer = Peer::answering(&[200]);
    let home = home(&peer);
    let server = Server::serve(&home);
    let report = |vantage: &str, sequence: u64| {
        let observation = json!({"region": "eu-central", "endpoint": EU_CENTRAL, "layer": "liveliness", "passed": true, "seconds": 0.01});
        let body =
            json!({"vantage": vantage, "sequence": sequence, "observations": [observation]}).to_string();
        let mut curl = Command::new("curl");
        curl.arg("--unix-socket").arg(&server.socket).args(["-sS", "-w", "%{http_code}", "--json"]);
        run(curl.arg(body).arg("http://meridian/v1/observations")).out
    };
    assert_eq!(report("paris", 7), "204");
    for sequence in [7, 6, 0] {
        let answer = report("paris", sequence);
        assert!(answer.ends_with("409") && answer.contains("\"sequence\":7"), "{answer}");
    }
    assert_eq!(report("paris", 8), "204");
    let answer = report("moon", 9);
    assert!(answer.ends_with("403") && answer.contains("declared are paris"), "{answer}");
    server.stop();
}

#[test]
fn what_a_vantage_reads_of_streams_and_replicas_is_in_the_status() {
    let peer = Peer::answering(&[200]);
    let home = home(&peer);
    let server = Server::serve(&home);
    let traffic = json!({"requests": 1.0, "gateway_errors": 0.0, "provider_errors": 0.0, "rejected": 0.0,
        "in_flight": 0.25, "lag": 1.5});
    let observation = json!({"region": "eu-central", "endpoint": EU_CENTRAL, "layer": "metrics", "passed": true,
        "seconds": 0.01, "reading": {"traffic": traffic}});
    let body = json!({"vantage": "paris", "sequence": 1, "observations": [observation]}).to_string();
    let mut curl = Command::new("curl");
    curl.arg("--unix-socket").arg(&server.socket).args(["-sS", "-w", "%{http_code}", "--json"]);
    let said = run(curl.arg(body).arg("http://meridian/v1/observations"));
    assert_eq!(said.out, "204", "{said:?}");
    let region = server.status()["regions"]["eu-central"].clone();
    assert_eq!((&region["in_flight"], &region["lag"]), (&json!(0.25), &json!(1.5)), "{region}");
    assert_eq!(region["capacity"], 100, "the default");
    server.stop();
}

#[test]
fn a_vantage_that_is_cut_off_says_so_and_is_not_believed() {
    let (peer, control) = (Peer::answering(&[200]), Peer::answering(&[200]));
    let home = home(&peer);
    let controls = format!("[vantages.paris]\ncontrols = [\"{}\"]\n[vantages.oslo]", control.address);
    home.edit("[vantages.paris]", &controls);
    let server = Server::serve(&home);
    let _watcher = watch(&home, &server.socket);
    let doubts = |words: &str| server.status()["alarms"].to_string().contains(words);
    let until = |words: &str| {
        let began = Instant::now();
        while !doubts(words) {
            assert!(began.elapsed() < PATIENCE, "no {words:?} in {}", server.status()["alarms"]);
        }
    };
    until("vantage oslo is not believed: nothing has come from it");
    control.close();
    until("vantage paris is not believed: it does not reach its control targets");
    server.stop();
}

#[test]
fn a_vantage_that_is_not_declared_does_not_start() {
    let home = Home::new();
    let said = run(meridian().args(["probe", "--vantage", "moon", "--config"]).arg(home.config()));
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.err.contains("there is no vantage \"moon\"; declared are local"), "{said:?}");
}
