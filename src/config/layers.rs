//! The layers of a probe plan: `liveliness`, `readiness`, `completion`, `provider`, `metrics`.

use std::path::Path;
use std::time::Duration;

use super::item::Item;
use super::probes::{INTERVALS, within};
use super::reading::Reading;
use super::section::Section;
use crate::fetch::Place;
use crate::health::{Completion, DatabaseDown, Liveliness, Metrics, Preset, ProbePlan, Readiness};

/// What a preset asks for where the config says nothing.
pub(super) fn usual(preset: Preset) -> Option<Liveliness> {
    match preset {
        Preset::Gateway => None,
        Preset::AlbCompatible => Some(Liveliness { path: LIVELINESS.into() }),
    }
}

pub(super) fn liveliness(mut section: Section<'_>) -> Option<Liveliness> {
    let path = section.need("path", |item| path(item, LIVELINESS));
    section.finish();
    Some(Liveliness { path: path? })
}

pub(super) fn readiness(mut section: Section<'_>) -> Option<Readiness> {
    let path = section.or("path", READINESS.into(), |item| path(item, READINESS));
    let database_down =
        section.or("database_down", DatabaseDown::Degrade, |item| item.choice(&DATABASE_DOWN));
    let (interval, timeout) = timing(&mut section, READY_INTERVAL, READY_TIMEOUT);
    section.finish();
    Some(Readiness { path: path?, database_down: database_down?, interval: interval?, timeout: timeout? })
}

pub(super) fn completion(mut section: Section<'_>, files: &Reading<'_>) -> Option<Completion> {
    let model = section.or("model", MOCK_MODEL.into(), model);
    asked(section, files, model, (MOCK_INTERVAL, MOCK_TIMEOUT))
}

pub(super) fn provider(mut section: Section<'_>, files: &Reading<'_>) -> Option<Completion> {
    let model = section.need("model", model);
    asked(section, files, model, (REAL_INTERVAL, REAL_TIMEOUT))
}

fn asked(
    mut section: Section<'_>,
    files: &Reading<'_>,
    model: Option<Box<str>>,
    (interval, timeout): (Duration, Duration),
) -> Option<Completion> {
    let path = section.or("path", COMPLETIONS.into(), |item| path(item, COMPLETIONS));
    let key_file = section.maybe("key_file", |item| key_file(item, files));
    let (interval, timeout) = timing(&mut section, interval, timeout);
    section.finish();
    Some(Completion {
        path: path?,
        model: model?,
        key_file: key_file?,
        interval: interval?,
        timeout: timeout?,
    })
}

/// Reads `metrics`; and where its URL stands.
pub(super) fn metrics<'a>(mut section: Section<'a>, files: &Reading<'_>) -> Option<(Metrics, Item<'a>)> {
    let url = section.need("url", |item| {
        let example = "a URL such as \"http://{endpoint}:4000/metrics/\" or \"http://prometheus.{region}.internal:9090/federate\", without a user";
        let url = item.parse(example, |text| {
            let filled = text.replace(ProbePlan::REGION, "region").replace(ProbePlan::ENDPOINT, "192.0.2.1");
            Place::parse(&filled).is_ok().then_some(text)
        })?;
        Some((Box::<str>::from(url), item.clone()))
    });
    let key_file = section.maybe("key_file", |item| key_file(item, files));
    let limit = section.maybe("limit", |item| item.integer(1..=10_000_000));
    let (interval, timeout) = timing(&mut section, SCRAPE_INTERVAL, SCRAPE_TIMEOUT);
    section.finish();
    let (url, item) = url?;
    let (interval, timeout) = (interval?, timeout?);
    Some((Metrics { url, key_file: key_file?, limit: limit?, interval, timeout }, item))
}

/// `interval` and `timeout`, of which the second is within the first.
fn timing(
    section: &mut Section<'_>,
    interval: Duration,
    timeout: Duration,
) -> (Option<Duration>, Option<Duration>) {
    let interval = section.or("interval", interval, |item| item.duration(INTERVALS));
    let longest = interval.unwrap_or(*INTERVALS.end());
    let timeout = section.or("timeout", timeout.min(longest), |item| within(item, longest));
    (interval, timeout)
}

/// The path of a request. `/health` itself is none to probe: it asks every provider.
fn path(item: &Item<'_>, example: &str) -> Option<Box<str>> {
    let path: Box<str> =
        item.parse(&format!("a path from \"/\" in visible ASCII, such as {example:?}"), |text| {
            (text.starts_with('/') && text.bytes().all(|octet| octet.is_ascii_graphic())).then(|| text.into())
        })?;
    let costly = matches!(path.split('?').next(), Some("/health" | "/health/"));
    if costly {
        item.refuse(format_args!(
            "found {}, which asks every provider of the gateway each time; such as {example:?}",
            item.found()
        ));
    }
    (!costly).then_some(path)
}

fn model(item: &Item<'_>) -> Option<Box<str>> {
    item.parse("a model's name", |text| {
        (!text.is_empty() && text.len() <= 256 && !text.chars().any(char::is_control)).then(|| text.into())
    })
}

/// A file that holds one key. What stands in it is never repeated.
fn key_file(item: &Item<'_>, files: &Reading<'_>) -> Option<Box<Path>> {
    let path = item.path()?;
    let refuse = |what: &dyn std::fmt::Display| item.refuse(format_args!("{} {what}", path.display()));
    let text = files.text(&path, 1).map_err(|error| refuse(&error)).ok()?;
    let key = text.trim();
    let one =
        !key.is_empty() && key.len() <= LONGEST_KEY && key.bytes().all(|octet| octet.is_ascii_graphic());
    if !one {
        refuse(&format_args!("holds no key; one line of at most {LONGEST_KEY} visible ASCII characters"));
    }
    one.then(|| path.clone().into())
}

const LIVELINESS: &str = "/health/liveliness";
const READINESS: &str = "/health/readiness";
const COMPLETIONS: &str = "/v1/chat/completions";
/// By custom, the model that the gateway answers by itself.
const MOCK_MODEL: &str = "probe";
const DATABASE_DOWN: [(&str, DatabaseDown); 3] =
    [("ignore", DatabaseDown::Ignore), ("degrade", DatabaseDown::Degrade), ("hard", DatabaseDown::Hard)];
const READY_INTERVAL: Duration = Duration::from_secs(10);
/// Above the 4 s that a gateway takes to see that its database hangs.
const READY_TIMEOUT: Duration = Duration::from_secs(6);
const MOCK_INTERVAL: Duration = Duration::from_secs(30);
const MOCK_TIMEOUT: Duration = Duration::from_secs(15);
const REAL_INTERVAL: Duration = Duration::from_secs(300);
const REAL_TIMEOUT: Duration = Duration::from_secs(60);
const SCRAPE_INTERVAL: Duration = Duration::from_secs(15);
const SCRAPE_TIMEOUT: Duration = Duration::from_secs(10);
const LONGEST_KEY: usize = 4096;
