//! Services, overrides and events as rows.

use crate::admin::body::{AlarmBody, Moment, OverrideBody, PushBody, Span};
use crate::admin::overview::ServiceView;
use crate::health::Verdict;
use crate::world::{Event, Holds, StampedEvent};

/// A service.
pub(super) struct ServiceRow {
    pub(super) name: Box<str>,
    /// Whether the map is of it.
    pub(super) mapped: bool,
    pub(super) strategy: &'static str,
    pub(super) regions: String,
    pub(super) ttl: String,
    pub(super) bounds: String,
    pub(super) rate: String,
}

impl ServiceRow {
    pub(super) fn of(service: &ServiceView, regions: &[Box<str>], mapped: bool) -> Self {
        let named = service.regions.iter().filter_map(|at| regions.get(*at)).map(|name| &**name);
        Self {
            name: service.name.clone(),
            mapped,
            strategy: service.strategy,
            regions: named.collect::<Vec<_>>().join(", "),
            ttl: seconds(service.ttl),
            bounds: seconds(service.bounds),
            rate: rate(service.rate),
        }
    }
}

/// `5 to 30 s`
fn seconds((least, most): (u32, u32)) -> String {
    if least == most { format!("{most} s") } else { format!("{least} to {most} s") }
}

/// So many a second, to two digits.
pub(super) fn rate(rate: f64) -> String {
    match rate {
        0.0 => "0".to_owned(),
        ..0.1 => "< 0.1".to_owned(),
        ..9.95 => format!("{rate:.1}"),
        ..9_999.5 => format!("{rate:.0}"),
        _ => format!("{:.0} k", rate / 1_000.0),
    }
}

/// An alarm that holds.
pub(super) struct AlarmRow {
    pub(super) kind: String,
    pub(super) evidence: String,
    pub(super) since: Moment,
    pub(super) lasts: Span,
}

impl AlarmRow {
    pub(super) fn of(alarm: AlarmBody, now: u64) -> Self {
        Self {
            kind: alarm.kind,
            evidence: alarm.evidence,
            lasts: Span(now.saturating_sub(alarm.since.0)),
            since: alarm.since,
        }
    }
}

/// An override that holds.
pub(super) struct Ordered {
    pub(super) region: String,
    pub(super) service: String,
    pub(super) kind: String,
    pub(super) actor: String,
    pub(super) reason: String,
    pub(super) until: Moment,
    pub(super) left: Span,
}

impl Ordered {
    pub(super) fn of(word: OverrideBody, now: u64) -> Self {
        Self {
            kind: word.sort(),
            region: word.region,
            service: word.service.unwrap_or_else(|| "all services".to_owned()),
            actor: word.actor,
            reason: word.reason,
            until: word.until,
            left: Span(word.until.0.saturating_sub(now)),
        }
    }
}

/// A word that a machine pushed.
pub(super) struct PushRow {
    pub(super) region: String,
    pub(super) source: String,
    pub(super) said: String,
    pub(super) until: Moment,
    pub(super) left: Span,
}

impl PushRow {
    pub(super) fn of(word: PushBody, now: u64) -> Self {
        Self {
            said: word.said(),
            region: word.region,
            source: word.source,
            until: word.until,
            left: Span(word.until.0.saturating_sub(now)),
        }
    }
}

/// Something that happened.
pub(super) struct EventRow {
    pub(super) at: Moment,
    pub(super) ago: Span,
    pub(super) words: String,
    pub(super) tone: &'static str,
}

impl EventRow {
    pub(super) fn of(event: &StampedEvent, now: u64) -> Self {
        Self {
            at: Moment(event.at),
            ago: Span(now.saturating_sub(event.at)),
            words: event.event.to_string(),
            tone: tone(&event.event),
        }
    }
}

/// The class of an event; its words say the same.
const fn tone(event: &Event) -> &'static str {
    match event {
        Event::Endpoint { to: Verdict::Down, .. }
        | Event::Region { to: Verdict::Down, .. }
        | Event::ReloadRefused { .. }
        | Event::Alarm { now: Holds::Began, .. }
        | Event::LastResort { now: Holds::Began, .. } => "bad",
        Event::Endpoint { to: Verdict::Up, .. }
        | Event::Region { to: Verdict::Up, .. }
        | Event::Alarm { now: Holds::Ended, .. }
        | Event::LastResort { now: Holds::Ended, .. } => "good",
        Event::Overridden(_) | Event::Lifted { .. } | Event::Expired(_) => "ordered",
        _ => "plain",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_show_two_digits() {
        let shown = [0.0, 0.04, 0.42, 9.94, 12.3, 4_321.0, 123_456.0].map(rate);
        assert_eq!(shown, ["0", "< 0.1", "0.4", "9.9", "12", "4321", "123 k"]);
    }

    #[test]
    fn bounds_that_are_one_are_said_once() {
        assert_eq!((seconds((5, 30)), seconds((30, 30))), ("5 to 30 s".to_owned(), "30 s".to_owned()));
    }
}
