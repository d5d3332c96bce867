//! `GET /v1/status`: everything at a glance.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::alarm::AlarmBody;
use super::moment::Moment;
use super::overrides::OverrideBody;
use super::push::PushBody;
use crate::health::FaultClass;
use crate::world::{Asked, EndpointStatus, LayerStatus, ProofStatus, RegionStatus, Status};

/// The body.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StatusBody {
    /// The snapshot that answers.
    pub epoch: u64,
    /// When the process started.
    pub started: Moment,
    /// Of the config file.
    pub config_sha256: String,
    /// The location database.
    pub database: DatabaseBody,
    /// Every region by name.
    pub regions: Regions,
    /// Every override that holds.
    pub overrides: Vec<OverrideBody>,
    /// Every pushed word that holds.
    #[serde(default)]
    pub pushes: Vec<PushBody>,
    /// Every service with a budget by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub budgets: BTreeMap<String, BudgetBody>,
    /// What to look at now.
    pub alarms: Vec<AlarmBody>,
    /// The last proof of what serves; none: it was not proven since the start.
    #[serde(default)]
    pub proof: Option<ProofBody>,
}

/// A proof in which every invariant holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProofBody {
    /// When it ended.
    pub at: Moment,
    /// Cases that were run.
    pub cases: u64,
    /// How long it took.
    pub seconds: f64,
    /// What was left out because the time was over; none: it is whole.
    pub cut_short: Option<String>,
}

/// A service with a budget: how often it is asked, and what that makes of its TTL.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BudgetBody {
    /// Queries a second above which the TTL rises.
    pub budget: u32,
    /// Queries a second over the last seconds; null: not known yet.
    pub load: Option<f64>,
    /// The least and the greatest TTL in seconds now.
    pub ttl: [u32; 2],
    /// Whether the least is above the config's.
    pub raised: bool,
}

/// The location database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatabaseBody {
    /// Of the file.
    pub sha256: String,
    /// When it was built.
    pub built: Moment,
}

/// A JSON object of regions that keeps the config's order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Regions(pub Vec<(String, RegionBody)>);

/// One region: what is measured and what was ordered, side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionBody {
    /// `up`, `degraded`, `down` or `unknown`.
    pub verdict: String,
    /// How much of its normal share it gets, 0 to 100.
    pub weight: u8,
    /// Whether a drain for all services holds.
    pub drained: bool,
    /// `up` or `down`, where a force for all services holds.
    pub forced: Option<String>,
    /// Its load as far as it is known: 1 is all of its capacity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub load: Option<f64>,
    /// How much it can carry, relative to the others.
    #[serde(default)]
    pub capacity: u32,
    /// Requests at work in it, of those that it takes at once: from its metrics, where they show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_flight: Option<f64>,
    /// Seconds by which its database's replicas lag, where its metrics show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lag: Option<f64>,
    /// When no cache that keeps to TTLs has an answer with it any more; absent: it is handed out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forgotten: Option<Moment>,
    /// What its probes say: what is held against it, and the last word of each layer with its age.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<String>,
    /// Since when the verdict holds.
    pub since: Moment,
    /// Every endpoint.
    pub endpoints: Vec<EndpointBody>,
    /// The worst result of each layer over all endpoints.
    pub layers: BTreeMap<String, WorstBody>,
    /// What it delivered since the start.
    #[serde(default)]
    pub level: LevelBody,
}

/// A region's service level, as shares from 0 to 1; what is not known is left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LevelBody {
    /// Of the time that it was up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uptime: Option<f64>,
    /// Of the answers that took at most 5 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_5s: Option<f64>,
    /// Of the requests that failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<f64>,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EndpointBody {
    /// Its published address, or the name that a CNAME points to.
    pub address: String,
    /// What its probes say.
    pub verdict: String,
    /// The last result of each layer.
    pub layers: BTreeMap<String, LayerBody>,
}

/// The last result of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerBody {
    /// Whether it passed.
    pub passed: bool,
    /// The fault met.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// How long the attempt took.
    pub seconds: f64,
    /// Seconds since.
    pub age: f64,
}

/// The worst result of one layer, and whose it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorstBody {
    /// The endpoint.
    pub endpoint: String,
    /// Its result.
    #[serde(flatten)]
    pub result: LayerBody,
}

impl From<Status> for StatusBody {
    fn from(status: Status) -> Self {
        let regions = status.regions.into_iter();
        Self {
            epoch: status.epoch,
            started: Moment(status.started),
            config_sha256: status.config_sha256.into(),
            database: DatabaseBody {
                sha256: status.database_sha256.into(),
                built: Moment(status.database_built),
            },
            regions: Regions(regions.map(|region| (region.name.to_string(), region.into())).collect()),
            overrides: status.overrides.into_iter().map(OverrideBody::from).collect(),
            pushes: status.pushes.into_iter().map(PushBody::from).collect(),
            budgets: status
                .budgets
                .into_iter()
                .map(|asked| (asked.service.to_string(), asked.into()))
                .collect(),
            alarms: status.alarms.into_iter().map(AlarmBody::from).collect(),
            proof: status.proof.map(ProofBody::from),
        }
    }
}

impl From<Asked> for BudgetBody {
    fn from(asked: Asked) -> Self {
        let Asked { budget, load, bounds, raised, .. } = asked;
        Self { budget, load, ttl: [bounds.min, bounds.max], raised }
    }
}

impl From<ProofStatus> for ProofBody {
    fn from(proof: ProofStatus) -> Self {
        Self {
            at: Moment(proof.at),
            cases: proof.proven.cases,
            seconds: proof.proven.took.as_secs_f64(),
            cut_short: proof.proven.cut_short.map(Into::into),
        }
    }
}

impl From<RegionStatus> for RegionBody {
    fn from(region: RegionStatus) -> Self {
        let endpoints: Vec<EndpointBody> = region.endpoints.into_iter().map(EndpointBody::from).collect();
        Self {
            verdict: region.verdict.word().to_owned(),
            weight: region.weight,
            drained: region.drained,
            forced: region.forced.map(|verdict| verdict.word().to_owned()),
            load: region.load,
            forgotten: region.forgotten.map(Moment),
            capacity: region.capacity,
            in_flight: region.traffic.and_then(|traffic| traffic.in_flight),
            lag: region.traffic.and_then(|traffic| traffic.lag).map(|lag| lag.as_secs_f64()),
            evidence: region.evidence.map(Into::into),
            since: Moment(region.since),
            layers: worst(&endpoints),
            level: LevelBody {
                uptime: region.level.uptime(),
                within_5s: region.level.within_5s(),
                errors: region.level.errors(),
            },
            endpoints,
        }
    }
}

impl From<EndpointStatus> for EndpointBody {
    fn from(endpoint: EndpointStatus) -> Self {
        let layers = endpoint.layers.into_iter();
        Self {
            address: endpoint.endpoint.to_string(),
            verdict: endpoint.verdict.word().to_owned(),
            layers: layers.map(|layer| (layer.layer.word().to_owned(), layer.into())).collect(),
        }
    }
}

impl From<LayerStatus> for LayerBody {
    fn from(layer: LayerStatus) -> Self {
        Self {
            passed: layer.result.is_ok(),
            class: layer.result.err().map(FaultClass::word).map(str::to_owned),
            seconds: layer.seconds,
            age: layer.age,
        }
    }
}

/// A failed result is worse than a passed one, then a slow one than a fast one.
fn is_worse(one: &LayerBody, other: &LayerBody) -> bool {
    if one.passed == other.passed { one.seconds > other.seconds } else { other.passed }
}

fn worst(endpoints: &[EndpointBody]) -> BTreeMap<String, WorstBody> {
    let mut worst = BTreeMap::<String, WorstBody>::new();
    for endpoint in endpoints {
        for (layer, result) in &endpoint.layers {
            let found = WorstBody { endpoint: endpoint.address.clone(), result: result.clone() };
            let held = worst.entry(layer.clone()).or_insert_with(|| found.clone());
            if is_worse(result, &held.result) {
                *held = found;
            }
        }
    }
    worst
}

impl Serialize for Regions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, region)| (name, region)))
    }
}

impl<'de> Deserialize<'de> for Regions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(InOrder)
    }
}

/// Reads the object's members in the order they come.
struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Regions;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object of regions")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Regions, A::Error> {
        let mut regions = Vec::new();
        while let Some(member) = members.next_entry()? {
            regions.push(member);
        }
        Ok(Regions(regions))
    }
}
