//! An event as the text of its row. The text is hashed, so its shape never changes: new kinds are added, old ones stay.

use serde::{Deserialize, Serialize};

use crate::health::{FaultClass, Layer, Verdict};
use crate::world::{Event, Evidence, Holds, Override, OverrideKind};

/// How many problems of one refused reload are kept.
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
    Reload {
        config_sha256: Box<str>,
    },
    ReloadRefused {
        problems: Vec<String>,
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
            Event::Reloaded { config_sha256 } => Self::Reload { config_sha256: config_sha256.clone() },
            Event::ReloadRefused { problems } => {
                Self::ReloadRefused { problems: problems.iter().take(PROBLEMS_KEPT).cloned().collect() }
            }
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
        }
    }
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
        Row::Reload { config_sha256 } => Event::Reloaded { config_sha256 },
        Row::ReloadRefused { problems } => Event::ReloadRefused { problems },
        Row::LastResort { service, fence, began } => {
            Event::LastResort { service, fence, now: if began { Holds::Began } else { Holds::Ended } }
        }
    })
}

fn word_of(word: Word) -> Option<Override> {
    Some(Override {
        region: word.region,
        service: word.service,
        kind: OverrideKind::from_word(&word.does)?,
        actor: word.actor,
        reason: word.reason,
        from: word.from,
        until: word.until,
    })
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
            Event::Reloaded { config_sha256: "00".into() },
            Event::ReloadRefused { problems: vec!["a.toml:1:2: x: y".into()] },
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
