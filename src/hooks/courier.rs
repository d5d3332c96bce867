//! Carries the notices of one hook: one at a time, again and again until taken or too old.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout};

use super::signature::sign;
use super::{Hook, Notice};
use crate::fetch::{self, Asked, reach, whole};
use crate::metrics::HOOK_NOTICES;

/// The task of one hook.
pub(super) struct Courier {
    hook: Hook,
    waiting: mpsc::Receiver<Notice>,
}

/// What became of one attempt.
enum Outcome {
    Taken,
    /// The receiver will never take it.
    Refused(StatusCode),
    /// Nobody was there, or not able to.
    Away(String),
}

impl Courier {
    pub(super) const fn new(hook: Hook, waiting: mpsc::Receiver<Notice>) -> Self {
        Self { hook, waiting }
    }

    /// Carries until no more can come and nothing waits.
    pub(super) async fn run(mut self) {
        while let Some(notice) = self.waiting.recv().await {
            let result = self.carry(&notice).await;
            HOOK_NOTICES.add([&self.hook.place.host, result], 1);
        }
    }

    /// Tries until it is taken, refused, or in vain for long; the word of what became of it.
    async fn carry(&self, notice: &Notice) -> &'static str {
        let (began, mut pause) = (Instant::now(), FIRST_PAUSE);
        loop {
            let host = &self.hook.place.host;
            match self.post(notice).await {
                Outcome::Taken => return "delivered",
                Outcome::Refused(status) => {
                    tracing::warn!(%host, %status, "a hook's receiver refuses a notice");
                    return "refused";
                }
                Outcome::Away(why) if began.elapsed() + pause > LONGEST => {
                    tracing::warn!(%host, "a notice is given up: {why}");
                    return "dropped";
                }
                Outcome::Away(_) => HOOK_NOTICES.add([host, "retried"], 1),
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn post(&self, notice: &Notice) -> Outcome {
        let attempt = async {
            let stream = reach(&self.hook.place, self.hook.trust.as_ref()).await?;
            whole(stream, self.request(notice), CAP).await
        };
        match timeout(self.hook.timeout, attempt).await {
            Ok(Ok(answer)) => match answer.status {
                status if status.is_success() => Outcome::Taken,
                StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                    Outcome::Away(answer.status.to_string())
                }
                status if status.is_server_error() => Outcome::Away(status.to_string()),
                status => Outcome::Refused(status),
            },
            Ok(Err(broken)) => Outcome::Away(broken.to_string()),
            Err(_) => Outcome::Away("no answer in time".to_owned()),
        }
    }

    /// Signed anew in each attempt: a receiver refuses old signatures.
    fn request(&self, notice: &Notice) -> Asked {
        let place = &self.hook.place;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        Request::post(&*place.path)
            .header(HOST, place.authority())
            .header(USER_AGENT, concat!("meridian-hooks/", env!("CARGO_PKG_VERSION")))
            .header(CONNECTION, "close")
            .header(CONTENT_TYPE, "application/json")
            .header("meridian-delivery", &*notice.delivery)
            .header("meridian-timestamp", now)
            .header("meridian-signature", sign(&self.hook.secret, now, &notice.json))
            .body(fetch::body(notice.json.to_string()))
            .expect("a place's path and authority are visible ASCII")
    }
}

/// Octets of an answer that are read.
const CAP: usize = 64 * 1024;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// What could not be told for so long is no news.
const LONGEST: Duration = Duration::from_secs(600);
