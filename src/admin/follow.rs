//! `GET /v1/events`: what was kept since a number, then what happens, as server-sent events.
//!
//! `?since=ID` (or the header `Last-Event-ID`) replays from the store first; `?follow=false` ends after the replay.
//! A follower too slow for the live events is told `{"kind": "lagged", "missed": N}`; asking again with the last
//! number it saw gives it what it missed.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::response::sse::{Event as Line, KeepAlive, Sse};
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, broadcast, watch};

use super::act::Act;
use super::body::{EventBody, LaggedBody, Moment};
use super::refused::Refused;
use super::request::{Parameters, RawQuery};
use super::routes::Reach;
use super::server::{Run, stopped};
use crate::world::StampedEvent;

/// How many kept events are asked for at once.
const PAGE: u32 = 200;
/// A comment at this interval keeps proxies and followers sure of the line.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// What comes after the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Live,
    End,
}

/// Where a follower stands.
#[derive(Debug)]
struct Follower {
    reach: Reach,
    live: broadcast::Receiver<StampedEvent>,
    run: watch::Receiver<Run>,
    /// Replayed events that wait to be told.
    waiting: VecDeque<StampedEvent>,
    /// Whether the store may hold more above `last`.
    replaying: bool,
    /// The last number told, or skipped.
    last: u64,
    then: Then,
    _slot: OwnedSemaphorePermit,
}

/// The handler of the route.
pub(super) async fn events(
    State(reach): State<Reach>,
    headers: HeaderMap,
    query: RawQuery,
) -> Result<impl IntoResponse, Refused> {
    let parameters = Parameters::of(query, &["since", "follow"])?;
    let resumed = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let since = match parameters.one("since")?.or(resumed) {
        Some(text) => Some(text.parse::<u64>().map_err(|_| {
            Refused::bad(format!("query: since: {text:?}; allowed is the number of an event"))
        })?),
        None => None,
    };
    let then = match parameters.one("follow")? {
        None | Some("true") => Then::Live,
        Some("false") => Then::End,
        Some(other) => {
            return Err(Refused::bad(format!("query: follow: {other:?}; allowed are true and false")));
        }
    };
    let Ok(slot) = Arc::clone(&reach.followers).try_acquire_owned() else {
        let error = format!("{} followers are being told already", reach.limits.followers);
        return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, error));
    };
    let follower = Follower {
        live: reach.events.subscribe(),
        run: reach.run.subscribe(),
        reach,
        waiting: VecDeque::new(),
        replaying: since.is_some(),
        last: since.unwrap_or(0),
        then,
        _slot: slot,
    };
    let lines = stream::unfold(Some(follower), |follower| async move { follower?.step().await });
    Ok(Sse::new(lines).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

impl Follower {
    /// The next line, and where the follower stands then; none at the end.
    async fn step(mut self) -> Option<(Result<Line, Infallible>, Option<Self>)> {
        loop {
            if let Some(event) = self.waiting.pop_front() {
                return Some(self.tell(event));
            }
            if self.replaying {
                if let Err(error) = self.replay().await {
                    let line = Line::default().event("error").data(error.text());
                    return Some((Ok(line), None));
                }
                continue;
            }
            if self.then == Then::End {
                return None;
            }
            let next = tokio::select! {
                next = self.live.recv() => next,
                _ = stopped(&mut self.run) => return None,
            };
            match next {
                Ok(event) if event.id <= self.last => {}
                Ok(event) => return Some(self.tell(event)),
                Err(RecvError::Lagged(missed)) => return Some((Ok(lagged(missed)), Some(self))),
                Err(RecvError::Closed) => return None,
            }
        }
    }

    fn tell(mut self, event: StampedEvent) -> (Result<Line, Infallible>, Option<Self>) {
        self.last = event.id;
        let line = Line::default().id(event.id.to_string()).data(text(&EventBody::from(event)));
        (Ok(line), Some(self))
    }

    async fn replay(&mut self) -> Result<(), Refused> {
        let since = self.last;
        let limit = PAGE;
        let page = self.reach.desk.act(|reply| Act::History { since, limit, reply }).await?;
        self.replaying = page.len() == PAGE as usize;
        self.waiting.extend(page);
        Ok(())
    }
}

fn lagged(missed: u64) -> Line {
    let body = LaggedBody { at: Moment::now(), kind: "lagged".to_owned(), missed };
    Line::default().event("lagged").data(text(&body))
}

fn text(body: &impl serde::Serialize) -> String {
    serde_json::to_string(body).expect("a body of strings and numbers is always JSON")
}
