//! `[probes.NAME]`: sets of layers that regions share.

use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Duration;

use super::declared::Declared;
use super::item::Item;
use super::layers;
use super::reading::Reading;
use super::section::Section;
use super::words::short;
use crate::fetch::{Place, Trust};
use crate::health::{Preset, ProbePlan, Scheme, Tls};
use crate::region::Region;

/// A plan, and what it needs from files.
pub(super) struct Probed<'a> {
    pub plan: ProbePlan,
    /// Whose certificates are believed; there where some layer speaks TLS.
    pub trust: Option<Trust>,
    /// Where the URL of the figures stands, when it is the same for every region.
    one_url: Option<Item<'a>>,
}

/// Reads every probe plan.
pub(super) fn read<'a>(section: &Section<'a>, files: &Reading<'_>) -> Declared<'a, Probed<'a>> {
    Declared::read("probe", section, |name, section| plan(name, section, files))
}

/// Refuses figures that two regions would share: each would be judged by the other's.
pub(super) fn check(plans: &Declared<'_, Probed<'_>>, regions: &Declared<'_, Region>) {
    for (at, declared) in plans.iter().enumerate() {
        let Some(item) = declared.value.as_ref().and_then(|probed| probed.one_url.as_ref()) else { continue };
        let mine = |region: &&str| {
            let value = regions.position(region).and_then(|position| regions.value(position));
            value.is_some_and(|region| region.plan == Some(at))
        };
        let names: Vec<&str> = regions.iter().map(|region| &*region.name).filter(mine).collect();
        if let [one, other, ..] = names[..] {
            item.refuse(format_args!(
                "{} is the same for {one} and {other}; {REGION} or {ENDPOINT} in it, or a plan for each region",
                item.found()
            ));
        }
    }
}

fn plan<'a>(name: &str, mut section: Section<'a>, files: &Reading<'_>) -> Option<Probed<'a>> {
    let preset = section.or("preset", Preset::Gateway, |item| item.choice(&PRESETS));
    let usual = ProbePlan::preset(preset.unwrap_or_default());
    let scheme = section.or("scheme", Scheme::Http, |item| item.choice(&SCHEMES));
    let port = section.need("port", |item| item.integer(1..=u64::from(u16::MAX)));
    let interval = section.or("interval", usual.interval, |item| item.duration(INTERVALS));
    let longest = interval.unwrap_or(*INTERVALS.end());
    let fast_interval =
        section.or("fast_interval", usual.fast_interval.min(longest), |item| within(item, longest));
    let timeout = section.or("timeout", usual.timeout.min(longest), |item| within(item, longest));
    let fall = section.or("fall", usual.fall, |item| item.integer(ROUNDS));
    let rise = section.or("rise", usual.rise, |item| item.integer(ROUNDS));
    let liveliness = section.table("liveliness", layers::liveliness);
    let readiness = section.table("readiness", layers::readiness);
    let completion = section.table("completion", |section| layers::completion(section, files));
    let provider = section.table("provider", |section| layers::provider(section, files));
    let metrics = section.table("metrics", |section| layers::metrics(section, files));
    let (metrics, url) = metrics?.unzip();
    let secure_url = metrics.as_ref().is_some_and(|metrics| metrics.url.starts_with("https:"));
    let needed = scheme == Some(Scheme::Https) || secure_url;
    let tls = section.table("tls", |section| tls(section, files));
    if !needed {
        section.refuse_present("tls", "has no use without TLS; scheme = \"https\", or leave it out");
    }
    let (tls, own) = tls?.unwrap_or_default();
    let trust = match own {
        None if needed => Some(system(&section)),
        own => Some(own),
    };
    section.finish();
    let plan = ProbePlan {
        name: name.into(),
        scheme: scheme?,
        tls,
        port: port?,
        interval: interval?,
        fast_interval: fast_interval?,
        timeout: timeout?,
        fall: fall?,
        rise: rise?,
        preset: preset?,
        liveliness: liveliness?.or_else(|| layers::usual(preset?)),
        readiness: readiness?,
        completion: completion?,
        provider: provider?,
        metrics,
    };
    let one_url =
        url.filter(|item| item.text().is_some_and(|url| !url.contains(REGION) && !url.contains(ENDPOINT)));
    Some(Probed { plan, trust: trust?, one_url })
}

/// The system's roots; none: there are none, and that was said.
fn system(section: &Section<'_>) -> Option<Trust> {
    Trust::system().map_err(|error| section.refuse(error)).ok()
}

/// `tls`: the name that is asked for, and the file with the roots that are believed.
fn tls(mut section: Section<'_>, files: &Reading<'_>) -> Option<(Tls, Option<Trust>)> {
    let name = section.maybe("name", |item| {
        item.parse("a host name, such as \"api.yourdomain.com\"", |text| {
            Place::parse(&format!("https://{text}/"))
                .is_ok_and(|place| *place.host == *text)
                .then(|| text.into())
        })
    });
    let roots = section.maybe("ca_file", |item| trust(item, files));
    section.finish();
    let (ca_file, trust) = roots?.unzip();
    Some((Tls { name: name?, ca_file }, trust))
}

/// A file of roots.
pub(super) fn trust(item: &Item<'_>, files: &Reading<'_>) -> Option<(Box<Path>, Trust)> {
    let path = item.path()?;
    let refuse = |error: &dyn std::fmt::Display| item.refuse(format_args!("{} {error}", path.display()));
    let text = files.octets(&path, LARGEST_ROOTS).map_err(|error| refuse(&error)).ok()?;
    let trust = Trust::from_pem(&text).map_err(|error| refuse(&error)).ok()?;
    Some((path.into(), trust))
}

/// A part of a round's time: a round ends before the next one of its endpoint begins.
pub(super) fn within(item: &Item<'_>, interval: Duration) -> Option<Duration> {
    let duration = item.duration(INTERVALS)?;
    if duration > interval {
        let interval = short(interval);
        item.refuse(format_args!("found {}; at most the interval, {interval}", item.found()));
    }
    (duration <= interval).then_some(duration)
}

const REGION: &str = ProbePlan::REGION;
const ENDPOINT: &str = ProbePlan::ENDPOINT;
const SCHEMES: [(&str, Scheme); 2] = [("http", Scheme::Http), ("https", Scheme::Https)];
const PRESETS: [(&str, Preset); 2] =
    [(Preset::Gateway.word(), Preset::Gateway), (Preset::AlbCompatible.word(), Preset::AlbCompatible)];
pub(super) const INTERVALS: RangeInclusive<Duration> = Duration::from_millis(10)..=Duration::from_secs(3600);
const ROUNDS: RangeInclusive<u64> = 1..=1000;
/// In MiB: all roots of the world take a quarter of one.
const LARGEST_ROOTS: u64 = 4;
