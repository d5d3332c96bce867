//! The exposition as a scraper reads it.

use std::collections::BTreeSet;
use std::time::Duration;

use super::*;

/// Raises every metric once, so that all of them show.
fn raise_all() {
    DNS_QUERIES.add(["udp", "NOERROR"], 3);
    DNS_DROPPED.add(["udp", "junk"], 1);
    ANSWERS.add(["api.example.com", "eu-west", "preferred"], 2);
    QUERY_LOG.add(["written"], 1);
    WORKER_PANICS.add(["udp"], 1);
    DNS_CONNECTIONS.set(["tcp"], 4.0);
    CONNECTIONS_CLOSED.add(["tcp", "idle"], 1);
    CONNECTIONS_REFUSED.add(["tcp", "descriptors"], 1);
    TLS_CERTIFICATE_EXPIRY.set([], 1_800_000_000.0);
    REGION_UP.set(["eu-west"], 1.0);
    REGION_WEIGHT.set(["eu-west"], 100.0);
    PROBE_SECONDS.record(["eu-west", "tcp"], Duration::from_millis(3));
    PROBE_AGE.set(["eu-west", "tcp"], 2.0);
    PROBE_FAILURES.add(["eu-west", "tcp", "refused"], 1);
    PROBE_DROPPED.add([], 1);
    SNAPSHOT_EPOCH.set([], 7.0);
    SNAPSHOT_BUILD_SECONDS.record([], Duration::from_micros(300));
    OVERRIDES.set(["eu-west", "drain"], 1.0);
    EVENTS.add(["region"], 1);
    ALARMS.set(["region_down"], 1.0);
    STORE_ERRORS.add([], 1);
    LAST_RESORTS.set([], 0.0);
    PROBER_SILENCE.set([], 0.5);
    RATE_LIMITED.add(["dropped"], 1);
    REGION_LOAD.set(["eu-west"], 0.5);
    PUSHES.set(["eu-west"], 1.0);
    PROBER_MISSED.set([], 0.0);
    PROBER_DEAD.set([], 0.0);
    PROBE_CERTIFICATE_EXPIRY.set(["eu-west"], 1_800_000_000.0);
    HOOK_NOTICES.add(["hooks.example.com", "delivered"], 1);
    SLA_SECONDS.add(["eu-west", "up"], 1);
    SLA_REQUESTS.add(["eu-west", "served"], 1);
    SLA_ANSWERS.add(["eu-west", "within_5s"], 1);
    GEOIP_BUILD.set([], 1_760_000_000.0);
    LAST_KNOWN_GOOD_AGE.set([], 60.0);
    GEOIP_HELD.set([], 1.0);
    GEOIP_DRIFT.set([], 0.3);
    PROOF_TIMESTAMP.set([], 1_760_000_000.0);
    PROOF_SECONDS.set([], 1.3);
    PROOF_WHOLE.set([], 1.0);
    SERVICE_LOAD.set(["api.example.com"], 61_234.0);
    SERVICE_TTL.set(["api.example.com"], 7.0);
}

/// `name{label="value",…} number`, as its name, its labels and its number.
fn parse(line: &str) -> Option<(&str, Vec<&str>, f64)> {
    let (series, number) = line.rsplit_once(' ')?;
    let (name, labels) = match series.split_once('{') {
        Some((name, labels)) => (name, labels.strip_suffix('}')?),
        None => (series, ""),
    };
    let labels = labels
        .split(',')
        .filter(|label| !label.is_empty())
        .map(|label| {
            let (key, value) = label.split_once('=')?;
            value.strip_prefix('"')?.strip_suffix('"')?;
            Some(key)
        })
        .collect::<Option<Vec<_>>>()?;
    Some((name, labels, number.parse().ok()?))
}

/// The metric that a series belongs to.
fn family(series: &str) -> &str {
    ["_bucket", "_sum", "_count"].iter().find_map(|suffix| series.strip_suffix(suffix)).unwrap_or(series)
}

#[test]
fn every_metric_shows_with_help_and_its_labels() {
    let exposition = install();
    raise_all();
    let text = exposition.render();
    for description in describe() {
        let Description { name, help, labels, .. } = description;
        assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name} in\n{text}");
        let found = text
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(parse)
            .find(|(series, ..)| family(series) == name);
        let (_, found, _) = found.unwrap_or_else(|| panic!("{name} is missing in\n{text}"));
        let found: Vec<_> = found.into_iter().filter(|label| *label != "le").collect();
        assert_eq!(found, labels, "{name}");
    }
}

#[test]
fn a_counter_is_read_back_cell_by_cell() {
    let exposition = install();
    WORKER_PANICS.add(["read-back"], 3);
    let totals = exposition.totals(&WORKER_PANICS);
    let cell = totals.iter().find(|total| total.labels == ["read-back"]);
    assert_eq!(cell.map(|total| total.value), Some(3.0), "{totals:?}");
    assert_eq!(ANSWERS.total("meridian_answers_total_other{service=\"a\"} 1"), None);
}

#[test]
fn every_line_of_the_exposition_parses_and_is_described() {
    let exposition = install();
    raise_all();
    let described: BTreeSet<_> = describe().iter().map(|metric| metric.name).collect();
    let text = exposition.render();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (series, ..) = parse(line).unwrap_or_else(|| panic!("no series: {line}"));
        assert!(described.contains(family(series)), "nobody described {line}");
    }
}

#[test]
fn no_name_is_given_twice() {
    let described = describe();
    let names: BTreeSet<_> = described.iter().map(|metric| metric.name).collect();
    assert_eq!(names.len(), described.len());
    assert!(names.iter().all(|name| name.starts_with("meridian_")), "{names:?}");
}

#[test]
fn a_probe_of_three_milliseconds_falls_in_the_bucket_of_five() {
    let exposition = install();
    PROBE_SECONDS.record(["bucket-test", "tcp"], Duration::from_millis(3));
    exposition.upkeep();
    let text = exposition.render();
    let bucket = |le: &str| {
        format!("meridian_probe_seconds_bucket{{region=\"bucket-test\",layer=\"tcp\",le=\"{le}\"}}")
    };
    for (le, count) in [("0.0025", 0), ("0.005", 1), ("10", 1), ("+Inf", 1)] {
        let line = format!("{} {count}\n", bucket(le));
        assert!(text.contains(&line), "{line} in\n{text}");
    }
}

#[test]
fn installing_again_shows_the_same_numbers() {
    let first = install();
    WORKER_PANICS.add(["install-test"], 5);
    let second = install();
    let line = "meridian_worker_panics_total{transport=\"install-test\"} 5\n";
    assert!(first.render().contains(line));
    assert!(second.render().contains(line));
}
