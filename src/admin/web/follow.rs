//! `GET /live`: the page's `<main>` as server-sent events, again at every change and every few seconds. A stream ends by
//! itself before its connection is cut off, and the browser comes again.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::response::sse::{Event as Line, Sse};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::page::rendered;
use super::recent::Events;
use super::{CutOff, FOLLOWERS, Reach};
use crate::admin::refused::Refused;
use crate::admin::request::{Parameters, RawQuery};
use crate::admin::server::{Run, stopped};

/// Ages are shown this exactly.
const EVERY: Duration = Duration::from_secs(5);
/// Events that come together are shown together.
const TOGETHER: Duration = Duration::from_millis(150);
/// Before the connection is cut off.
const EARLY: Duration = Duration::from_secs(5);
/// When a browser comes again.
const AGAIN: Duration = Duration::from_millis(500);

/// Where a follower stands.
struct Follower {
    reach: Reach,
    service: Option<Box<str>>,
    events: watch::Receiver<Events>,
    run: watch::Receiver<Run>,
    until: Instant,
    /// How many it was told.
    told: u64,
    _slot: OwnedSemaphorePermit,
}

/// The handler of the route.
pub(super) async fn live(
    State(reach): State<Reach>,
    Extension(CutOff(cut_off)): Extension<CutOff>,
    query: RawQuery,
) -> Result<impl IntoResponse, Refused> {
    let service = Parameters::of(query, &["service"])?.service()?;
    let Ok(slot) = Arc::clone(&reach.followers).try_acquire_owned() else {
        let error = format!("{FOLLOWERS} followers are being told already; reload to see what is");
        return Err(Refused::new(StatusCode::TOO_MANY_REQUESTS, error));
    };
    let follower = Follower {
        events: reach.recent.clone(),
        run: reach.run.subscribe(),
        until: cut_off.checked_sub(EARLY).unwrap_or(cut_off),
        reach,
        service,
        told: 0,
        _slot: slot,
    };
    Ok(Sse::new(stream::unfold(follower, Follower::step)))
}

impl Follower {
    /// The next line, and where the follower stands then; none at the end.
    async fn step(mut self) -> Option<(Result<Line, Infallible>, Self)> {
        loop {
            if self.told > 0 && !self.changed().await {
                return None;
            }
            if !self.reach.renderings.admits() {
                self.told = self.told.max(1);
                continue;
            }
            let live = self.reach.live(self.service.clone()).await.ok()?;
            self.told += 1;
            let line = Line::default().event("page").id(self.told.to_string()).data(rendered(&live).ok()?);
            return Some((Ok(line.retry(AGAIN)), self));
        }
    }

    /// Waits until there is something new to see; no: the stream is over.
    async fn changed(&mut self) -> bool {
        let Some(left) = self.until.checked_duration_since(Instant::now()) else { return false };
        tokio::select! {
            changed = self.events.changed() => {
                tokio::time::sleep(TOGETHER).await;
                self.events.mark_unchanged();
                changed.is_ok()
            }
            () = tokio::time::sleep(EVERY.min(left)) => left > EVERY,
            _ = stopped(&mut self.run) => false,
        }
    }
}
