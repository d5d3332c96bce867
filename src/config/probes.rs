//! `[probes.NAME]`: sets of layers that regions share.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::declared::Declared;
use super::item::Item;
use super::section::Section;
use super::words::short;
use crate::health::{Liveliness, ProbePlan, Scheme};

/// Reads every probe plan.
pub(super) fn read<'a>(section: &Section<'a>) -> Declared<'a, ProbePlan> {
    Declared::read("probe", section, plan)
}

fn plan(name: &str, section: Section<'_>) -> Option<ProbePlan> {
    let mut section = section.later(&["readiness", "completion", "metrics", "preset"]);
    let scheme = section.or("scheme", Scheme::Http, scheme);
    let port = section.need("port", |item| item.integer(1..=u64::from(u16::MAX)));
    let usual = ProbePlan::default();
    let interval = section.or("interval", usual.interval, |item| item.duration(INTERVALS));
    let longest = interval.unwrap_or(*INTERVALS.end());
    let fast_interval =
        section.or("fast_interval", usual.fast_interval.min(longest), |item| within(item, longest));
    let timeout = section.or("timeout", usual.timeout.min(longest), |item| within(item, longest));
    let fall = section.or("fall", usual.fall, |item| item.integer(ROUNDS));
    let rise = section.or("rise", usual.rise, |item| item.integer(ROUNDS));
    let liveliness = section.table("liveliness", liveliness);
    section.finish();
    Some(ProbePlan {
        name: name.into(),
        scheme: scheme?,
        port: port?,
        interval: interval?,
        fast_interval: fast_interval?,
        timeout: timeout?,
        fall: fall?,
        rise: rise?,
        liveliness: liveliness?,
        ..usual
    })
}

fn scheme(item: &Item<'_>) -> Option<Scheme> {
    let scheme = item.choice(&[("http", Scheme::Http), ("https", Scheme::Https)])?;
    if scheme == Scheme::Https {
        item.refuse("\"https\" is not supported yet: it comes with a later release; \"http\"");
    }
    (scheme == Scheme::Http).then_some(scheme)
}

/// A part of a round's time: a round ends before the next one of its endpoint begins.
fn within(item: &Item<'_>, interval: Duration) -> Option<Duration> {
    let duration = item.duration(INTERVALS)?;
    if duration > interval {
        let interval = short(interval);
        item.refuse(format_args!("found {}; at most the interval, {interval}", item.found()));
    }
    (duration <= interval).then_some(duration)
}

fn liveliness(mut section: Section<'_>) -> Option<Liveliness> {
    let path = section.need("path", |item| {
        item.parse("a path from \"/\" in visible ASCII, such as \"/health/liveliness\"", |text| {
            (text.starts_with('/') && text.bytes().all(|octet| octet.is_ascii_graphic())).then(|| text.into())
        })
    });
    section.finish();
    Some(Liveliness { path: path? })
}

const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(3600);
const ROUNDS: RangeInclusive<u64> = 1..=1000;
