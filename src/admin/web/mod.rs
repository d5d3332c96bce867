//! The read-only page: who serves whom, on a map and in cards; `/explain`, `/metrics`, `/healthz`; no other method.
//!
//! ```text
//! director ──overview──► live (worded) ──template──► GET /        the whole page
//! events ──► recent ──┘                        └───► GET /live    its <main>, again at every change
//! ```
//!
//! It may be shown to the public. So every cost has a bound: connections and their life, followers, renderings and
//! explanations a second, what a request may hold. It loads nothing from elsewhere, and without JavaScript it reloads.

mod ask;
mod assets;
mod card;
mod explain;
mod follow;
mod live;
mod map;
mod pace;
mod page;
mod recent;
mod rows;
mod world;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, broadcast, mpsc, watch};
use tokio::task::JoinHandle;

use super::act::Act;
use super::desk::Desk;
use super::server::{Life, Limits, Run, Server};
use super::socket::BindError;
use crate::world::StampedEvent;
use pace::Pace;
use recent::Events;

/// The page at work.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    server: Server,
    recent: JoinHandle<()>,
}

/// Where the page has what it shows from.
#[derive(Clone)]
pub struct WebSources {
    /// To the director.
    pub acts: mpsc::Sender<Act>,
    /// What happens.
    pub events: broadcast::Sender<StampedEvent>,
    /// Gives the Prometheus text.
    pub metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

impl fmt::Debug for WebSources {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WebSources").finish_non_exhaustive()
    }
}

/// What the page's routes can reach.
#[derive(Clone)]
struct Reach {
    desk: Desk,
    sources: WebSources,
    recent: watch::Receiver<Events>,
    run: watch::Sender<Run>,
    followers: Arc<Semaphore>,
    renderings: Arc<Pace>,
    explanations: Arc<Pace>,
}

/// When a connection will be cut off: what is under way on it ends by itself before.
#[derive(Clone, Copy, Debug)]
struct CutOff(Instant);

impl Web {
    /// Serves from a listener that is bound; needs a runtime.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub fn start(
        listener: std::net::TcpListener,
        sources: WebSources,
        limits: Limits,
    ) -> Result<Self, BindError> {
        let unbound = SocketAddr::from(([0, 0, 0, 0], 0));
        let address = listener.local_addr().unwrap_or(unbound);
        let fault = |source| BindError::Web { address, source };
        let watched = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
        let listener = watched.map_err(fault)?;
        let desk = Desk::new(sources.acts.clone(), limits.director);
        let (recent, task) = recent::keep(desk.clone(), sources.events.subscribe());
        let (run, _) = watch::channel(Run::Serve);
        let router = router(Reach {
            desk,
            sources,
            recent,
            run: run.clone(),
            followers: Arc::new(Semaphore::new(FOLLOWERS)),
            renderings: Arc::new(Pace::new(RENDERINGS, RENDERINGS * 2)),
            explanations: Arc::new(Pace::new(EXPLANATIONS, EXPLANATIONS * 5)),
        });
        let route = move |_: &TcpStream| router.clone().layer(Extension(CutOff(Instant::now() + LIFE)));
        let server = Server::spawn(listener, limits.terms(Life::AtMost(LIFE)), run, route);
        Ok(Self { address, server, recent: task })
    }

    /// Listens on `address`, and [`Web::start`]; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn bind(address: SocketAddr, sources: WebSources, limits: Limits) -> Result<Self, BindError> {
        Self::start(Self::listen(address)?, sources, limits)
    }

    /// Listens on `address`; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn listen(address: SocketAddr) -> Result<std::net::TcpListener, BindError> {
        std::net::TcpListener::bind(address).map_err(|source| BindError::Web { address, source })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops accepting and lets requests at work end within `deadline`.
    pub async fn shutdown(self, deadline: Duration) {
        self.recent.abort();
        self.server.shutdown(deadline).await;
    }

    /// Waits until it has ended.
    pub async fn join(self) {
        self.server.join().await;
    }
}

fn router(reach: Reach) -> Router {
    Router::new()
        .route("/", get(page::page))
        .route("/live", get(follow::live))
        .route("/explain", get(explain::explain))
        .route("/page.js", get(assets::script))
        .route("/style.css", get(assets::style))
        .route("/icon.svg", get(assets::icon))
        .route("/metrics", get(prometheus))
        .route("/healthz", get(healthz))
        .layer(middleware::from_fn(locked_down))
        .with_state(reach)
}

/// The page loads only its own, is framed by nobody, tells nobody where its reader came from, and is never stale.
async fn locked_down(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in LOCKED_DOWN {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn prometheus(State(reach): State<Reach>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], (reach.sources.metrics)())
}

/// Well when the director answers.
async fn healthz(State(reach): State<Reach>) -> (StatusCode, &'static str) {
    match reach.desk.ask(Act::Status).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the director does not answer\n"),
    }
}

/// Nobody reads a page for longer; followers come again.
const LIFE: Duration = Duration::from_secs(60);
/// At once; a quarter of the connections, so that others can still load the page.
const FOLLOWERS: usize = 16;
/// A second, for all readers together.
const RENDERINGS: u32 = 20;
/// A second; each looks at every range of the database.
const EXPLANATIONS: u32 = 2;

const LOCKED_DOWN: [(HeaderName, &str); 6] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];
