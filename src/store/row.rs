//! An event as the text of its row. The text is hashed, so its shape never changes: new kinds are added, old ones stay.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::health::{FaultClass, Layer, Verdict};
use crate::world::{
    Alarm, AlarmKind, Event, Evidence, Holds, Override, OverrideKind, Portion, Proven, Push, PushedState,
    Ramp,
};

/// How many lines of one event are kept.
const PROBLEMS_KEPT: usize = 20;

#[derive(Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Row {
    Endpoint {
        region: Box<str>,
        endpoint: Box<str>,
        from: Box<str>,
        to: Box<str>,
        layer: Box<str>,
        fault: Option<Box<str>>,
        rounds: u32,
    },
    Region {
        region: Box<str>,
        from: Box<str>,
        to: Box<str>,
        #[serde(default, skip_serializing_if = "str::is_empty")]
        cause: Box<str>,
    },
    Weight {
        region: Box<str>,
        from: u8,
        to: u8,
        cause: Box<str>,
    },
    Override(Word),
    Lifted {
        lifted: Word,
        by: Box<str>,
    },
    Expired(Word),
    Pushed(Said),
    PushEnded(Said),
    Reload {
        config_sha256: Box<str>,
    },
    ReloadRefused {
        problems: Vec<String>,
    },
    LastKnownGood {
        accepted: u64,
        problems: Vec<String>,
    },
    ReloadForced {
        actor: Box<str>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<Box<str>>,
        problems: Vec<String>,
    },
    RuleOverridden {
        actor: Box<str>,
        rule: Box<str>,
        what: Box<str>,
    },
    Proof {
        cases: u64,
        milliseconds: u64,
        cut_short: Option<Box<str>>,
    },
    DatabaseHeld {
        sha256: Box<str>,
        moved: Box<str>,
    },
    Alarm {
        alarm: Box<str>,
        subject: Box<str>,
        since: u64,
        evidence: Box<str>,
        began: bool,
    },
    LastResort {
        service: Box<str>,
        fence: Option<Box<str>>,
        began: bool,
    },
}

#[derive(Serialize, Deserialize)]
struct Word {
    region: Box<str>,
    service: Option<Box<str>>,
    does: Box<str>,
    actor: Box<str>,
    reason: Box<str>,
    from: u64,
    until: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ramp: Option<(u64, u64)>,
    /// In hundredths of a percent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<u16>,
}

#[derive(Serialize, Deserialize)]
struct Said {
    region: Box<str>,
    source: Box<str>,
    weight: Option<u8>,
    load: Option<f64>,
    state: Option<Box<str>>,
    sequence: Option<u64>,
    until: u64,
}

/// The text of an event.
pub(super) fn encode(event: &Event) -> String {
    serde_json::to_string(&Row::from(event)).expect("a row of strings and numbers is always JSON")
}

/// A text that is no event's.
#[derive(Debug, thiserror::Error)]
pub(super) enum RowError {
    /// Not JSON, or not of a known kind.
    #[error(transparent)]
    Shape(#[from] serde_json::Error),
    /// A verdict, layer, fault or override that no Meridian writes.
    #[error("unknown word in {0}")]
    Word(String),
}

/// The event of a text.
pub(super) fn decode(text: &str) -> Result<Event, RowError> {
    event(serde_json::from_str(text)?).ok_or_else(|| RowError::Word(text.to_owned()))
}

impl From<&Event> for Row {
    fn from(event: &Event) -> Self {
        match event {
            Event::Endpoint { region, endpoint, from, to, evidence } => Self::Endpoint {
                region: region.clone(),
                endpoint: endpoint.clone(),
                from: from.word().into(),
                to: to.word().into(),
                layer: evidence.layer.word().into(),
                fault: evidence.fault.map(|fault| fault.word().into()),
                rounds: evidence.rounds,
            },
            Event::Region { region, from, to, cause } => Self::Region {
                region: region.clone(),
                from: from.word().into(),
                to: to.word().into(),
                cause: cause.clone(),
            },
            Event::Weight { region, from, to, cause } => {
                Self::Weight { region: region.clone(), from: *from, to: *to, cause: cause.clone() }
            }
            Event::Overridden(word) => Self::Override(word.into()),
            Event::Lifted { lifted, actor } => Self::Lifted { lifted: lifted.into(), by: actor.clone() },
            Event::Expired(word) => Self::Expired(word.into()),
            Event::Pushed(word) => Self::Pushed(word.into()),
            Event::PushEnded(word) => Self::PushEnded(word.into()),
            Event::Reloaded { config_sha256 } => Self::Reload { config_sha256: config_sha256.clone() },
            Event::ReloadRefused { problems } => Self::ReloadRefused { problems: first(problems) },
            Event::LastKnownGood { accepted, problems } => {
                Self::LastKnownGood { accepted: *accepted, problems: first(problems) }
            }
            Event::ReloadForced { actor, reason, problems } => {
                Self::ReloadForced { actor: actor.clone(), reason: reason.clone(), problems: first(problems) }
            }
            Event::RuleOverridden { actor, rule, what } => {
                Self::RuleOverridden { actor: actor.clone(), rule: rule.clone(), what: what.clone() }
            }
            Event::Proven(proven) => Self::Proof {
                cases: proven.cases,
                milliseconds: proven.took.as_millis() as u64,
                cut_short: proven.cut_short.clone(),
            },
            Event::DatabaseHeld { sha256, moved } => {
                Self::DatabaseHeld { sha256: sha256.clone(), moved: moved.clone() }
            }
            Event::Alarm { alarm, now } => Self::Alarm {
                alarm: alarm.kind.word().into(),
                subject: alarm.subject.clone(),
                since: alarm.since,
                evidence: alarm.evidence.clone(),
                began: *now == Holds::Began,
            },
            Event::LastResort { service, fence, now } => Self::LastResort {
                service: service.clone(),
                fence: fence.clone(),
                began: *now == Holds::Began,
            },
        }
    }
}

impl From<&Override> for Word {
    fn from(word: &Override) -> Self {
        Self {
            region: word.region.clone(),
            service: word.service.clone(),
            does: word.kind.word().into(),
            actor: word.actor.clone(),
            reason: word.reason.clone(),
            from: word.from,
            until: word.until,
            ramp: word.gradual.map(|ramp| (ramp.since, ramp.gone)),
            share: word.kind.portion().map(Portion::hundredths),
        }
    }
}

impl From<&Push> for Said {
    fn from(word: &Push) -> Self {
        Self {
            region: word.region.clone(),
            source: word.source.clone(),
            weight: word.weight,
            load: word.load,
            state: word.state.map(|state| state.word().into()),
            sequence: word.sequence,
            until: word.until,
        }
    }
}

fn first(lines: &[String]) -> Vec<String> {
    lines.iter().take(PROBLEMS_KEPT).cloned().collect()
}

fn event(row: Row) -> Option<Event> {
    Some(match row {
        Row::Endpoint { region, endpoint, from, to, layer, fault, rounds } => Event::Endpoint {
            region,
            endpoint,
            from: Verdict::from_word(&from)?,
            to: Verdict::from_word(&to)?,
            evidence: Evidence {
                layer: Layer::from_word(&layer)?,
                fault: match fault {
                    Some(fault) => Some(FaultClass::from_word(&fault)?),
                    None => None,
                },
                rounds,
            },
        },
        Row::Region { region, from, to, cause } => {
            Event::Region { region, from: Verdict::from_word(&from)?, to: Verdict::from_word(&to)?, cause }
        }
        Row::Weight { region, from, to, cause } => Event::Weight { region, from, to, cause },
        Row::Override(word) => Event::Overridden(word_of(word)?),
        Row::Lifted { lifted, by } => Event::Lifted { lifted: word_of(lifted)?, actor: by },
        Row::Expired(word) => Event::Expired(word_of(word)?),
        Row::Pushed(said) => Event::Pushed(push_of(said)?),
        Row::PushEnded(said) => Event::PushEnded(push_of(said)?),
        Row::Reload { config_sha256 } => Event::Reloaded { config_sha256 },
        Row::ReloadRefused { problems } => Event::ReloadRefused { problems },
        Row::RuleOverridden { actor, rule, what } => Event::RuleOverridden { actor, rule, what },
        Row::LastKnownGood { accepted, problems } => Event::LastKnownGood { accepted, problems },
        Row::ReloadForced { actor, reason, problems } => Event::ReloadForced { actor, reason, problems },
        Row::Proof { cases, milliseconds, cut_short } => {
            Event::Proven(Proven { cases, took: Duration::from_millis(milliseconds), cut_short })
        }
        Row::DatabaseHeld { sha256, moved } => Event::DatabaseHeld { sha256, moved },
        Row::Alarm { alarm, subject, since, evidence, began } => Event::Alarm {
            alarm: Alarm { kind: AlarmKind::from_word(&alarm)?, subject, since, evidence },
            now: holds(began),
        },
        Row::LastResort { service, fence, began } => Event::LastResort { service, fence, now: holds(began) },
    })
}

fn holds(began: bool) -> Holds {
    if began { Holds::Began } else { Holds::Ended }
}

fn word_of(word: Word) -> Option<Override> {
    Some(Override {
        region: word.region,
        service: word.service,
        kind: OverrideKind::from_word(&word.does, word.share.and_then(Portion::of_hundredths))?,
        actor: word.actor,
        reason: word.reason,
        from: word.from,
        until: word.until,
        gradual: word.ramp.map(|(since, gone)| Ramp { since, gone }),
    })
}

fn push_of(said: Said) -> Option<Push> {
    let state = match &said.state {
        Some(word) => Some(PushedState::from_word(word)?),
        None => None,
    };
    let Said { region, source, weight, load, sequence, until, .. } = said;
    Some(Push { region, source, weight, load, state, sequence, until })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_event_survives_its_row() {
        let word = Override {
            region: "eu-west".into(),
            service: Some("api.yourdomain.com".into()),
            kind: OverrideKind::ForceDown,
            actor: "uid:0(root)".into(),
            reason: "ünïcode \"quoted\"".into(),
            from: 1,
            until: 2,
            gradual: Some(Ramp { since: 1, gone: 2 }),
        };
        let push = Push {
            region: "a".into(),
            source: "pod-7".into(),
            weight: Some(40),
            load: Some(0.8),
            state: Some(PushedState::Drain),
            sequence: Some(9),
            until: 3,
        };
        let evidence = Evidence { layer: Layer::Tcp, fault: Some(FaultClass::Refused), rounds: 3 };
        for event in [
            Event::Endpoint {
                region: "a".into(),
                endpoint: "192.0.2.1".into(),
                from: Verdict::Up,
                to: Verdict::Down,
                evidence,
            },
            Event::Region {
                region: "a".into(),
                from: Verdict::Unknown,
                to: Verdict::Degraded,
                cause: "".into(),
            },
            Event::Weight {
                region: "a".into(),
                from: 100,
                to: 40,
                cause: "completion slow: 40 % of 12".into(),
            },
            Event::Overridden(word.clone()),
            Event::Lifted { lifted: word.clone(), actor: "uid:1".into() },
            Event::Expired(word),
            Event::Pushed(push.clone()),
            Event::PushEnded(push),
            Event::Reloaded { config_sha256: "00".into() },
            Event::ReloadRefused { problems: vec!["a.toml:1:2: x: y".into()] },
            Event::RuleOverridden { actor: "uid:1".into(), rule: "max_move".into(), what: "much".into() },
            Event::ReloadForced { actor: "uid:0".into(), reason: None, problems: vec!["a zone".into()] },
            Event::LastKnownGood { accepted: 7, problems: vec!["m.toml: gone".into()] },
            Event::Proven(Proven {
                cases: 7,
                took: Duration::from_millis(1_300),
                cut_short: Some("states".into()),
            }),
            Event::DatabaseHeld { sha256: "00".into(), moved: "14.2 % of IPv4".into() },
            Event::Alarm {
                alarm: Alarm {
                    kind: AlarmKind::RegionDown,
                    subject: "a".into(),
                    since: 7,
                    evidence: "region a is down".into(),
                },
                now: Holds::Began,
            },
            Event::LastResort { service: "s".into(), fence: None, now: Holds::Ended },
        ] {
            assert_eq!(decode(&encode(&event)).unwrap(), event);
        }
    }

    #[test]
    fn a_row_with_an_unknown_word_says_so() {
        let error = decode(r#"{"kind":"region","region":"a","from":"up","to":"sideways"}"#).unwrap_err();
        assert!(error.to_string().contains("sideways"), "{error}");
        assert!(decode("{}").is_err());
    }
}
