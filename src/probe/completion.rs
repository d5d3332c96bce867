//! The layers `completion` and `provider`: a streamed completion as a user asks for it, timed to its first token.
//!
//! The gateway's own mock model costs nothing and passes through keys, database, admission, router and streaming. A
//! real model (`provider`) is asked for one token, once, without fallback: it tells a region's own way out or keys
//! from a provider that is down.

use std::ops::ControlFlow;
use std::time::Duration;

use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::Instant;

use super::events::Events;
use super::fault;
use super::request::{BODY_CAP, Question};
use crate::fetch::exchange;
use crate::health::FaultClass;

/// How deep a completion goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Depth {
    /// To the gateway's mock model.
    Mock,
    /// To a provider.
    Real,
}

/// Asks `model`, and says how long the first token took from when the request was sent. The task bounds its time.
pub(super) async fn ask<S>(
    stream: S,
    question: &Question<'_>,
    model: &str,
    depth: Depth,
) -> Result<Duration, FaultClass>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let request = question.post(body(model, depth))?;
    let sent = Instant::now();
    let (mut events, mut first) = (Events::default(), None);
    let answer = exchange(stream, request, BODY_CAP, |octets| {
        events.take(octets);
        if events.chunks > 0 {
            first.get_or_insert_with(|| sent.elapsed());
        }
        if events.done { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    let answer = answer.await.map_err(|broken| fault::of_broken(&broken))?;
    if answer.status != hyper::StatusCode::OK {
        fault::of_answer(&answer)?;
    }
    fault::of_events(&events, &answer.headers)?;
    first.ok_or(FaultClass::Gateway)
}

fn body(model: &str, depth: Depth) -> String {
    let mut body = json!({
        "model": model,
        "messages": [{"role": "user", "content": "ping"}],
        "max_tokens": 1,
        "stream": true,
    });
    if depth == Depth::Real {
        body["num_retries"] = json!(0);
        body["disable_fallbacks"] = json!(true);
    }
    body.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_model_is_asked_once_and_for_one_token() {
        let body: serde_json::Value = serde_json::from_str(&body("cheap", Depth::Real)).unwrap();
        assert_eq!((&body["model"], &body["max_tokens"]), (&json!("cheap"), &json!(1)));
        assert_eq!((&body["num_retries"], &body["disable_fallbacks"]), (&json!(0), &json!(true)));
    }
}
