//! `GET /`: the whole page.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use super::Reach;
use super::live::Live;
use super::map::{Globe, Shape, globe, shapes};
use crate::admin::act::Act;
use crate::admin::body::Moment;
use crate::admin::refused::Refused;
use crate::admin::request::{Parameters, RawQuery};

/// What stays while the page is open, around what does not.
#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    alarms: usize,
    /// The service that the map was asked for.
    service: Option<Box<str>>,
    shapes: &'static [Shape],
    globe: &'static Globe,
    /// `<main>`, rendered.
    live: String,
}

/// The handler of the route; `?service=NAME` maps another than the first.
pub(super) async fn page(State(reach): State<Reach>, query: RawQuery) -> Result<Response, Refused> {
    let service = Parameters::of(query, &["service"])?.service()?;
    if !reach.renderings.admits() {
        return Err(busy());
    }
    let live = reach.live(service.clone()).await?;
    let page =
        Page { alarms: live.alarms(), service, shapes: shapes(), globe: globe(), live: rendered(&live)? };
    Ok(Html(rendered(&page)?).into_response())
}

impl Reach {
    /// What `<main>` shows now.
    pub(super) async fn live(&self, service: Option<Box<str>>) -> Result<Live, Refused> {
        let overview = self.desk.act(|reply| Act::Overview(service, reply)).await?;
        let events = self.recent.borrow().clone();
        Ok(Live::of(overview, &events, Moment::now().0))
    }
}

/// A template as text.
pub(super) fn rendered(template: &impl Template) -> Result<String, Refused> {
    template.render().map_err(|_| Refused::unavailable("the page could not be written"))
}

/// Too many want it at once.
pub(super) fn busy() -> Refused {
    Refused::new(StatusCode::TOO_MANY_REQUESTS, "too many readers at once; try again in a second")
}
