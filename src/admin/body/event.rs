//! One event of the stream: `{id, at, kind, …}`.

use serde::{Deserialize, Serialize};

use super::alarm::AlarmBody;
use super::moment::Moment;
use super::overrides::OverrideBody;
use super::push::PushBody;
use crate::health::FaultClass;
use crate::world::{Event, Holds, Proven, StampedEvent};

/// An event as it is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventBody {
    /// Its number; what `?since=` takes.
    pub id: u64,
    /// When.
    pub at: Moment,
    /// What.
    #[serde(flatten)]
    pub what: What,
}

/// What happened, by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// An endpoint's verdict flipped.
    Endpoint {
        /// The region's name.
        region: String,
        /// The endpoint's address.
        endpoint: String,
        /// The verdict before.
        from: String,
        /// The verdict now.
        to: String,
        /// The layer observed last.
        layer: String,
        /// The fault met.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        class: Option<String>,
        /// How many rounds in a row said so.
        rounds: u32,
    },
    /// A region's verdict changed.
    Region {
        /// The region's name.
        region: String,
        /// The verdict before.
        from: String,
        /// The verdict now.
        to: String,
        /// The evidence that did it.
        #[serde(default)]
        cause: String,
    },
    /// A region's weight changed for its soft evidence.
    Weight {
        /// The region's name.
        region: String,
        /// Of its normal share before, 0 to 100.
        from: u8,
        /// Of its normal share now.
        to: u8,
        /// The evidence that did it.
        cause: String,
    },
    /// An operator's word was taken.
    Override {
        /// As it holds.
        #[serde(rename = "override")]
        word: OverrideBody,
    },
    /// An operator took one back.
    Lifted {
        /// As it held.
        #[serde(rename = "override")]
        word: OverrideBody,
        /// Who took it back.
        actor: String,
    },
    /// An override reached its end.
    Expired {
        /// As it held.
        #[serde(rename = "override")]
        word: OverrideBody,
    },
    /// A machine said something else of a region than before.
    Pushed {
        /// As it holds.
        push: PushBody,
    },
    /// What a machine said holds no longer.
    PushEnded {
        /// As it held.
        push: PushBody,
    },
    /// Config, zones and database were loaded anew.
    Reload {
        /// Of the config file.
        config_sha256: String,
    },
    /// A reload was refused.
    ReloadRefused {
        /// Every problem.
        problems: Vec<String>,
    },
    /// The newest files were broken at a start; what was accepted last serves.
    LastKnownGood {
        /// When that was accepted.
        accepted: Moment,
        /// What is wrong with the newest.
        problems: Vec<String>,
    },
    /// A reload took back what would have refused it.
    ReloadForced {
        /// Who forced it.
        actor: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// What would have refused it.
        problems: Vec<String>,
    },
    /// An operator's word went through a safety rule.
    RuleOverridden {
        /// Who did.
        actor: String,
        /// The rule's key in the config.
        rule: String,
        /// What was broken.
        what: String,
    },
    /// What was loaded was proven.
    Proof {
        /// Cases that were run.
        cases: u64,
        /// How long it took.
        seconds: f64,
        /// What was left out because the time was over.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cut_short: Option<String>,
    },
    /// A location database was not taken.
    DatabaseHeld {
        /// Of its file.
        sha256: String,
        /// What it would move, in words.
        moved: String,
    },
    /// An alarm rose or fell.
    Alarm {
        /// As it was last.
        alarm: AlarmBody,
        /// Whether it holds now.
        holds: bool,
    },
    /// A service is, or is no longer, answered from its last resort.
    LastResort {
        /// The service's name.
        service: String,
        /// Inside which fence.
        fence: Option<String>,
        /// Whether it is so now.
        holds: bool,
    },
}

impl From<StampedEvent> for EventBody {
    fn from(stamped: StampedEvent) -> Self {
        Self { id: stamped.id, at: Moment(stamped.at), what: stamped.event.into() }
    }
}

impl From<Event> for What {
    fn from(event: Event) -> Self {
        match event {
            Event::Endpoint { region, endpoint, from, to, evidence } => Self::Endpoint {
                region: region.into(),
                endpoint: endpoint.into(),
                from: from.word().to_owned(),
                to: to.word().to_owned(),
                layer: evidence.layer.word().to_owned(),
                class: evidence.fault.map(FaultClass::word).map(str::to_owned),
                rounds: evidence.rounds,
            },
            Event::Region { region, from, to, cause } => Self::Region {
                region: region.into(),
                from: from.word().to_owned(),
                to: to.word().to_owned(),
                cause: cause.into(),
            },
            Event::Weight { region, from, to, cause } => {
                Self::Weight { region: region.into(), from, to, cause: cause.into() }
            }
            Event::Overridden(word) => Self::Override { word: word.into() },
            Event::Lifted { lifted, actor } => Self::Lifted { word: lifted.into(), actor: actor.into() },
            Event::Expired(word) => Self::Expired { word: word.into() },
            Event::Pushed(word) => Self::Pushed { push: word.into() },
            Event::PushEnded(word) => Self::PushEnded { push: word.into() },
            Event::Reloaded { config_sha256 } => Self::Reload { config_sha256: config_sha256.into() },
            Event::ReloadRefused { problems } => Self::ReloadRefused { problems },
            Event::RuleOverridden { actor, rule, what } => {
                Self::RuleOverridden { actor: actor.into(), rule: rule.into(), what: what.into() }
            }
            Event::ReloadForced { actor, reason, problems } => {
                Self::ReloadForced { actor: actor.into(), reason: reason.map(Into::into), problems }
            }
            Event::LastKnownGood { accepted, problems } => {
                Self::LastKnownGood { accepted: Moment(accepted), problems }
            }
            Event::Proven(Proven { cases, took, cut_short }) => {
                Self::Proof { cases, seconds: took.as_secs_f64(), cut_short: cut_short.map(Into::into) }
            }
            Event::DatabaseHeld { sha256, moved } => {
                Self::DatabaseHeld { sha256: sha256.into(), moved: moved.into() }
            }
            Event::Alarm { alarm, now } => Self::Alarm { alarm: alarm.into(), holds: now == Holds::Began },
            Event::LastResort { service, fence, now } => Self::LastResort {
                service: service.into(),
                fence: fence.map(Into::into),
                holds: now == Holds::Began,
            },
        }
    }
}

/// Told to a follower that was too slow: some events are not in its stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LaggedBody {
    /// When it was noticed.
    pub at: Moment,
    /// `lagged`
    pub kind: String,
    /// How many events are not in the stream.
    pub missed: u64,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::health::Verdict;
    use crate::world::{Alarm, AlarmKind, Override, OverrideKind, Push, Ramp};

    #[test]
    fn events_carry_number_time_and_the_kinds_word() {
        let word = Override {
            region: "a".into(),
            service: None,
            kind: OverrideKind::Drain,
            actor: "uid:0(root)".into(),
            reason: "why".into(),
            from: 0,
            until: 60,
            gradual: Some(Ramp { since: 0, gone: 30 }),
        };
        let push = Push {
            region: "a".into(),
            source: "pod-7".into(),
            weight: Some(50),
            load: Some(0.5),
            state: None,
            sequence: None,
            until: 60,
        };
        for event in [
            Event::Region { region: "a".into(), from: Verdict::Up, to: Verdict::Down, cause: "why".into() },
            Event::Weight { region: "a".into(), from: 100, to: 40, cause: "why".into() },
            Event::Overridden(word.clone()),
            Event::Lifted { lifted: word.clone(), actor: "uid:1".into() },
            Event::Expired(word),
            Event::Pushed(push.clone()),
            Event::PushEnded(push),
            Event::Reloaded { config_sha256: "ab".into() },
            Event::ReloadRefused { problems: vec![] },
            Event::RuleOverridden { actor: "uid:1".into(), rule: "max_move".into(), what: "much".into() },
            Event::ReloadForced { actor: "uid:1".into(), reason: Some("why".into()), problems: vec![] },
            Event::LastKnownGood { accepted: 1, problems: vec!["m.toml".into()] },
            Event::Proven(Proven { cases: 7, took: Duration::from_millis(1_500), cut_short: None }),
            Event::DatabaseHeld { sha256: "ab".into(), moved: "much".into() },
            Event::Alarm {
                alarm: Alarm {
                    kind: AlarmKind::Panic,
                    subject: "capacity".into(),
                    since: 1,
                    evidence: "why".into(),
                },
                now: Holds::Ended,
            },
            Event::LastResort { service: "s".into(), fence: Some("gdpr".into()), now: Holds::Began },
        ] {
            let kind = event.word();
            let body = EventBody::from(StampedEvent { id: 7, at: 1, event });
            let json = serde_json::to_string(&body).unwrap();
            assert!(
                json.starts_with(&format!(r#"{{"id":7,"at":"1970-01-01T00:00:01Z","kind":"{kind}""#)),
                "{json}"
            );
            assert_eq!(serde_json::from_str::<EventBody>(&json).unwrap(), body);
        }
    }
}
