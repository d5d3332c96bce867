//! What an attempt read beside passing or failing, as a part of its observation; checked when it comes in.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::observations::LONGEST;
use crate::health::{DatabaseState, Layer, Reading, Traffic};

/// At most one of the four, and the one of its layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadingBody {
    /// `tls`: Unix seconds at which the chain expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires: Option<u64>,
    /// `readiness`: `connected`, `absent`, `disconnected`, `stalled`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    database: Option<String>,
    /// `completion`, `provider`: seconds to the first token, less a round trip.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    first_token: Option<f64>,
    /// `metrics`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    traffic: Option<TrafficBody>,
}

/// A region's own figures; shares are 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrafficBody {
    requests: f64,
    gateway_errors: f64,
    provider_errors: f64,
    rejected: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    within_5s: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_flight: Option<f64>,
    /// In seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lag: Option<f64>,
}

impl ReadingBody {
    /// The reading; none where there is nothing to tell.
    pub(super) fn of(reading: Reading) -> Option<Self> {
        let nothing = Self::default();
        match reading {
            Reading::Nothing => None,
            Reading::Certificate { expires } => Some(Self { expires: Some(expires), ..nothing }),
            Reading::Database(state) => Some(Self { database: Some(state.word().to_owned()), ..nothing }),
            Reading::FirstToken(took) => Some(Self { first_token: Some(took.as_secs_f64()), ..nothing }),
            Reading::Traffic(traffic) => Some(Self { traffic: Some(TrafficBody::of(traffic)), ..nothing }),
        }
    }

    /// As used, or what is wrong with it.
    pub(super) fn reading(self, layer: Layer) -> Result<Reading, String> {
        let reading = match (self.expires, self.database, self.first_token, self.traffic) {
            (None, None, None, None) => Reading::Nothing,
            (Some(expires), None, None, None) => Reading::Certificate { expires },
            (None, Some(word), None, None) => {
                Reading::Database(DatabaseState::from_word(&word).ok_or_else(|| {
                    format!("database: {word:?}; allowed are connected, absent, disconnected, stalled")
                })?)
            }
            (None, None, Some(seconds), None) => {
                Reading::FirstToken(within("first_token", seconds, LONGEST)?)
            }
            (None, None, None, Some(traffic)) => Reading::Traffic(traffic.traffic()?),
            _ => {
                return Err(
                    "more than one of expires, database, first_token, traffic; that of the layer".to_owned()
                );
            }
        };
        let fits = match reading {
            Reading::Nothing => true,
            Reading::Certificate { .. } => layer == Layer::Tls,
            Reading::Database(_) => layer == Layer::Readiness,
            Reading::FirstToken(_) => matches!(layer, Layer::Completion | Layer::Provider),
            Reading::Traffic(_) => layer == Layer::Metrics,
        };
        fits.then_some(reading).ok_or_else(|| format!("a reading that the layer {} has not", layer.word()))
    }
}

impl TrafficBody {
    fn of(traffic: Traffic) -> Self {
        let Traffic { requests, gateway_errors, provider_errors, rejected, within_5s, in_flight, lag } =
            traffic;
        let lag = lag.map(|lag| lag.as_secs_f64());
        Self { requests, gateway_errors, provider_errors, rejected, within_5s, in_flight, lag }
    }

    fn traffic(self) -> Result<Traffic, String> {
        let share = |what: &str, value: f64| within(what, value, 1.0).map(|_| value);
        Ok(Traffic {
            requests: within("requests", self.requests, MOST).map(|_| self.requests)?,
            gateway_errors: share("gateway_errors", self.gateway_errors)?,
            provider_errors: share("provider_errors", self.provider_errors)?,
            rejected: share("rejected", self.rejected)?,
            within_5s: self.within_5s.map(|value| share("within_5s", value)).transpose()?,
            in_flight: self
                .in_flight
                .map(|value| within("in_flight", value, MOST).map(|_| value))
                .transpose()?,
            lag: self.lag.map(|seconds| within("lag", seconds, MOST)).transpose()?,
        })
    }
}

/// A number from 0 to `most`, as seconds.
fn within(what: &str, value: f64, most: f64) -> Result<Duration, String> {
    if (0.0..=most).contains(&value) {
        Ok(Duration::from_secs_f64(value))
    } else {
        Err(format!("{what}: {value}; allowed are 0 to {most}"))
    }
}

const MOST: f64 = 1e9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_comes_back_as_it_went() {
        let traffic = Traffic {
            requests: 12.5,
            gateway_errors: 0.01,
            provider_errors: 0.5,
            rejected: 0.0,
            within_5s: Some(0.99),
            in_flight: Some(1.25),
            lag: Some(Duration::from_millis(1500)),
        };
        for (layer, reading) in [
            (Layer::Tls, Reading::Certificate { expires: 1_900_000_000 }),
            (Layer::Readiness, Reading::Database(DatabaseState::Stalled)),
            (Layer::Completion, Reading::FirstToken(Duration::from_millis(250))),
            (Layer::Metrics, Reading::Traffic(traffic)),
            (Layer::Metrics, Reading::Traffic(Traffic::default())),
        ] {
            let text = serde_json::to_string(&ReadingBody::of(reading)).unwrap();
            let body: ReadingBody = serde_json::from_str(&text).unwrap();
            assert_eq!(body.reading(layer), Ok(reading), "{text}");
        }
    }

    #[test]
    fn a_reading_of_another_layer_or_out_of_bounds_is_refused() {
        for (text, what) in [
            (r#"{"expires": 1, "first_token": 1}"#, "more than one"),
            (r#"{"expires": 1}"#, "a reading that the layer completion has not"),
            (r#"{"first_token": -1}"#, "first_token: -1; allowed are 0 to 3600"),
            (r#"{"database": "tired"}"#, "database: \"tired\"; allowed are connected"),
        ] {
            let body: ReadingBody = serde_json::from_str(text).unwrap();
            let error = body.reading(Layer::Completion).unwrap_err();
            assert!(error.starts_with(what), "{text}: {error}");
        }
    }
}
