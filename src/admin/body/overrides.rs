//! Overrides: as asked for, as they hold.

use serde::{Deserialize, Serialize};

use super::forecast::ForecastBody;
use super::limits::{Gradual, Share, Term, Why};
use super::moment::Moment;
use crate::admin::act::Placed;
use crate::world::{Override, OverrideKind};

/// The body of `PUT /v1/regions/{region}/drain`, `…/force` and `…/canary`, and with `regions` of `PUT /v1/drain`,
/// `/v1/force` and `/v1/canary`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OverrideRequest {
    /// How long it holds.
    #[serde(rename = "for", default)]
    pub term: Term,
    /// Why.
    pub reason: Why,
    /// What a force forces; a drain has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<ForceState>,
    /// How long a drain takes until nothing is left; absent: at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradual: Option<Gradual>,
    /// A canary's part of every client; a drain and a force have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// The one service it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// The regions of one act, where the route names none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// The safety rules to go through, with commas between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub override_rule: Option<String>,
    /// Whether it is only judged.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dry_run: bool,
}

/// What a force forces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForceState {
    /// Served whatever the probes say.
    Up,
    /// Down whatever the probes say.
    Down,
}

impl From<ForceState> for OverrideKind {
    fn from(state: ForceState) -> Self {
        match state {
            ForceState::Up => Self::ForceUp,
            ForceState::Down => Self::ForceDown,
        }
    }
}

/// An override that holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverrideBody {
    /// The region's name.
    pub region: String,
    /// The one service it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<String>,
    /// `drain`, `force_up`, `force_down`, `canary` or `hold`.
    pub kind: String,
    /// A canary's part of every client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub share: Option<Share>,
    /// Who.
    pub actor: String,
    /// Why.
    pub reason: String,
    /// Since when.
    pub from: Moment,
    /// Until when.
    pub until: Moment,
    /// How a gradual drain takes the share away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradual: Option<RampBody>,
}

/// A share that goes down evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RampBody {
    /// All of it is there until then.
    pub since: Moment,
    /// Nothing of it is left from then on.
    pub gone: Moment,
}

impl RampBody {
    /// What is left of the share at `now` in Unix seconds, in percent, rounded up: 0 means that nothing is.
    #[must_use]
    pub fn percent(&self, now: u64) -> u64 {
        let (left, whole) = (self.gone.0.saturating_sub(now), self.gone.0.saturating_sub(self.since.0));
        (left.min(whole) * 100).div_ceil(whole.max(1))
    }
}

impl OverrideBody {
    /// Its kind for people, with a canary's part.
    #[must_use]
    pub fn sort(&self) -> String {
        let kind = self.kind.replace('_', " ");
        self.share.map_or_else(|| kind.clone(), |share| format!("{kind} {share}"))
    }
}

impl From<Override> for OverrideBody {
    fn from(word: Override) -> Self {
        Self {
            region: word.region.into(),
            service: word.service.map(Into::into),
            kind: word.kind.word().to_owned(),
            share: word.kind.portion().map(Share::from),
            actor: word.actor.into(),
            reason: word.reason.into(),
            from: Moment(word.from),
            until: Moment(word.until),
            gradual: word.gradual.map(|ramp| RampBody { since: Moment(ramp.since), gone: Moment(ramp.gone) }),
        }
    }
}

/// The answer to an override.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedBody {
    /// As it holds.
    #[serde(rename = "override")]
    pub placed: OverrideBody,
    /// The snapshot that shows it.
    pub epoch: u64,
    /// What a dry run foresees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ForecastBody>,
}

/// The answer to several overrides in one act.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedAllBody {
    /// As they hold.
    pub overrides: Vec<OverrideBody>,
    /// The snapshot that shows them.
    pub epoch: u64,
    /// What a dry run foresees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forecast: Option<ForecastBody>,
}

impl From<Placed> for PlacedAllBody {
    fn from(placed: Placed) -> Self {
        Self {
            overrides: placed.placed.into_iter().map(Into::into).collect(),
            epoch: placed.epoch,
            forecast: placed.forecast.map(Into::into),
        }
    }
}

impl PlacedAllBody {
    /// The answer of each override, for a route that names one region.
    pub fn each(self) -> impl Iterator<Item = PlacedBody> {
        let Self { overrides, epoch, forecast } = self;
        overrides.into_iter().map(move |placed| PlacedBody { placed, epoch, forecast: forecast.clone() })
    }
}

/// The answer to a lift or a reload.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochBody {
    /// The snapshot that shows it.
    pub epoch: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_needs_only_a_reason() {
        let request: OverrideRequest = serde_json::from_str(r#"{"reason":"upgrade"}"#).unwrap();
        assert_eq!(request.term.seconds(), 3_600);
        assert!(!request.dry_run);
        let back = serde_json::to_string(&request).unwrap();
        assert_eq!(back, r#"{"for":"3600s","reason":"upgrade"}"#);
    }

    #[test]
    fn unknown_and_missing_fields_are_named() {
        let error = |json: &str| serde_json::from_str::<OverrideRequest>(json).unwrap_err().to_string();
        assert!(error(r#"{"reason":"x","until":"2h"}"#).contains("unknown field `until`"));
        assert!(error(r#"{"for":"2h"}"#).contains("missing field `reason`"));
        assert!(error(r#"{"for":"1s","reason":"x"}"#).contains("too short"));
        assert!(error(r#"{"reason":"x","state":"sideways"}"#).contains("unknown variant `sideways`"));
    }
}
