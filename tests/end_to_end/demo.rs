//! `meridian demo`: what its banner tells people to try is tried.

use std::process::Command;
use std::time::Duration;

use super::server::{Server, meridian, run};

const AMERICAN: [&str; 2] = ["api.yourdomain.com", "+subnet=12.0.0.0/24"];
const GERMAN: [&str; 2] = ["api.yourdomain.com", "+subnet=91.10.0.0/24"];
/// The simulated gateways are where the answers say.
const US_EAST: &str = "127.0.1.10";
const EU_WEST: &str = "127.0.2.10";
const EU_CENTRAL: &str = "127.0.3.10";

/// Three failed probes, half a second apart after the first, each up to half a second long, and a busy machine.
const EXPECTED: Duration = Duration::from_secs(10);

fn post(control: &str, path: &str) {
    let said = run(Command::new("curl").args(["-sS", "--fail", "-X", "POST", &format!("{control}/{path}")]));
    assert_eq!(said.code, 0, "{path}: {said:?}");
}

#[test]
fn a_region_leaves_and_comes_back_and_a_fence_holds_with_all_of_it_stopped() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("meridian.sock");
    let mut demo = meridian();
    demo.args(["demo", "--dns", "127.0.0.1:0", "--web", "127.0.0.1:0", "--gateways", "0"])
        .arg("--socket")
        .arg(&socket)
        .arg("--state")
        .arg(directory.path().join("state"));
    let mut server = Server::start(&mut demo, socket.clone());
    let stop = server.hear("curl -X POST http://");
    let control = stop.split("POST ").nth(1).unwrap().split("/stop").next().unwrap().to_owned();

    assert_eq!(server.dig(&AMERICAN), [US_EAST]);
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    post(&control, "stop/us-east");
    let took = server.dig_until(&AMERICAN, &[EU_WEST]);
    assert!(took < EXPECTED, "the answer left after {took:?}");
    post(&control, "start/us-east");
    let took = server.dig_until(&AMERICAN, &[US_EAST]);
    assert!(took < EXPECTED, "the answer came back after {took:?}");

    post(&control, "stop/eu-central");
    server.dig_until(&GERMAN, &[EU_WEST]);
    post(&control, "stop/eu-west");
    server.hear("api.yourdomain.com is answered from its last resort inside fence gdpr");
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL], "inside the fence, though it is down");
    assert_eq!(server.dig(&AMERICAN), [US_EAST]);
    let down = server.status()["regions"]["eu-west"]["verdict"].clone();
    assert_eq!(down, "down");
    assert!(
        server.metric("meridian_probe_failures_total{region=\"eu-west\",layer=\"tcp\",class=\"refused\"}")
            > Some(2.0)
    );
    assert_eq!(server.metric("meridian_region_up{region=\"eu-west\"}"), Some(0.0));
    post(&control, "start/eu-west");
    server.dig_until(&GERMAN, &[EU_WEST]);
    server.order(&["drain", "eu-central", "--reason", "a metric for each"]);
    shows_every_metric(&server.metrics());

    server.signal("INT");
    let status = server.end();
    assert!(status.success(), "Ctrl-C ends it cleanly: {status}");
    assert!(!socket.exists(), "its socket goes with it");
}

fn shows_every_metric(page: &str) {
    for name in [
        "meridian_dns_queries_total",
        "meridian_answers_total",
        "meridian_region_up",
        "meridian_region_weight",
        "meridian_probe_seconds",
        "meridian_probe_failures_total",
        "meridian_snapshot_epoch",
        "meridian_snapshot_build_seconds",
        "meridian_overrides",
        "meridian_geoip_build_timestamp_seconds",
    ] {
        assert!(page.contains(&format!("\n# TYPE {name} ")), "{name} is not described in\n{page}");
        let counted = [format!("\n{name}{{"), format!("\n{name} "), format!("\n{name}_count")];
        assert!(counted.iter().any(|line| page.contains(line)), "{name} is not counted in\n{page}");
    }
}

#[test]
fn a_demo_that_cannot_start_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let said = run(meridian()
        .args(["demo", "--dns", "203.0.113.1:5353", "--web", "127.0.0.1:0", "--gateways", "0"])
        .env("TMPDIR", directory.path())
        .current_dir(directory.path()));
    assert_eq!(said.code, 1, "{said:?}");
    assert!(said.err.contains("cannot listen on 203.0.113.1:5353"), "{said:?}");
    let left: Vec<_> = std::fs::read_dir(directory.path()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_demo_keeps_its_state_where_it_is_told_by_a_relative_path() {
    let directory = tempfile::tempdir().unwrap();
    let mut demo = meridian();
    demo.args(["demo", "--dns", "127.0.0.1:0", "--web", "127.0.0.1:0", "--gateways", "0"])
        .args(["--socket", "run/demo.sock", "--state", "kept"])
        .current_dir(directory.path());
    let server = Server::start(&mut demo, directory.path().join("run/demo.sock"));
    assert_eq!(server.dig(&AMERICAN), [US_EAST]);
    server.order(&["drain", "us-east", "--reason", "kept"]);
    server.stop();
    assert!(directory.path().join("kept/meridian.toml").exists());
    let server = Server::start(&mut demo, directory.path().join("run/demo.sock"));
    assert_eq!(server.dig(&AMERICAN), [EU_WEST], "the drain was kept");
    server.stop();
}
