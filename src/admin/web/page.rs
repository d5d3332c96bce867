//! What the page shows, worded; the template only places it.

use askama::Template;

use crate::admin::body::{EndpointBody, Moment, OverrideBody, RegionBody, Span, StatusBody};
use crate::world::Status;

/// The status page.
#[derive(Template)]
#[template(path = "status.html")]
pub(super) struct Page {
    epoch: u64,
    now: Moment,
    uptime: Span,
    config: String,
    database_built: Moment,
    database_age: Span,
    alarms: Vec<String>,
    regions: Vec<Region>,
    overrides: Vec<Ordered>,
}

struct Region {
    name: String,
    verdict: String,
    since: Span,
    weight: u8,
    /// What an operator ordered: `drained`, `forced up`; empty: nothing.
    ordered: String,
    endpoints: Vec<Endpoint>,
}

struct Endpoint {
    address: String,
    verdict: String,
    layers: Vec<String>,
}

struct Ordered {
    region: String,
    service: String,
    kind: String,
    actor: String,
    reason: String,
    until: Moment,
    left: Span,
}

impl Page {
    /// The page of a state, read at `now` in Unix seconds.
    pub(super) fn of(status: Status, now: u64) -> Self {
        let status = StatusBody::from(status);
        let ago = |moment: Moment| Span(now.saturating_sub(moment.0));
        let regions = status.regions.0.into_iter();
        Self {
            epoch: status.epoch,
            now: Moment(now),
            uptime: ago(status.started),
            config: status.config_sha256.chars().take(12).collect(),
            database_built: status.database.built,
            database_age: ago(status.database.built),
            alarms: status.alarms,
            regions: regions
                .map(|(name, region)| Region {
                    name,
                    since: ago(region.since),
                    ordered: ordered(&region),
                    weight: region.weight,
                    verdict: region.verdict,
                    endpoints: region.endpoints.into_iter().map(Endpoint::from).collect(),
                })
                .collect(),
            overrides: status.overrides.into_iter().map(|word| Ordered::of(word, now)).collect(),
        }
    }
}

fn ordered(region: &RegionBody) -> String {
    let drained = region.drained.then(|| "drained".to_owned());
    let forced = region.forced.as_ref().map(|state| format!("forced {state}"));
    drained.into_iter().chain(forced).collect::<Vec<_>>().join(", ")
}

impl From<EndpointBody> for Endpoint {
    fn from(endpoint: EndpointBody) -> Self {
        let layers = endpoint.layers.into_iter();
        Self {
            address: endpoint.address,
            verdict: endpoint.verdict,
            layers: layers
                .map(|(layer, result)| {
                    let said = result.class.as_deref().unwrap_or("passed");
                    let milliseconds = result.seconds * 1_000.0;
                    format!("{layer} {said} in {milliseconds:.0} ms, {} ago", Span(result.age as u64))
                })
                .collect(),
        }
    }
}

impl Ordered {
    fn of(word: OverrideBody, now: u64) -> Self {
        Self {
            region: word.region,
            service: word.service.unwrap_or_else(|| "all services".to_owned()),
            kind: word.kind.replace('_', " "),
            actor: word.actor,
            reason: word.reason,
            until: word.until,
            left: Span(word.until.0.saturating_sub(now)),
        }
    }
}
