//! `failover`, `failback`, `slow_start`, `spill` and `max_lag` of a service: how its traffic moves when regions change.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::item::Item;
use super::section::Section;
use crate::steer::{Failback, Failover, Motion, Spill, Strategy, TtlBounds};

/// Reads the keys; `ttl` and `strategy` are the service's, no strategy where it is broken.
pub(super) fn read(section: &mut Section<'_>, ttl: TtlBounds, strategy: Option<&Strategy>) -> Option<Motion> {
    let failover = section.or("failover", Failover::Auto, |item| {
        item.choice(&[("auto", Failover::Auto), ("manual", Failover::Manual)])
    });
    let failback = section.or("failback", Failback::default(), |item| failback(item.table()?));
    let slow_start = section.or("slow_start", Duration::ZERO, |item| item.duration(SLOW_STARTS));
    let spill = section.maybe("spill", |item| spill(item, ttl));
    let max_lag = section.maybe("max_lag", |item| item.duration(LAGS));
    if strategy.is_some_and(|strategy| *strategy != Strategy::Failover) {
        section.refuse_present("max_lag", "only the strategy \"failover\" has a standby; leave it out");
    }
    let (spill, max_lag) = (spill?, max_lag?);
    Some(Motion { failover: failover?, failback: failback?, slow_start: slow_start?, spill, max_lag })
}

/// Whether traffic comes back by itself, and after how long.
fn failback(mut section: Section<'_>) -> Option<Failback> {
    #[derive(Clone, Copy, PartialEq)]
    enum Mode {
        Auto,
        Manual,
    }
    let mode =
        section.or("mode", Mode::Auto, |item| item.choice(&[("auto", Mode::Auto), ("manual", Mode::Manual)]));
    let delay = section.or("delay", Duration::ZERO, |item| item.duration(DELAYS));
    if mode == Some(Mode::Manual) {
        section.refuse_present("delay", "only the mode \"auto\" goes by it; leave it out");
    }
    section.finish();
    Some(match (mode?, delay?) {
        (Mode::Auto, delay) => Failback::Auto(delay),
        (Mode::Manual, _) => Failback::Manual,
    })
}

/// The loads at which a region's share starts to fall and at which it ends.
fn spill(item: &Item<'_>, ttl: TtlBounds) -> Option<Spill> {
    let mut section = item.table()?;
    let low = section.need("low", |item| item.number(LOADS));
    let high = section.need("high", |item| item.number(LOADS));
    section.finish();
    let (low, high) = (low?, high?);
    if high - low < NARROWEST {
        item.refuse(format_args!("low = {low} and high = {high}; high at least {NARROWEST} above low"));
        return None;
    }
    Some(Spill { low, high, lag: Duration::from_secs(u64::from(ttl.max)) + REPORTS })
}

const SLOW_STARTS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(3600);
const LAGS: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(24 * 3600);
const DELAYS: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(24 * 3600);
/// Of a region's capacity: 1 is all of it.
const LOADS: RangeInclusive<f64> = 0.01..=10.0;
const NARROWEST: f64 = 0.05;
/// The longest time between two reports of a load that spill is steady with.
const REPORTS: Duration = Duration::from_secs(10);
