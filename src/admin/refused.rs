//! A request that is not done, as the client sees it: a status and `{"error": "…", "rule": "…"?}`.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::act::Refusal;
use super::body::ErrorBody;

/// An error answer.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    body: ErrorBody,
}

impl Refused {
    pub(super) fn new(status: StatusCode, error: impl Into<String>) -> Self {
        Self { status, body: ErrorBody { error: error.into(), rule: None, sequence: None } }
    }

    pub(super) fn bad(error: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error)
    }

    pub(super) fn unavailable(error: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, error)
    }

    /// The status it is answered with.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// What to say inside a stream that has begun.
    pub(super) fn text(&self) -> &str {
        &self.body.error
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::Unknown(_) => StatusCode::NOT_FOUND,
            Refusal::Invalid(_) => StatusCode::BAD_REQUEST,
            Refusal::Rule { .. } | Refusal::Stale { .. } => StatusCode::CONFLICT,
            Refusal::Forbidden(_) => StatusCode::FORBIDDEN,
            Refusal::Store(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut refused = Self::new(status, refusal.to_string());
        match refusal {
            Refusal::Rule { rule, .. } => refused.body.rule = Some(rule.into()),
            Refusal::Stale { last, .. } => refused.body.sequence = Some(last),
            _ => {}
        }
        refused
    }
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        (self.status, Json(self.body)).into_response()
    }
}
