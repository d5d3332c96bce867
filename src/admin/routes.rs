//! The routes of the admin socket: request in, act to the director, answer out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Json, Router};
use tokio::sync::{Semaphore, broadcast, mpsc, watch};

use super::act::{Act, Forced, Leave, Lift, Mode, Place, Proposal, Reloaded};
use super::actor::Actor;
use super::body::{
    EpochBody, ExplanationBody, Gradual, Moment, ObservationsBody, OverrideRequest, PlacedBody, ProblemsBody,
    PushBody, PushRequest, PushedBody, ReloadBody, ReloadRequest, StatusBody, WhereBody,
};
use super::desk::Desk;
use super::follow;
use super::refused::Refused;
use super::request::{self, Parameters, RawQuery, RegionName};
use super::server::{Limits, Run};
use crate::world::{Override, OverrideKind, Ramp, StampedEvent};

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
    Router::new()
        .route("/v1/status", get(status))
        .route("/v1/explain", get(explain))
        .route("/v1/where", get(whereabouts))
        .route("/v1/regions/{region}/drain", put(drain).delete(undrain))
        .route("/v1/regions/{region}/force", put(force).delete(unforce))
        .route("/v1/regions/{region}/push", put(push).delete(unpush))
        .route("/v1/observations", post(observe))
        .route("/v1/reload", post(reload))
        .route("/v1/events", get(follow::events))
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

async fn drain(
    State(reach): State<Reach>,
    Extension(actor): Extension<Actor>,
    RegionName(region): RegionName,
    query: RawQuery,
    body: Body,
) -> Result<Json<PlacedBody>, Refused> {
    Parameters::of(query, &[])?;
    let request: OverrideRequest = request::json(body, reach.limits.body).await?;
    if request.state.is_some() {
        return Err(Refused::bad("body: `state` belongs to a force; a drain has none"));
    }
    place(&reach, actor, region, OverrideKind::Drain, request).await
}

async fn force(
    State(reach): State<Reach>,
    Extension(actor): Extension<Actor>,
    RegionName(region): RegionName,
    query: RawQuery,
    body: Body,
) -> Result<Json<PlacedBody>, Refused> {
    Parameters::of(query, &[])?;
    let request: OverrideRequest = request::json(body, reach.limits.body).await?;
    let Some(state) = request.state else {
        return Err(Refused::bad("body: missing field `state`; allowed are \"up\" and \"down\""));
    };
    if request.gradual.is_some() {
        return Err(Refused::bad("body: `gradual` belongs to a drain; a force holds at once"));
    }
    place(&reach, actor, region, state.into(), request).await
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

async fn place(
    reach: &Reach,
    actor: Actor,
    region: Box<str>,
    kind: OverrideKind,
    request: OverrideRequest,
) -> Result<Json<PlacedBody>, Refused> {
    let from = Moment::now().0;
    let term = request.term.seconds();
    let ramp = |span: Gradual| Ramp { since: from, gone: from.saturating_add(span.seconds()) };
    if request.gradual.is_some_and(|span| span.seconds() >= term) {
        return Err(Refused::bad(
            "body: `gradual` is not shorter than `for`: the region would be back before it is out",
        ));
    }
    let wanted = Override {
        region,
        service: request.service.as_deref().map(request::canonical),
        kind,
        actor: actor.label().await,
        reason: request.reason.into(),
        from,
        until: from.saturating_add(term),
        gradual: request.gradual.map(ramp),
    };
    let mode = if request.dry_run { Mode::DryRun } else { Mode::Act };
    let override_rule = request.override_rule.map(Into::into);
    let proposal = Proposal { wanted, override_rule, mode };
    let placed = reach.desk.act(|reply| Act::Override(proposal, reply)).await?;
    Ok(Json(placed.into()))
}

async fn undrain(
    State(reach): State<Reach>,
    Extension(actor): Extension<Actor>,
    RegionName(region): RegionName,
    query: RawQuery,
) -> Result<Json<EpochBody>, Refused> {
    lift(&reach, actor, region, query, Place::Drain).await
}

async fn unforce(
    State(reach): State<Reach>,
    Extension(actor): Extension<Actor>,
    RegionName(region): RegionName,
    query: RawQuery,
) -> Result<Json<EpochBody>, Refused> {
    lift(&reach, actor, region, query, Place::Force).await
}

async fn lift(
    reach: &Reach,
    actor: Actor,
    region: Box<str>,
    query: RawQuery,
    place: Place,
) -> Result<Json<EpochBody>, Refused> {
    let lift = Lift {
        region,
        service: Parameters::of(query, &["service"])?.service()?,
        place,
        actor: actor.label().await,
    };
    let epoch = reach.desk.act(|reply| Act::Lift(lift, reply)).await?;
    Ok(Json(EpochBody { epoch }))
}

async fn observe(State(reach): State<Reach>, query: RawQuery, body: Body) -> Result<StatusCode, Refused> {
    Parameters::of(query, &[])?;
    let body: ObservationsBody = request::json(body, reach.limits.body).await?;
    let report = body.report()?;
    reach.desk.act(|reply| Act::Observe(report, reply)).await?;
    Ok(StatusCode::NO_CONTENT)
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
