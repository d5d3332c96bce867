//! `GET /v1/explain`: why a client gets its answer.

use serde::{Deserialize, Serialize};

use crate::answer::{Candidate, Explanation, Grounds, Rule};
use crate::steer::{Rejection, RoundTrip};

/// The body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExplanationBody {
    /// The steered name.
    pub service: String,
    /// The names that led there by CNAME or DNAME, the one asked for first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aliases: Vec<String>,
    /// The type asked for.
    #[serde(rename = "type", default)]
    pub rtype: String,
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
    /// How all of this was come to, in sentences.
    #[serde(default)]
    pub grounds: GroundsBody,
}

/// How an answer was come to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroundsBody {
    /// What was located.
    pub located: String,
    /// What bounds the answer.
    pub rules: Vec<RuleBody>,
    /// What put the candidates in their order.
    pub order: String,
    /// Why this TTL.
    pub ttl: String,
    /// Why this scope.
    pub scope: String,
    /// The smallest single change that would alter the answer; null: no single region's state does.
    pub change: Option<ChangeBody>,
    /// What is answered without the suppositions, where there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unsupposed: Option<UnsupposedBody>,
}

/// A rule that bounds the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleBody {
    /// Its key in the config.
    pub name: String,
    /// Whom it holds, and to what.
    pub why: String,
}

/// A change of one region's state, and the region answered with then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeBody {
    /// The region.
    pub region: String,
    /// What it is: `eligible`, or why it cannot be taken.
    #[serde(default)]
    pub is: String,
    /// `up`, `down` or `drained`, as `--if` takes it.
    pub becomes: String,
    /// Null: a sink.
    pub answer: Option<String>,
}

/// The answer as it is, beside one under suppositions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsupposedBody {
    /// Null: a sink.
    pub region: Option<String>,
    /// As an answer's reason.
    pub reason: String,
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
    /// How much of its normal share its health leaves it, 0 to 100.
    pub weight: u8,
    /// How much of it it gets now, 0 to 100: less while a share moves, nothing while it cannot be taken.
    #[serde(default)]
    pub share: u8,
    /// From the leading country.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<f64>,
    /// Round trip in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<f64>,
    /// `measured`, or `estimated` from the distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_source: Option<String>,
    /// Slots of 4096 that clients like this one have there.
    #[serde(default)]
    pub slots: usize,
    /// What is worth knowing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What its probes say: the verdict, since when, and the last word of each layer with its age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
}

/// What is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerBody {
    /// The region; none: a sink.
    pub regions: Vec<String>,
    /// The addresses, in order; or the name that the CNAME points to; of HTTPS and SVCB, the hints.
    pub records: Vec<String>,
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
            aliases: explanation.aliases.into_iter().map(Into::into).collect(),
            rtype: explanation.rtype.to_string(),
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
                records: explanation.records.iter().map(ToString::to_string).collect(),
                ttl: explanation.ttl,
                scope: explanation.scope,
            },
            reason: explanation.reason.word().to_owned(),
            epoch: explanation.epoch,
            grounds: explanation.grounds.into(),
        }
    }
}

impl From<Grounds> for GroundsBody {
    fn from(grounds: Grounds) -> Self {
        let rule = |rule: Rule| RuleBody { name: rule.name.into(), why: rule.why.into() };
        Self {
            located: grounds.located.into(),
            rules: grounds.rules.into_iter().map(rule).collect(),
            order: grounds.order.into(),
            ttl: grounds.ttl.into(),
            scope: grounds.scope.into(),
            change: grounds.change.map(|change| ChangeBody {
                region: change.region.into(),
                is: change.is.to_owned(),
                becomes: change.becomes.to_owned(),
                answer: change.answer.map(Into::into),
            }),
            unsupposed: grounds.unsupposed.map(|without| UnsupposedBody {
                region: without.region.map(Into::into),
                reason: without.reason.word().to_owned(),
            }),
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
            share: candidate.share,
            distance_km: candidate.distance_km,
            latency_ms: candidate.round_trip.map(RoundTrip::milliseconds),
            latency_source: candidate.round_trip.map(|trip| trip.word().to_owned()),
            slots: candidate.slots,
            note: candidate.note.map(Into::into),
            evidence: candidate.evidence.map(Into::into),
        }
    }
}
