//! Drills against running servers, seconds long.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::home::{EU_CENTRAL, GERMAN, Home};
use super::server::{PATIENCE, Said, Server, meridian, run};

/// The key of the demo's gateways.
const KEY: &str = "sk-demo";

fn drill(server: &Server, reports: &Path, words: &[&str]) -> Command {
    let mut command = meridian();
    command.arg("drill").args(words).arg("--socket").arg(&server.socket).arg("--report").arg(reports);
    command.args(["--dns", &server.dns.to_string(), "--web", &server.web.unwrap().to_string()]);
    command
}

fn report(reports: &Path) -> (Value, String) {
    let read = |ending: &str| {
        let entries = std::fs::read_dir(reports).unwrap().map(|entry| entry.unwrap().path());
        let path =
            entries.filter(|path| path.extension().is_some_and(|found| found == ending)).max().unwrap();
        std::fs::read_to_string(path).unwrap()
    };
    (serde_json::from_str(&read("json")).unwrap(), read("md"))
}

#[test]
fn a_drill_measures_the_shift_restores_and_reports() {
    let home = Home::new();
    let server = Server::serve(&home);
    for mode in ["drain", "down", "slow"] {
        let reports = home.path().join(mode);
        let said = run(&mut drill(&server, &reports, &["eu-central", "--for", "2s", "--mode", mode]));
        assert_eq!(said.code, 0, "{mode}: {said:?}");
        let (document, text) = report(&reports);
        let seen = &document["observed"];
        assert_eq!(document["broken_off"], Value::Null);
        assert_eq!(seen["fence_violations"], 0);
        assert!(seen["answers"].as_u64().unwrap() > 8, "{seen}");
        assert!(document["predicted_part"].as_f64().unwrap() > 0.0, "{document}");
        assert!(seen["restored"].as_f64().is_some(), "{seen}");
        if mode != "slow" {
            let recovery = document["recovery_seconds"].as_f64().unwrap();
            assert!((30.0..40.0).contains(&recovery), "a change and a TTL of 30 s: {recovery}");
            let (_, share) = (&seen["shares"], seen["shares"][0][1].as_f64());
            assert!(share.is_none_or(|share| share < 0.5), "{seen}");
        }
        assert!(text.contains("## Predicted and observed") && text.contains("## Action items"), "{text}");
        assert_eq!(server.status()["overrides"], serde_json::json!([]), "restored");
        assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    }
    server.stop();
}

#[test]
fn a_drill_that_a_rule_forbids_does_not_begin() {
    let home = Home::new();
    let server = Server::serve(&home);
    server.order(&["drain", "eu-west", "--reason", "first"]);
    let said = run(&mut drill(&server, home.path(), &["eu-central", "--for", "2s"]));
    assert!(said.code == 1 && said.err.contains("refused by min_regions"), "{said:?}");
    let again = run(&mut drill(&server, home.path(), &["eu-west", "--for", "2s"]));
    assert!(again.code == 1 && again.err.contains("nothing to drill"), "{again:?}");
    let unknown = run(&mut drill(&server, home.path(), &["mars", "--for", "2s"]));
    assert!(
        unknown.code == 1 && unknown.err.contains("the regions are us, eu-west, eu-central"),
        "{unknown:?}"
    );
    let asked = run(&mut drill(&server, home.path(), &["us", "--for", "2s", "--client", "91.10.0.0/24"]));
    assert!(asked.code == 1 && asked.err.contains("name one with --client"), "{asked:?}");
    assert_eq!(server.status()["overrides"].as_array().unwrap().len(), 1, "only the first drain");
    server.stop();
}

fn begin(server: &Server, reports: &Path, term: &str) -> Child {
    let mut command = drill(server, reports, &["eu-central", "--for", term]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while server.status()["overrides"].as_array().unwrap().is_empty() {
        assert!(Instant::now() < deadline, "the drill does not begin");
    }
    child
}

#[test]
fn a_drill_is_broken_off_when_another_region_is_lost_and_restores() {
    let home = Home::new();
    let server = Server::serve(&home);
    let child = begin(&server, home.path(), "5m");
    server.order(&["force", "us", "down", "--reason", "an incident"]);
    let output = child.wait_with_output().unwrap();
    let said = Said {
        code: output.status.code().unwrap(),
        out: String::from_utf8_lossy(&output.stdout).into(),
        err: String::from_utf8_lossy(&output.stderr).into(),
    };
    assert!(said.code == 1 && said.err.contains("broken off: 1 other region(s) serve, 2 did"), "{said:?}");
    let overrides = server.status()["overrides"].clone();
    assert_eq!(overrides.as_array().unwrap().len(), 1, "only the force is left: {overrides}");
    assert_eq!(server.dig(&GERMAN), [EU_CENTRAL]);
    server.stop();
}

#[test]
fn an_operators_order_in_the_middle_of_a_drill_stays() {
    let home = Home::new();
    let server = Server::serve(&home);
    let child = begin(&server, home.path(), "3s");
    server.order(&["drain", "eu-central", "--reason", "it is real now"]);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && err.contains("not put back: an order by uid:"), "{err}");
    let held = server.status()["overrides"].clone();
    assert_eq!((held.as_array().unwrap().len(), &held[0]["reason"]), (1, &"it is real now".into()));
    let (document, _) = report(home.path());
    assert!(document["not_put_back"].as_str().unwrap().contains("it is real now"), "{document}");
    server.stop();
}

#[test]
fn a_drill_that_is_killed_ends_by_the_expiry_of_its_override() {
    let home = Home::new();
    let server = Server::serve(&home);
    let mut child = begin(&server, home.path(), "5m");
    child.kill().unwrap();
    child.wait().unwrap();
    let held = server.status()["overrides"][0].clone();
    let at = |key: &str| humantime::parse_rfc3339(held[key].as_str().unwrap()).unwrap();
    let term = at("until").duration_since(at("from")).unwrap();
    assert_eq!(term, Duration::from_secs(5 * 60 + 60), "{held}");
    server.stop();
}

#[test]
fn a_drill_of_the_demo_sends_requests_through_the_name() {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("meridian.sock");
    let mut demo = meridian();
    demo.args(["demo", "--dns", "127.0.0.1:0", "--web", "127.0.0.1:0", "--gateways", "0", "--socket"])
        .arg(&socket);
    demo.arg("--state").arg(directory.path().join("state"));
    let mut server = Server::start(&mut demo, socket);
    let line = server.hear("curl http://127.0.1.10:");
    let port = line.split("127.0.1.10:").nth(1).unwrap().split('/').next().unwrap().to_owned();
    let smoke = |path: &str, more: &[&str], term: &str| {
        let url = format!("http://api.yourdomain.com:{port}{path}");
        let mut drill = drill(&server, directory.path(), &["us-east", "--for", term, "--smoke", &url]);
        let said = run(drill.args(more));
        let (document, _) = report(directory.path());
        (said, document["observed"].clone())
    };
    let (said, observed) = smoke("/health/liveliness", &[], "3s");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(observed["smoke"][0].as_u64().unwrap() >= 2 && observed["smoke"][1] == 0, "{observed}");
    assert!(observed["first_change"].as_f64().unwrap() < 3.0, "{observed}");

    let key = directory.path().join("probe.key");
    std::fs::write(&key, format!("{KEY}\n")).unwrap();
    let key = key.to_str().unwrap();
    let completions = "/v1/chat/completions";
    let (said, observed) = smoke(completions, &["--smoke-model", "probe", "--smoke-key", key], "3s");
    assert_eq!(said.code, 0, "{said:?}");
    assert!(observed["smoke"][0].as_u64().unwrap() >= 2 && observed["smoke"][1] == 0, "{observed}");
    let (said, observed) = smoke(completions, &["--smoke-model", "another", "--smoke-key", key], "1m");
    assert_eq!(said.code, 1, "no such model, so it is broken off: {said:?}");
    assert_eq!(observed["smoke"], serde_json::json!([0, 3]), "{observed}");
    server.stop();
}
