//! Notices → automation: signed JSON, posted to whoever the config names, so that a standby can be promoted, a region
//! scaled up, a person paged.
//!
//! Each hook has a task and a bounded queue of its own: a receiver that hangs delays no other and nothing else. A post
//! that fails is tried again with growing pauses; what finds the queue full, or was tried in vain for minutes, is
//! dropped and counted. Delivery is at least once and in order; `Meridian-Delivery` tells a repetition.
//!
//! A receiver checks `Meridian-Signature: v1=HEX`, the HMAC-SHA256 of `TIMESTAMP.BODY` under the shared secret, where
//! `Meridian-Timestamp` is in Unix seconds, and refuses what is old: so nobody can forge or replay a notice.

#![allow(clippy::disallowed_methods, reason = "an edge: it may read clocks")]

mod courier;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::fetch::{Place, Trust};
use crate::metrics::HOOK_NOTICES;
use courier::Courier;

/// Whom to tell, and how.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Where it is posted.
    pub place: Place,
    /// What posts are signed with.
    pub secret: Box<[u8]>,
    /// Bound of one attempt.
    pub timeout: Duration,
    /// Whose certificates are believed; there where the place speaks TLS.
    pub trust: Option<Trust>,
}

/// Hooks at work, in the order that they were given in.
#[derive(Debug)]
pub struct Hooks {
    queues: Vec<(Box<str>, mpsc::Sender<Notice>)>,
    couriers: JoinSet<()>,
}

/// One thing to tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The same in each repetition, and in no other notice.
    pub delivery: Box<str>,
    /// The body, JSON.
    pub json: Arc<str>,
}

impl Hooks {
    /// Starts a task a hook.
    #[must_use]
    pub fn start(hooks: Vec<Hook>) -> Self {
        let (mut queues, mut couriers) = (Vec::new(), JoinSet::new());
        for hook in hooks {
            let (queue, waiting) = mpsc::channel(MOST_WAITING);
            queues.push((hook.place.host.clone(), queue));
            couriers.spawn(Courier::new(hook, waiting).run());
        }
        Self { queues, couriers }
    }

    /// Hands a notice to the hook at a position. Never waits: a full queue drops it.
    pub fn tell(&self, hook: usize, notice: Notice) {
        let Some((host, queue)) = self.queues.get(hook) else { return };
        if queue.try_send(notice).is_err() {
            HOOK_NOTICES.add([host, "dropped"], 1);
        }
    }

    /// Takes no more; waits for what is under way, or for so long.
    pub async fn shutdown(mut self, patience: Duration) {
        self.queues.clear();
        let rest = async { while self.couriers.join_next().await.is_some() {} };
        // What is left is given up with the tasks, when they are dropped here.
        let _in_time = timeout(patience, rest).await;
    }
}

/// Notices that wait for a receiver at most.
const MOST_WAITING: usize = 256;
