//! The read-only page: state at a glance, `/metrics`, `/healthz`; no other path, no other method.

mod page;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};

use super::act::Act;
use super::body::Moment;
use super::desk::Desk;
use super::refused::Refused;
use super::server::{Life, Limits, Run, Server};
use super::socket::BindError;
use page::Page;

/// The page at work.
#[derive(Debug)]
pub struct Web {
    address: SocketAddr,
    server: Server,
}

/// What the page's routes can reach.
#[derive(Clone)]
struct Reach {
    desk: Desk,
    metrics: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Web {
    /// Serves from a listener that is bound; needs a runtime. `metrics` gives the Prometheus text.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub fn start(
        listener: std::net::TcpListener,
        acts: mpsc::Sender<Act>,
        metrics: Arc<dyn Fn() -> String + Send + Sync>,
        limits: Limits,
    ) -> Result<Self, BindError> {
        let unbound = SocketAddr::from(([0, 0, 0, 0], 0));
        let address = listener.local_addr().unwrap_or(unbound);
        let fault = |source| BindError::Web { address, source };
        let watched = listener.set_nonblocking(true).and_then(|()| TcpListener::from_std(listener));
        let listener = watched.map_err(fault)?;
        let router = Router::new()
            .route("/", get(status))
            .route("/metrics", get(prometheus))
            .route("/healthz", get(healthz))
            .with_state(Reach { desk: Desk::new(acts, limits.director), metrics });
        let (run, _) = watch::channel(Run::Serve);
        let server = Server::spawn(listener, limits.terms(Life::AtMost(LIFE)), run, move |_: &TcpStream| {
            router.clone()
        });
        Ok(Self { address, server })
    }

    /// Listens on `address`, and [`Web::start`]; port 0 takes a free one.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub fn bind(
        address: SocketAddr,
        acts: mpsc::Sender<Act>,
        metrics: Arc<dyn Fn() -> String + Send + Sync>,
        limits: Limits,
    ) -> Result<Self, BindError> {
        Self::start(Self::listen(address)?, acts, metrics, limits)
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
        self.server.shutdown(deadline).await;
    }

    /// Waits until it has ended.
    pub async fn join(self) {
        self.server.join().await;
    }
}

async fn status(State(reach): State<Reach>) -> Result<Response, Refused> {
    let status = reach.desk.ask(Act::Status).await?;
    let page = Page::of(status, Moment::now().0);
    let Ok(html) = page.render() else {
        return Err(Refused::unavailable("the page could not be written"));
    };
    Ok((LOCKED_DOWN, Html(html)).into_response())
}

async fn prometheus(State(reach): State<Reach>) -> impl IntoResponse {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], (reach.metrics)())
}

/// Well when the director answers.
async fn healthz(State(reach): State<Reach>) -> (StatusCode, &'static str) {
    match reach.desk.ask(Act::Status).await {
        Ok(_) => (StatusCode::OK, "ok\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the director does not answer\n"),
    }
}

/// Nobody reads a page for longer.
const LIFE: Duration = Duration::from_secs(60);

/// The page loads nothing, is framed by nobody and is never stale.
const LOCKED_DOWN: [(header::HeaderName, &str); 4] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
];
