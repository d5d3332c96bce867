//! The layers that stand beside the round, each on a beat and a connection of its own.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::completion::{self, Depth};
use super::key::Key;
use super::request::Question;
use super::scrape::Scrape;
use super::target::Target;
use super::{readiness, way};
use crate::fetch::Place;
use crate::health::{Completion, FaultClass, Layer, Observation, ProbePlan, Reading};

/// One such layer of one target, and what it keeps between two attempts.
#[derive(Debug)]
pub(super) struct Soft {
    layer: Layer,
    /// Between two attempts.
    pub(super) interval: Duration,
    /// Bound of one attempt.
    pub(super) timeout: Duration,
    key: Option<Key>,
    scrape: Option<Scrape>,
}

impl Soft {
    /// Those that `target` is asked for. Figures and providers are the region's: its first endpoint stands for it.
    pub(super) fn of(target: &Target, endpoints: &[Target]) -> Vec<Self> {
        let plan = &target.plan;
        let mut all = Vec::new();
        if let Some(readiness) = &plan.readiness {
            all.push(Self::bare(Layer::Readiness, readiness.interval, readiness.timeout));
        }
        if let Some(completion) = &plan.completion {
            all.push(Self::completion(Layer::Completion, completion));
        }
        if !target.origin.elected || target.endpoint > 0 {
            return all;
        }
        if let Some(provider) = &plan.provider {
            all.push(Self::completion(Layer::Provider, provider));
        }
        if let Some(metrics) = &plan.metrics {
            let scrape = Scrape::new(metrics, places(&metrics.url, target, endpoints));
            let bare = Self::bare(Layer::Metrics, metrics.interval, metrics.timeout);
            all.push(Self { scrape: Some(scrape), ..bare });
        }
        all
    }

    pub(super) const fn layer(&self) -> Layer {
        self.layer
    }

    /// Asks once. Never takes longer than its timeout.
    pub(super) async fn attempt(&mut self, target: &Target) -> Observation {
        let began = Instant::now();
        let bound = self.timeout;
        let (result, reading) =
            timeout(bound, self.ask(target)).await.unwrap_or((Err(FaultClass::Timeout), Reading::Nothing));
        Observation {
            vantage: target.origin.vantage,
            region: target.region,
            endpoint: target.endpoint,
            layer: self.layer,
            result,
            took: began.elapsed(),
            reading,
        }
    }

    async fn ask(&mut self, target: &Target) -> (Result<(), FaultClass>, Reading) {
        if let Some(scrape) = &mut self.scrape {
            return scrape.attempt(target).await;
        }
        let asked = match (self.layer, &target.plan.readiness) {
            (Layer::Readiness, Some(readiness)) => ready(target, &readiness.path).await,
            _ => self.complete(target).await,
        };
        asked.unwrap_or_else(|class| (Err(class), Reading::Nothing))
    }

    async fn complete(&mut self, target: &Target) -> Result<(Result<(), FaultClass>, Reading), FaultClass> {
        let (plan, depth) = match self.layer {
            Layer::Provider => (&target.plan.provider, Depth::Real),
            _ => (&target.plan.completion, Depth::Mock),
        };
        let plan = plan.as_ref().ok_or(FaultClass::Misconfigured)?;
        let key = match &mut self.key {
            Some(key) => Some(key.header().await?),
            None => None,
        };
        let authority = target.authority();
        let agent = target.origin.agent();
        let question = Question { authority: &authority, path: &plan.path, agent, key };
        let way = way::open(target).await?;
        let first = completion::ask(way.stream, &question, &plan.model, depth).await?;
        Ok((Ok(()), Reading::FirstToken(first.saturating_sub(way.round_trip))))
    }

    const fn bare(layer: Layer, interval: Duration, timeout: Duration) -> Self {
        Self { layer, interval, timeout, key: None, scrape: None }
    }

    fn completion(layer: Layer, completion: &Completion) -> Self {
        let key = completion.key_file.as_deref().map(Key::new);
        Self { key, ..Self::bare(layer, completion.interval, completion.timeout) }
    }
}

async fn ready(target: &Target, path: &str) -> Result<(Result<(), FaultClass>, Reading), FaultClass> {
    let authority = target.authority();
    let question = Question { authority: &authority, path, agent: target.origin.agent(), key: None };
    let way = way::open(target).await?;
    Ok(readiness::ask(way.stream, &question).await)
}

/// Where a region's figures are: `{region}` stands for its name, `{endpoint}` for each of its endpoints.
fn places(url: &str, target: &Target, endpoints: &[Target]) -> Vec<Place> {
    let url = url.replace(ProbePlan::REGION, &target.name);
    if !url.contains(ProbePlan::ENDPOINT) {
        return Place::parse(&url).into_iter().collect();
    }
    let addresses = endpoints.iter().filter(|other| other.region == target.region).map(|other| other.address);
    let host = |address: std::net::IpAddr| match address {
        std::net::IpAddr::V4(address) => address.to_string(),
        std::net::IpAddr::V6(address) => format!("[{address}]"),
    };
    addresses
        .filter_map(|address| Place::parse(&url.replace(ProbePlan::ENDPOINT, &host(address))).ok())
        .collect()
}
