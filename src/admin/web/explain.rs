//! `GET /explain`: why a client gets its answer, as a page. A form's empty fields count as left out.

use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Response};

use super::Reach;
use super::ask::Ask;
use super::page::{busy, rendered};
use crate::admin::act::Act;
use crate::admin::body::{CandidateBody, ExplanationBody};
use crate::admin::refused::Refused;
use crate::admin::request::{Parameters, RawQuery};
use crate::steer::SLOTS;

/// The form, and what came of it.
#[derive(Template)]
#[template(path = "explain.html")]
struct Page {
    ask: Ask,
    outcome: Result<Found, String>,
}

/// An explanation, worded.
struct Found {
    region: String,
    reason: String,
    records: Vec<String>,
    facts: Vec<(&'static str, String)>,
    candidates: Vec<Candidate>,
}

/// One region as the client sees it.
struct Candidate {
    region: String,
    chosen: bool,
    why: String,
    weight: u8,
    share: String,
    distance: String,
    note: String,
}

/// The handler of the route.
pub(super) async fn explain(State(reach): State<Reach>, query: RawQuery) -> Result<Response, Refused> {
    let query = query.filled();
    let ask = Ask::of(query.pairs());
    let found = if reach.explanations.admits() { found(&reach, query).await } else { Err(busy()) };
    let (status, outcome) = match found {
        Ok(body) => (axum::http::StatusCode::OK, Ok(Found::from(body))),
        Err(refused) => (refused.status(), Err(refused.text().to_owned())),
    };
    let page = rendered(&Page { ask, outcome })?;
    Ok((status, Html(page)).into_response())
}

async fn found(reach: &Reach, query: RawQuery) -> Result<ExplanationBody, Refused> {
    let question = Parameters::of(query, &["name", "client", "type", "resolver", "if"])?.question()?;
    Ok(reach.desk.act(|reply| Act::Explain(question, reply)).await?.into())
}

impl From<ExplanationBody> for Found {
    fn from(body: ExplanationBody) -> Self {
        let facts = facts(&body);
        let candidates = body.candidates.iter();
        Self {
            region: region(body.answer.regions.first()),
            reason: body.reason.replace('_', " "),
            records: body.answer.records.iter().map(ToString::to_string).collect(),
            candidates: candidates.map(|one| Candidate::of(one, &body.answer.regions)).collect(),
            facts,
        }
    }
}

fn region(region: Option<&String>) -> String {
    region.cloned().unwrap_or_else(|| "the fence's sink".to_owned())
}

fn facts(body: &ExplanationBody) -> Vec<(&'static str, String)> {
    let with =
        |fact: String, because: &str| if because.is_empty() { fact } else { format!("{fact}: {because}") };
    let grounds = &body.grounds;
    let countries = match body.location.countries.as_slice() {
        [] => "nowhere known".to_owned(),
        countries => countries.join(", "),
    };
    let location = with(format!("{countries} (by {})", body.location.source), &grounds.located);
    let mut facts =
        vec![("name", body.service.clone()), ("client", body.client.clone()), ("location", location)];
    facts.push(("fence", body.fence.clone().unwrap_or_else(|| "none".to_owned())));
    facts.extend(grounds.rules.iter().map(|rule| ("", format!("{} {}", rule.name, rule.why))));
    facts.push(("order", grounds.order.clone()));
    facts.push(("ttl", with(format!("{} s", body.answer.ttl), &grounds.ttl)));
    facts.push(("scope", with(format!("/{}", body.answer.scope), &grounds.scope)));
    facts.push(("epoch", body.epoch.to_string()));
    facts.extend(grounds.unsupposed.as_ref().map(|without| {
        let reason = without.reason.replace('_', " ");
        ("now", format!("{} ({reason}), without what is supposed", region(without.region.as_ref())))
    }));
    facts.extend(grounds.change.as_ref().map(|change| {
        ("if", format!("{} were {}: {}", change.region, change.becomes, region(change.answer.as_ref())))
    }));
    facts
}

impl Candidate {
    fn of(candidate: &CandidateBody, answered: &[String]) -> Self {
        let about = if candidate.latency_source.as_deref() == Some("estimated") { "~" } else { "" };
        let share = candidate.slots as f64 / SLOTS as f64;
        Self {
            region: candidate.region.clone(),
            chosen: answered.contains(&candidate.region),
            why: candidate.reason.replace('_', " "),
            weight: candidate.weight,
            share: super::card::percent(share),
            distance: match (candidate.latency_ms, candidate.distance_km) {
                (Some(milliseconds), _) => format!("{about}{milliseconds:.0} ms"),
                (None, Some(km)) => format!("{km:.0} km"),
                (None, None) => String::new(),
            },
            note: candidate.note.clone().unwrap_or_default(),
        }
    }
}
