//! Alerts and dashboard: promtool checks and runs the rules, and every expression names metrics and labels that exist.

#![allow(clippy::unwrap_used)] // every line here is a test

use std::collections::BTreeMap;
use std::process::Command;

use meridian::metrics::{Kind, describe, reference};
use meridian::world::AlarmKind;
use serde_json::Value;

const RULES: &str = "deploy/prometheus/meridian.rules.yml";
const TESTS: &str = "deploy/prometheus/meridian.test.yml";
const DASHBOARD: &str = "deploy/grafana/meridian.json";

fn read(path: &str) -> String {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(root.join(path)).unwrap()
}

/// Labels that Prometheus itself adds.
const ADDED: [&str; 4] = ["job", "instance", "le", "__name__"];

/// The series that a scrape shows, and their labels.
fn series() -> BTreeMap<String, Vec<&'static str>> {
    let mut series = BTreeMap::new();
    for metric in describe() {
        let suffixes: &[&str] = match metric.kind {
            Kind::Histogram => &["_bucket", "_sum", "_count"],
            Kind::Counter | Kind::Gauge => &[""],
        };
        for suffix in suffixes {
            series.insert(format!("{}{suffix}", metric.name), metric.labels.to_vec());
        }
    }
    series
}

/// Every `meridian_…` in `text`, with the label names of the braces behind it.
fn used(text: &str) -> Vec<(String, Vec<String>)> {
    let mut used = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("meridian_") {
        let end = rest[at..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .map_or(rest.len(), |end| at + end);
        let name = rest[at..end].to_owned();
        rest = &rest[end..];
        let inside =
            rest.strip_prefix('{').and_then(|inside| inside.split_once('}')).map_or("", |(inside, _)| inside);
        let matchers = inside.split("\",").filter(|matcher| !matcher.trim().is_empty());
        let label = |matcher: &str| matcher.trim().split(['=', '!']).next().unwrap().to_owned();
        used.push((name, matchers.map(label).collect()));
    }
    used
}

fn hold_to_what_exists(place: &str, text: &str) {
    let series = series();
    for (name, labels) in used(text) {
        let has = series.get(&name).unwrap_or_else(|| panic!("{place}: no metric is called {name}: {text}"));
        for label in labels {
            let known = has.contains(&label.as_str()) || ADDED.contains(&label.as_str());
            assert!(known, "{place}: {name} has no label {label}, it has {has:?}: {text}");
        }
    }
}

fn promtool(arguments: &[&str]) -> String {
    let mut promtool = Command::new("promtool");
    promtool.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    let output = promtool.output().expect("promtool is installed (package prometheus)");
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    said.into_owned()
}

#[test]
fn the_reference_in_docs_says_what_the_program_says() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/metrics.md");
    let page = reference();
    if std::env::var_os("MERIDIAN_WRITE_DOCS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(written, page, "write it anew: MERIDIAN_WRITE_DOCS=1 cargo test --test observability");
}

#[test]
fn every_kind_of_alarm_is_in_docs_and_no_other() {
    let page = read("docs/alarms.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    let told: Vec<&str> = rows.flat_map(|cell| cell.split(", ")).map(|word| word.trim_matches('`')).collect();
    assert_eq!(told, AlarmKind::ALL.map(AlarmKind::word), "gravest first, as the status shows them");
}

#[test]
fn every_alert_fires_when_it_should_and_not_when_it_should_not() {
    assert!(promtool(&["check", "rules", RULES]).contains("SUCCESS"));
    assert!(promtool(&["test", "rules", TESTS]).contains("SUCCESS"));
    let tests = read(TESTS);
    let rules = read(RULES);
    let alerts: Vec<&str> = rules.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    assert!(alerts.len() >= 14, "{alerts:?}");
    for alert in alerts {
        let of = format!("alertname: {alert}\n        exp_alerts:");
        assert!(tests.contains(&of), "no test of {TESTS} raises {alert}");
    }
}

#[test]
fn alerts_name_metrics_and_labels_that_exist() {
    let rules = read(RULES);
    let code = rules.lines().filter(|line| !line.trim_start().starts_with('#'));
    hold_to_what_exists(RULES, &code.collect::<Vec<_>>().join("\n"));
    let tests = read(TESTS);
    for line in tests.lines().filter(|line| line.contains("series:")) {
        let series = line.split('\'').nth(1).unwrap_or_default();
        hold_to_what_exists(TESTS, series);
    }
}

#[test]
fn every_panel_of_the_dashboard_asks_for_what_exists() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let mut asked = Vec::new();
    for panel in panels {
        let title = panel["title"].as_str().unwrap();
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            hold_to_what_exists(title, expression);
            asked.push(expression.to_owned());
        }
    }
    for variable in dashboard["templating"]["list"].as_array().unwrap() {
        hold_to_what_exists("a variable", variable["definition"].as_str().unwrap_or_default());
    }
    for metric in
        ["meridian_answers_total", "meridian_region_up", "meridian_probe_seconds", "meridian_overrides"]
    {
        assert!(asked.iter().any(|asked| asked.contains(metric)), "no panel shows {metric}");
    }
    let ids: std::collections::BTreeSet<i64> =
        panels.iter().map(|panel| panel["id"].as_i64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len(), "panels have numbers of their own");
}

#[test]
fn prometheus_itself_understands_every_panel() {
    let dashboard: Value = serde_json::from_str(&read(DASHBOARD)).unwrap();
    let mut rules = String::from("groups:\n- name: panels\n  rules:\n");
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap().replace("$__rate_interval", "1m");
            rules += &format!(
                "  - record: panel:{}:{}\n    expr: {expression:?}\n",
                panel["id"],
                target["refId"].as_str().unwrap()
            );
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("panels.yml");
    std::fs::write(&file, rules).unwrap();
    promtool(&["check", "rules", file.to_str().unwrap()]);
}
