//! The routes of the admin socket: request in, act to the director, answer out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use tokio::sync::{Semaphore, broadcast, mpsc, watch};

use super::act::{Act, Forced, Leave, Reloaded};
use super::actor::Actor;
use super::body::{
    AuditBody, EpochBody, ExplanationBody, LinksBody, Moment, ObservationsBody, ProblemsBody, PushBody,
    PushRequest, PushedBody, ReloadBody, ReloadRequest, StatusBody, WhereBody,
};
use super::desk::Desk;
use super::follow;
use super::ordering;
use super::refused::Refused;
use super::request::{self, Parameters, RawQuery, RegionName};
use super::server::{Limits, Run};
use crate::world::StampedEvent;

/// What every route can reach.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    pub(super) desk: Desk,
    pub(super) events: broadcast::Sender<StampedEvent>,
    pub(super) run: watch::Sender<Run>,
    pub(super) followers: Arc<Semaphore>,
    pub(super) limits: Limits,
}

/// Every route of the contract; anything else is refused by name.
pub(super) fn router(
    acts: mpsc::Sender<Act>,
    events: broadcast::Sender<StampedEvent>,
    run: watch::Sender<Run>,
    limits: Limits,
) -> Router {
    ordering::routes()
        .route("/v1/status", get(status))
        .route("/v1/explain", get(explain))
        .route("/v1/where", get(whereabouts))
        .route("/v1/regions/{region}/push", put(push).delete(unpush))
        .route("/v1/observations", post(observe))
        .route("/v1/reload", post(reload))
        .route("/v1/events", get(follow::events))
        .route("/v1/audit", get(audit))
        .route("/v1/audit/events", get(links))
        .fallback(unknown_route)
        .method_not_allowed_fallback(unknown_method)
        .with_state(Reach {
            desk: Desk::new(acts, limits.director),
            events,
            run,
            followers: Arc::new(Semaphore::new(limits.followers)),
            limits,
        })
}

async fn status(State(reach): State<Reach>, query: RawQuery) -> Result<Json<StatusBody>, Refused> {
    Parameters::of(query, &[])?;
    Ok(Json(reach.desk.ask(Act::Status).await?.into()))
}

async fn explain(State(reach): State<Reach>, query: RawQuery) -> Result<Json<ExplanationBody>, Refused> {
    let question = Parameters::of(query, &["name", "client", "type", "resolver", "if"])?.question()?;
    let explanation = reach.desk.act(|reply| Act::Explain(question, reply)).await?;
    Ok(Json(explanation.into()))
}

async fn whereabouts(State(reach): State<Reach>, query: RawQuery) -> Result<Json<WhereBody>, Refused> {
    let parameters = Parameters::of(query, &["client", "service"])?;
    let (client, service) = (parameters.client()?, parameters.service()?);
    Ok(Json(reach.desk.act(|reply| Act::Where(client, service, reply)).await?.into()))
}

async fn push(
    State(reach): State<Reach>,
    RegionName(region): RegionName,
    query: RawQuery,
    body: Body,
) -> Result<Json<PushedBody>, Refused> {
    Parameters::of(query, &[])?;
    let request: PushRequest = request::json(body, reach.limits.body).await?;
    let word =
        request.word(region, Moment::now().0).map_err(|error| Refused::bad(format!("body: {error}")))?;
    let push = PushBody::from(word.clone());
    let epoch = reach.desk.act(|reply| Act::Push(word, reply)).await?;
    Ok(Json(PushedBody { push, epoch }))
}

async fn unpush(
    State(reach): State<Reach>,
    RegionName(region): RegionName,
    query: RawQuery,
) -> Result<Json<EpochBody>, Refused> {
    let source = Parameters::of(query, &["source"])?.required("source")?.into();
    let epoch = reach.desk.act(|reply| Act::Unpush { region, source, reply }).await?;
    Ok(Json(EpochBody { epoch }))
}

async fn observe(State(reach): State<Reach>, query: RawQuery, body: Body) -> Result<StatusCode, Refused> {
    Parameters::of(query, &[])?;
    let body: ObservationsBody = request::json(body, reach.limits.body).await?;
    let report = body.report()?;
    reach.desk.act(|reply| Act::Observe(report, reply)).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn audit(State(reach): State<Reach>, query: RawQuery) -> Result<Json<AuditBody>, Refused> {
    Parameters::of(query, &[])?;
    Ok(Json(reach.desk.patient().act(Act::Verify).await?.into()))
}

async fn links(State(reach): State<Reach>, query: RawQuery) -> Result<Json<LinksBody>, Refused> {
    let parameters = Parameters::of(query, &["since"])?;
    let text = parameters.one("since")?.unwrap_or("0");
    let since = text
        .parse::<u64>()
        .map_err(|_| Refused::bad(format!("query: since: {text:?}; allowed is the number of an event")))?;
    let links = reach.desk.act(|reply| Act::Links { since, limit: LINKS, reply }).await?;
    Ok(Json(LinksBody { events: links.into_iter().map(Into::into).collect() }))
}

async fn reload(
    State(reach): State<Reach>,
    Extension(actor): Extension<Actor>,
    query: RawQuery,
    body: Body,
) -> Result<Response, Refused> {
    let drifting = Parameters::of(query, &["accept_drift"])?.drifting()?;
    let ReloadRequest { force, reason } = request::json_or_nothing(body, reach.limits.body).await?;
    let forced = match (force, reason) {
        (true, reason) => Some(Forced { actor: actor.label().await, reason: reason.map(Into::into) }),
        (false, None) => None,
        (false, Some(_)) => return Err(Refused::bad("body: `reason` belongs to `force`: true")),
    };
    let leave = Leave { drifting, forced };
    Ok(match reach.desk.patient().ask(|reply| Act::Reload(leave, reply)).await? {
        Ok(Reloaded { epoch, held }) => Json(ReloadBody { epoch, held }).into_response(),
        Err(problems) => {
            let body = ProblemsBody::from(problems);
            (StatusCode::UNPROCESSABLE_ENTITY, Json(body)).into_response()
        }
    })
}

async fn unknown_route(uri: Uri) -> Refused {
    let error = format!("no route {:?}; routes begin with /v1/", uri.path());
    Refused::new(StatusCode::NOT_FOUND, error)
}

async fn unknown_method(method: Method, uri: Uri) -> Refused {
    let error = format!("{method} is not for {:?}", uri.path());
    Refused::new(StatusCode::METHOD_NOT_ALLOWED, error)
}

/// How many kept events are given at once.
const LINKS: u32 = 500;
