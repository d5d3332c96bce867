//! The way to the director: a bounded channel of acts, a reply each, and a bound on every wait.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::act::{Act, Refusal};
use super::refused::Refused;

/// A reload reads whole zones and databases.
const RELOAD: Duration = Duration::from_secs(60);

/// Where acts are handed in. Clones share the channel.
#[derive(Clone, Debug)]
pub(super) struct Desk {
    acts: mpsc::Sender<Act>,
    wait: Duration,
}

impl Desk {
    pub(super) const fn new(acts: mpsc::Sender<Act>, wait: Duration) -> Self {
        Self { acts, wait }
    }

    /// The same desk, with a reload's patience.
    pub(super) fn patient(&self) -> Self {
        Self::new(self.acts.clone(), self.wait.max(RELOAD))
    }

    /// Hands in an act and waits for its reply.
    pub(super) async fn ask<T>(&self, act: impl FnOnce(oneshot::Sender<T>) -> Act) -> Result<T, Refused> {
        let (reply, answer) = oneshot::channel();
        let asked = async {
            self.acts.send(act(reply)).await.ok()?;
            answer.await.ok()
        };
        match tokio::time::timeout(self.wait, asked).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => Err(Refused::unavailable("the director is stopping; nothing was promised")),
            Err(_) => Err(Refused::unavailable(format!(
                "the director did not answer within {}; what was asked may still be done: look at the status",
                humantime::format_duration(self.wait)
            ))),
        }
    }

    /// As `ask`, for acts that can be refused.
    pub(super) async fn act<T>(
        &self,
        act: impl FnOnce(oneshot::Sender<Result<T, Refusal>>) -> Act,
    ) -> Result<T, Refused> {
        self.ask(act).await?.map_err(Refused::from)
    }
}
