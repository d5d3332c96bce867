//! The control listener: `POST /stop/us-east` and the like, for a person with curl. Plain words, in and out.

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::routing::post;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::gateways::{Order, TurnError, order};
use super::recorded::plain;
use super::region::Mode;

pub(super) fn routes(orders: mpsc::Sender<Order>) -> Router {
    Router::new().route("/{word}/{region}", post(turn)).with_state(orders)
}

/// Serves until `stopped` resolves.
pub(super) async fn serve(listener: TcpListener, routes: Router, stopped: oneshot::Receiver<()>) {
    let until = async move { stopped.await.unwrap_or(()) };
    let serving = axum::serve(listener, routes).with_graceful_shutdown(until);
    if let Err(error) = serving.await {
        tracing::error!(%error, "the demo's control ended");
    }
}

async fn turn(
    State(orders): State<mpsc::Sender<Order>>,
    Path((word, region)): Path<(String, String)>,
) -> Response<Body> {
    let Some(mode) = mode_of(&word) else {
        let text = format!("{word:?} is no word here; there are stop, start, slow and error\n");
        return plain(StatusCode::NOT_FOUND, text);
    };
    match order(&orders, &region, mode).await {
        Ok(()) => plain(StatusCode::OK, format!("{region} {}\n", says(mode))),
        Err(error @ TurnError::Unknown(_)) => plain(StatusCode::NOT_FOUND, format!("{error}\n")),
        Err(error @ TurnError::Taken { .. }) => plain(StatusCode::CONFLICT, format!("{error}\n")),
    }
}

fn mode_of(word: &str) -> Option<Mode> {
    match word {
        "start" => Some(Mode::Serving),
        "stop" => Some(Mode::Stopped),
        "slow" => Some(Mode::Slow),
        "error" => Some(Mode::Failing),
        _ => None,
    }
}

const fn says(mode: Mode) -> &'static str {
    match mode {
        Mode::Serving => "serves",
        Mode::Stopped => "is stopped: its gateway refuses connections",
        Mode::Slow => "answers slowly",
        Mode::Failing => "answers with errors",
    }
}
