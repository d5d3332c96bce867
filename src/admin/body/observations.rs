//! `POST /v1/observations`: what a vantage saw, checked field by field.

use std::time::Duration;

use axum::http::StatusCode;
use serde::Deserialize;

use crate::admin::act::{Observed, Report};
use crate::admin::refused::Refused;
use crate::health::{FaultClass, Layer};
use crate::region::NoEndpoint;

/// The one vantage that this release takes observations from.
const VANTAGE: &str = "local";
/// No attempt takes longer.
const LONGEST: f64 = 3_600.0;

/// The body.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservationsBody {
    vantage: String,
    sequence: u64,
    observations: Vec<ObservationBody>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObservationBody {
    region: String,
    endpoint: String,
    layer: String,
    passed: bool,
    class: Option<String>,
    seconds: f64,
}

impl ObservationsBody {
    /// The report, or the first thing that is wrong with it.
    pub(in crate::admin) fn report(self) -> Result<Report, Refused> {
        if self.vantage != VANTAGE {
            let error = format!("vantage: {:?} is not declared; allowed is {VANTAGE:?}", self.vantage);
            return Err(Refused::new(StatusCode::FORBIDDEN, error));
        }
        let observations = self.observations.into_iter().enumerate();
        Ok(Report {
            vantage: self.vantage.into(),
            sequence: self.sequence,
            observations: observations.map(|(at, body)| body.observed(at)).collect::<Result<_, _>>()?,
        })
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
        Ok(Observed {
            region: self.region.into(),
            endpoint: self.endpoint.parse().map_err(no_endpoint)?,
            layer,
            result,
            took: Duration::from_secs_f64(self.seconds),
        })
    }
}
