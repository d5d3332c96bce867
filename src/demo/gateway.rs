//! One simulated gateway: its health paths, its list of models, and the mock model `probe`.
//!
//! Statuses, headers and bodies are recorded ones. A key is needed where a gateway needs one; a drain is told by its
//! health paths while completions go on, and only a restart takes it back.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Response, StatusCode};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::{get, post};

use super::recorded::{plain, recorded};
use super::region::Mode;

/// The key that opens the keyed routes.
pub(super) const KEY: &str = "sk-demo";
/// What `X-Drain-Token` must say.
pub(super) const DRAIN_TOKEN: &str = "demo";
/// How late a slow gateway answers.
pub(super) const SLOWNESS: Duration = Duration::from_secs(5);

/// Whether the gateway was told to drain.
#[derive(Clone, Default)]
struct Draining(Arc<AtomicBool>);

/// Everything that a gateway in `mode` answers.
pub(super) fn routes(mode: Mode) -> Router {
    let liveness = get(liveliness).head(head).options(|| async { StatusCode::OK });
    Router::new()
        .route("/health/liveliness", liveness.clone())
        .route("/health/liveness", liveness)
        .route("/health/readiness", get(readiness))
        .route("/health/readiness/details", get(keyed_details))
        .route("/health/backlog", get(keyed_backlog))
        .route("/health/drain", get(drain))
        .route("/v1/models", get(keyed_models))
        .route("/v1/chat/completions", post(complete))
        .layer(from_fn_with_state(mode, misbehave))
        .with_state(Draining::default())
}

async fn misbehave(State(mode): State<Mode>, request: Request, next: Next) -> Response<Body> {
    match mode {
        Mode::Serving | Mode::Stopped => {}
        Mode::Slow => tokio::time::sleep(SLOWNESS).await,
        Mode::Failing => return page(),
    }
    next.run(request).await
}

fn page() -> Response<Body> {
    let html = "<html><body><h1>500 Internal Server Error</h1></body></html>\n";
    let mut answer = plain(StatusCode::INTERNAL_SERVER_ERROR, html.into());
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html"));
    answer
}

async fn liveliness(State(draining): State<Draining>) -> Response<Body> {
    recorded(draining.either("live_shutting_down", "live_ok"))
}

async fn head() -> Response<Body> {
    recorded("live_head")
}

async fn readiness(State(draining): State<Draining>) -> Response<Body> {
    recorded(draining.either("ready_shutting_down", "ready_nodb"))
}

async fn keyed_details(headers: HeaderMap) -> Response<Body> {
    keyed(&headers, "readiness_details")
}

async fn keyed_backlog(headers: HeaderMap) -> Response<Body> {
    keyed(&headers, "backlog")
}

async fn keyed_models(headers: HeaderMap) -> Response<Body> {
    keyed(&headers, "models")
}

async fn drain(State(draining): State<Draining>, headers: HeaderMap) -> Response<Body> {
    if headers.get("x-drain-token").is_none_or(|token| token != DRAIN_TOKEN) {
        return recorded("drain_bad_token");
    }
    draining.0.store(true, Ordering::Relaxed);
    recorded("drain_done")
}

async fn complete(headers: HeaderMap, body: Bytes) -> Response<Body> {
    if !has_key(&headers) {
        return recorded("nokey");
    }
    let Ok(request) = serde_json::from_slice::<serde_json::Value>(&body) else {
        return recorded("malformed_json");
    };
    match (&request["model"], &request["stream"]) {
        (model, _) if model != "probe" => recorded("unknown_model"),
        (_, stream) if stream == true => recorded("probe_sse_ok"),
        _ => recorded("probe_mock_ok"),
    }
}

fn keyed(headers: &HeaderMap, class: &str) -> Response<Body> {
    recorded(if has_key(headers) { class } else { "backlog_nokey" })
}

fn has_key(headers: &HeaderMap) -> bool {
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    bearer == Some(KEY)
}

impl Draining {
    fn either(&self, draining: &'static str, well: &'static str) -> &'static str {
        if self.0.load(Ordering::Relaxed) { draining } else { well }
    }
}
