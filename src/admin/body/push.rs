//! `PUT /v1/regions/{region}/push`: what a machine says of a region for a while.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::moment::Moment;
use crate::world::{Push, PushedState};

/// The body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushRequest {
    /// How long it holds.
    #[serde(rename = "for")]
    pub term: PushTerm,
    /// Who says so.
    pub source: Source,
    /// How much of its normal share the region should get, 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u8>,
    /// As a part of the region's capacity: 1 is all of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// Whether it should serve.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<StateWord>,
    /// Grows with each word of a source that counts its words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
}

/// Whether a region should serve, as its source sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    /// It may serve; the probes' verdict stands.
    Up,
    /// It is being emptied.
    Drain,
    /// It does not serve.
    Down,
}

/// A word that says nothing, or what cannot be.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum PushError {
    /// Neither weight, load nor state.
    #[error("nothing is said; give at least one of `weight`, `load` and `state`")]
    Empty,
    /// A weight that is no percentage.
    #[error("weight {0}; allowed is 0 to 100")]
    Weight(u8),
    /// A load that cannot be.
    #[error("load {0}; allowed is 0 to 100, where 1 is all of the region's capacity")]
    Load(f64),
}

impl PushRequest {
    /// The word about `region`, said at `from` in Unix seconds.
    pub(in crate::admin) fn word(self, region: Box<str>, from: u64) -> Result<Push, PushError> {
        if let Some(weight) = self.weight.filter(|weight| *weight > 100) {
            return Err(PushError::Weight(weight));
        }
        if let Some(load) = self.load.filter(|load| !(0.0..=100.0).contains(load)) {
            return Err(PushError::Load(load));
        }
        if self.weight.is_none() && self.load.is_none() && self.state.is_none() {
            return Err(PushError::Empty);
        }
        let state = self.state.map(|state| match state {
            StateWord::Up => PushedState::Up,
            StateWord::Drain => PushedState::Drain,
            StateWord::Down => PushedState::Down,
        });
        let (weight, load, sequence) = (self.weight, self.load, self.sequence);
        let until = from.saturating_add(self.term.0);
        Ok(Push { region, source: self.source.0, weight, load, state, sequence, until })
    }
}

/// How long a pushed word holds: 1 second to 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PushTerm(u64);

impl FromStr for PushTerm {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = "allowed is 1s to 24h, written like \"90s\" or \"2m\"";
        let term =
            humantime::parse_duration(text).map_err(|_| format!("{text:?}: not a duration; {allowed}"))?;
        match term.as_secs() {
            seconds @ 1..=86_400 => Ok(Self(seconds)),
            _ => Err(format!("{text:?}: too short or too long; {allowed}")),
        }
    }
}

impl TryFrom<String> for PushTerm {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PushTerm> for u64 {
    /// In seconds.
    fn from(term: PushTerm) -> Self {
        term.0
    }
}

impl From<PushTerm> for String {
    fn from(term: PushTerm) -> Self {
        format!("{}s", term.0)
    }
}

/// The name that a source gives itself: 1 to 64 characters that a terminal shows as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Source(Box<str>);

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let is_plain = text.bytes().all(|octet| octet.is_ascii_graphic());
        if is_plain && (1..=64).contains(&text.len()) {
            return Ok(Self(text.into()));
        }
        Err(format!(
            "source {text:?}; allowed is a name of 1 to 64 ASCII letters, digits and signs, without spaces"
        ))
    }
}

impl TryFrom<String> for Source {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Source> for String {
    fn from(source: Source) -> Self {
        source.0.into()
    }
}

impl From<Source> for Box<str> {
    fn from(source: Source) -> Self {
        source.0
    }
}

/// A pushed word that holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PushBody {
    /// The region's name.
    pub region: String,
    /// Who says so.
    pub source: String,
    /// 0 to 100.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<u8>,
    /// As a part of the region's capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// `up`, `drain` or `down`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// As the source counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
    /// Until when.
    pub until: Moment,
}

impl From<Push> for PushBody {
    fn from(word: Push) -> Self {
        Self {
            region: word.region.into(),
            source: word.source.into(),
            weight: word.weight,
            load: word.load,
            state: word.state.map(|state| state.word().to_owned()),
            sequence: word.sequence,
            until: Moment(word.until),
        }
    }
}

impl PushBody {
    /// What it says, in words: `drain, weight 50, load 0.8`.
    #[must_use]
    pub fn said(&self) -> String {
        let weight = self.weight.map(|weight| format!("weight {weight}"));
        let load = self.load.map(|load| format!("load {load}"));
        [self.state.clone(), weight, load].into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

/// The answer to a push.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PushedBody {
    /// As it holds.
    pub push: PushBody,
    /// The snapshot that shows it; a load shows over the next seconds.
    pub epoch: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(json: &str) -> Result<Push, String> {
        let request: PushRequest = serde_json::from_str(json).map_err(|error| error.to_string())?;
        request.word("eu-west".into(), 1_000).map_err(|error| error.to_string())
    }

    #[test]
    fn a_word_says_at_least_one_thing_for_a_while() {
        let taken = word(r#"{"for":"2m","source":"pod-7","state":"drain","weight":0,"load":1.2}"#).unwrap();
        assert_eq!((taken.until, taken.state, taken.weight), (1_120, Some(PushedState::Drain), Some(0)));
        for (json, wrong) in [
            (r#"{"for":"2m","source":"a"}"#, "nothing is said"),
            (r#"{"source":"a","load":1}"#, "missing field `for`"),
            (r#"{"for":"2m","load":1}"#, "missing field `source`"),
            (r#"{"for":"0s","source":"a","load":1}"#, "too short"),
            (r#"{"for":"25h","source":"a","load":1}"#, "too long"),
            (r#"{"for":"2m","source":"two words","load":1}"#, "without spaces"),
            (r#"{"for":"2m","source":"a","load":-0.1}"#, "load -0.1; allowed is 0 to 100"),
            (r#"{"for":"2m","source":"a","weight":101}"#, "weight 101; allowed is 0 to 100"),
            (r#"{"for":"2m","source":"a","state":"sideways"}"#, "unknown variant `sideways`"),
        ] {
            let error = word(json).unwrap_err();
            assert!(error.contains(wrong), "{json}: {error}");
        }
    }
}
