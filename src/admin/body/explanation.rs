//! `GET /v1/explain`: why a client gets its answer.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::answer::{Candidate, Explanation};
use crate::steer::Rejection;

/// The body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplanationBody {
    /// The steered name.
    pub service: String,
    /// The block that was located.
    pub client: String,
    /// Where that is.
    pub location: LocationBody,
    /// The fences that hold the client, joined by `+`; none: free.
    pub fence: Option<String>,
    /// Every region of the service, in this client's order.
    pub candidates: Vec<CandidateBody>,
    /// Slot of the share table.
    pub slot: u16,
    /// What is answered.
    pub answer: AnswerBody,
    /// Why: `preferred`, `shared`, `failover`, `last_resort` or `sink`.
    pub reason: String,
    /// The snapshot that was asked.
    pub epoch: u64,
}

/// A location and where it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocationBody {
    /// ISO 3166 codes, the leading one first.
    pub countries: Vec<String>,
    /// `ecs`, `resolver`, `override` or `unlocated`.
    pub source: String,
}

/// One region as this client sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateBody {
    /// Its name.
    pub region: String,
    /// Whether it can be taken.
    pub eligible: bool,
    /// `eligible`, or why not.
    pub reason: String,
    /// Its share of a client that it is first for, 0 to 100.
    pub weight: u8,
    /// From the leading country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerBody {
    /// The region; none: a sink.
    pub regions: Vec<String>,
    /// The addresses, in order.
    pub records: Vec<IpAddr>,
    /// In seconds.
    pub ttl: u32,
    /// ECS scope in bits.
    pub scope: u8,
}

impl From<Explanation> for ExplanationBody {
    fn from(explanation: Explanation) -> Self {
        let fences = explanation.fences.join("+");
        Self {
            service: explanation.service.into(),
            client: explanation.client.into(),
            location: LocationBody {
                countries: explanation.countries.into_iter().map(Into::into).collect(),
                source: explanation.source.to_owned(),
            },
            fence: (!fences.is_empty()).then_some(fences),
            candidates: explanation.candidates.into_iter().map(CandidateBody::from).collect(),
            slot: explanation.slot,
            answer: AnswerBody {
                regions: explanation.region.into_iter().map(Into::into).collect(),
                records: explanation.records,
                ttl: explanation.ttl,
                scope: explanation.scope,
            },
            reason: explanation.reason.word().to_owned(),
            epoch: explanation.epoch,
        }
    }
}

impl From<Candidate> for CandidateBody {
    fn from(candidate: Candidate) -> Self {
        Self {
            region: candidate.region.into(),
            eligible: candidate.rejection.is_none(),
            reason: candidate.rejection.map_or("eligible", Rejection::word).to_owned(),
            weight: candidate.weight,
            distance_km: candidate.distance_km,
        }
    }
}
