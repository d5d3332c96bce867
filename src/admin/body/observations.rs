//! `POST /v1/observations`: what a vantage saw, checked field by field.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::reading::ReadingBody;
use crate::admin::act::{Observed, Report};
use crate::admin::refused::Refused;
use crate::health::{FaultClass, Layer};
use crate::region::NoEndpoint;

/// No attempt takes longer.
pub(super) const LONGEST: f64 = 3_600.0;

/// The body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservationsBody {
    vantage: String,
    sequence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    controls: Option<bool>,
    observations: Vec<ObservationBody>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObservationBody {
    region: String,
    endpoint: String,
    layer: String,
    passed: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    class: Option<String>,
    seconds: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reading: Option<ReadingBody>,
}

impl ObservationsBody {
    /// The report, or the first thing that is wrong with it.
    pub(in crate::admin) fn report(self) -> Result<Report, Refused> {
        let observations = self.observations.into_iter().enumerate();
        Ok(Report {
            vantage: self.vantage.into(),
            sequence: self.sequence,
            controls: self.controls,
            observations: observations.map(|(at, body)| body.observed(at)).collect::<Result<_, _>>()?,
        })
    }
}

impl From<&Report> for ObservationsBody {
    fn from(report: &Report) -> Self {
        Self {
            vantage: report.vantage.to_string(),
            sequence: report.sequence,
            controls: report.controls,
            observations: report.observations.iter().map(ObservationBody::from).collect(),
        }
    }
}

impl From<&Observed> for ObservationBody {
    fn from(observed: &Observed) -> Self {
        Self {
            region: observed.region.to_string(),
            endpoint: observed.endpoint.to_string(),
            layer: observed.layer.word().to_owned(),
            passed: observed.result.is_ok(),
            class: observed.result.err().map(|class| class.word().to_owned()),
            seconds: observed.took.as_secs_f64().min(LONGEST),
            reading: ReadingBody::of(observed.reading),
        }
    }
}

impl ObservationBody {
    /// The observation at position `at` of its report.
    fn observed(self, at: usize) -> Result<Observed, Refused> {
        let wrong = |what: String| Refused::bad(format!("observations[{at}].{what}"));
        let Some(layer) = Layer::from_word(&self.layer) else {
            let layers = Layer::ALL.map(Layer::word).join(", ");
            return Err(wrong(format!("layer: {:?}; allowed are {layers}", self.layer)));
        };
        let classes = FaultClass::ALL.map(FaultClass::word).join(", ");
        let result = match (self.passed, self.class.as_deref()) {
            (true, None) => Ok(()),
            (true, Some(class)) => {
                return Err(wrong(format!("class: {class:?} on a passed attempt; leave it out")));
            }
            (false, None) => {
                return Err(wrong(format!("class: missing on a failed attempt; allowed are {classes}")));
            }
            (false, Some(class)) => match FaultClass::from_word(class) {
                Some(class) => Err(class),
                None => return Err(wrong(format!("class: {class:?}; allowed are {classes}"))),
            },
        };
        if !(0.0..=LONGEST).contains(&self.seconds) {
            return Err(wrong(format!("seconds: {}; allowed are 0 to {LONGEST}", self.seconds)));
        }
        let no_endpoint = |error: NoEndpoint| wrong(format!("endpoint: {:?} is {error}", self.endpoint));
        let reading = self.reading.unwrap_or_default().reading(layer);
        Ok(Observed {
            region: self.region.into(),
            endpoint: self.endpoint.parse().map_err(no_endpoint)?,
            layer,
            result,
            took: Duration::from_secs_f64(self.seconds),
            reading: reading.map_err(|what| wrong(format!("reading.{what}")))?,
        })
    }
}
