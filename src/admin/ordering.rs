//! The routes of overrides: drains, forces and canaries of one region or of several in one act, and their end.

use axum::extract::{Extension, FromRequest, FromRequestParts, Request};
use axum::routing::{MethodRouter, put};
use axum::{Json, Router};

use super::act::{Act, Lift, Mode, Place, Proposal};
use super::actor::Actor;
use super::body::{EpochBody, Gradual, Moment, OverrideRequest, PlacedAllBody, PlacedBody};
use super::refused::Refused;
use super::request::{self, Parameters, RawQuery, RegionName};
use super::routes::Reach;
use crate::world::{Override, OverrideKind, Ramp, Rule};

/// `PUT` on a region and on several, `DELETE` on a region.
pub(super) fn routes() -> Router<Reach> {
    let sorts = [("drain", Place::Drain), ("force", Place::Force), ("canary", Place::Canary)];
    sorts.into_iter().fold(Router::new(), |router, (name, sort)| {
        router
            .route(&format!("/v1/regions/{{region}}/{name}"), on_one(sort))
            .route(&format!("/v1/{name}"), put(move |asked: Asked| asked.on_several(sort)))
    })
}

fn on_one(sort: Place) -> MethodRouter<Reach> {
    put(move |RegionName(region): RegionName, asked: Asked| asked.on_one(region, sort))
        .delete(move |RegionName(region): RegionName, ending: Ending| ending.lift(region, sort))
}

/// An order as it came: who, where to, what.
struct Asked {
    reach: Reach,
    actor: Actor,
    request: OverrideRequest,
}

impl FromRequest<Reach> for Asked {
    type Rejection = Refused;

    async fn from_request(request: Request, reach: &Reach) -> Result<Self, Refused> {
        let (mut parts, body) = request.into_parts();
        Parameters::of(RawQuery::from_request_parts(&mut parts, reach).await?, &[])?;
        let actor = actor(&mut parts).await?;
        let request = request::json(body, reach.limits.body).await?;
        Ok(Self { reach: reach.clone(), actor, request })
    }
}

impl Asked {
    async fn on_one(self, region: Box<str>, sort: Place) -> Result<Json<PlacedBody>, Refused> {
        if !self.request.regions.is_empty() {
            return Err(Refused::bad(
                "body: `regions` belongs to /v1/drain, /v1/force and /v1/canary; this route names its region",
            ));
        }
        let first = self.place(vec![region], sort).await?.each().next();
        first.map(Json).ok_or_else(|| Refused::unavailable("the director answered without an override"))
    }

    async fn on_several(self, sort: Place) -> Result<Json<PlacedAllBody>, Refused> {
        let regions = several(&self.request.regions)?;
        Ok(Json(self.place(regions, sort).await?))
    }

    async fn place(self, regions: Vec<Box<str>>, sort: Place) -> Result<PlacedAllBody, Refused> {
        let Self { reach, actor, request } = self;
        let kind = kind(sort, &request)?;
        let from = Moment::now().0;
        let term = request.term.seconds();
        let ramp = |span: Gradual| Ramp { since: from, gone: from.saturating_add(span.seconds()) };
        if request.gradual.is_some_and(|span| span.seconds() >= term) {
            return Err(Refused::bad(
                "body: `gradual` is not shorter than `for`: the region would be back before it is out",
            ));
        }
        let rules = request.override_rule.as_deref().into_iter().flat_map(|names| names.split(','));
        let through = rules.map(|name| name.trim().parse()).collect::<Result<Vec<Rule>, _>>();
        let through = through.map_err(|error| Refused::bad(format!("body: `override_rule`: {error}")))?;
        let (actor, reason): (Box<str>, Box<str>) = (actor.label().await, request.reason.into());
        let service = request.service.as_deref().map(request::canonical);
        let wanted = |region| Override {
            region,
            service: service.clone(),
            kind,
            actor: actor.clone(),
            reason: reason.clone(),
            from,
            until: from.saturating_add(term),
            gradual: request.gradual.map(ramp),
        };
        let wanted = regions.into_iter().map(wanted).collect();
        let mode = if request.dry_run { Mode::DryRun } else { Mode::Act };
        let proposal = Proposal { wanted, through, mode };
        Ok(reach.desk.act(|reply| Act::Override(proposal, reply)).await?.into())
    }
}

/// What is asked for, where the body's fields belong to it.
fn kind(sort: Place, request: &OverrideRequest) -> Result<OverrideKind, Refused> {
    let alien = [
        ("state", "a force", Place::Force, request.state.is_some()),
        ("gradual", "a drain", Place::Drain, request.gradual.is_some()),
        ("share", "a canary", Place::Canary, request.share.is_some()),
    ];
    if let Some((field, whose, ..)) = alien.iter().find(|(_, _, owner, given)| *given && *owner != sort) {
        return Err(Refused::bad(format!("body: `{field}` belongs to {whose}")));
    }
    let missing = |field, allowed| Refused::bad(format!("body: missing field `{field}`; allowed {allowed}"));
    match sort {
        Place::Drain => Ok(OverrideKind::Drain),
        Place::Force => {
            let state = request.state.ok_or_else(|| missing("state", "are \"up\" and \"down\""))?;
            Ok(state.into())
        }
        Place::Canary => {
            let share =
                request.share.ok_or_else(|| missing("share", "is 0.1% to 50%, written like \"2%\""))?;
            Ok(OverrideKind::Canary(share.into()))
        }
    }
}

/// The regions of one act: at least one, each once.
fn several(regions: &[String]) -> Result<Vec<Box<str>>, Refused> {
    if regions.is_empty() {
        return Err(Refused::bad("body: missing field `regions`; allowed is a list of at least one region"));
    }
    let twice = (1..regions.len()).find(|at| regions[..*at].contains(&regions[*at]));
    match twice {
        Some(at) => Err(Refused::bad(format!("body: `regions`: {:?} is named twice", regions[at]))),
        None => Ok(regions.iter().map(|region| region.as_str().into()).collect()),
    }
}

/// A request that ends an override.
struct Ending {
    reach: Reach,
    actor: Actor,
    service: Option<Box<str>>,
}

impl FromRequestParts<Reach> for Ending {
    type Rejection = Refused;

    async fn from_request_parts(
        parts: &mut axum::http::request::Parts,
        reach: &Reach,
    ) -> Result<Self, Refused> {
        let query = RawQuery::from_request_parts(parts, reach).await?;
        let service = Parameters::of(query, &["service"])?.service()?;
        Ok(Self { reach: reach.clone(), actor: actor(parts).await?, service })
    }
}

impl Ending {
    async fn lift(self, region: Box<str>, place: Place) -> Result<Json<EpochBody>, Refused> {
        let Self { reach, actor, service } = self;
        let lift = Lift { region, service, place, actor: actor.label().await };
        let epoch = reach.desk.act(|reply| Act::Lift(lift, reply)).await?;
        Ok(Json(EpochBody { epoch }))
    }
}

/// Whose connection it is: the socket has put that there.
async fn actor(parts: &mut axum::http::request::Parts) -> Result<Actor, Refused> {
    let found = Extension::<Actor>::from_request_parts(parts, &()).await;
    found.map(|Extension(actor)| actor).map_err(|error| Refused::unavailable(error.to_string()))
}
