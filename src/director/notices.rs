//! What hooks are told of: transitions, overrides and alarms, in the words of the event stream.

use std::sync::Arc;

use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;

use super::DRAIN;
use crate::admin::body::EventBody;
use crate::config::{Hook, Subject};
use crate::hooks::{self, Hooks, Notice};
use crate::metrics::HOOK_NOTICES;
use crate::world::{Event, StampedEvent};

/// The hooks at work, and what they wait for.
#[derive(Debug, Default)]
pub(super) struct Notices {
    hooks: Option<Arc<Told>>,
    /// Carries events from the record to the hooks.
    events: JoinSet<()>,
}

/// Hooks, and what each is told of.
#[derive(Debug)]
struct Told {
    subjects: Vec<Vec<Subject>>,
    hooks: Hooks,
}

impl Told {
    fn tell(&self, subject: Subject, notice: &Notice) {
        for (at, subjects) in self.subjects.iter().enumerate() {
            if subjects.contains(&subject) {
                self.hooks.tell(at, notice.clone());
            }
        }
    }
}

impl Notices {
    /// Starts the hooks of a config; they hear of what happens from now on.
    pub(super) fn start(hooks: Vec<Hook>, told: &broadcast::Sender<StampedEvent>) -> Self {
        if hooks.is_empty() {
            return Self::default();
        }
        let subjects = hooks.iter().map(|hook| hook.subjects.clone()).collect();
        let hook = |hook: Hook| {
            let Hook { place, secret, timeout, trust, .. } = hook;
            hooks::Hook { place, secret, timeout, trust }
        };
        let hooks = Arc::new(Told { subjects, hooks: Hooks::start(hooks.into_iter().map(hook).collect()) });
        let mut events = JoinSet::new();
        events.spawn(carry(told.subscribe(), Arc::clone(&hooks)));
        Self { hooks: Some(hooks), events }
    }

    /// Takes no more, and waits a little for what is under way.
    pub(super) async fn close(self) {
        let Self { hooks, mut events } = self;
        events.shutdown().await;
        if let Some(told) = hooks.and_then(Arc::into_inner) {
            told.hooks.shutdown(DRAIN / 5).await;
        }
    }
}

async fn carry(mut events: broadcast::Receiver<StampedEvent>, told: Arc<Told>) {
    loop {
        match events.recv().await {
            Ok(stamped) => {
                let Some(subject) = subject(&stamped.event) else { continue };
                let delivery = format!("event-{}-{}", stamped.at, stamped.id).into();
                let Ok(json) = serde_json::to_string(&EventBody::from(stamped)) else { continue };
                told.tell(subject, &Notice { delivery, json: json.into() });
            }
            Err(RecvError::Lagged(count)) => HOOK_NOTICES.add(["all", "dropped"], count),
            Err(RecvError::Closed) => return,
        }
    }
}

fn subject(event: &Event) -> Option<Subject> {
    match event {
        Event::Overridden(_) | Event::Lifted { .. } | Event::Expired(_) => Some(Subject::Overrides),
        Event::Alarm { .. } => Some(Subject::Alarms),
        Event::Reloaded { .. } | Event::ReloadRefused { .. } => None,
        _ => Some(Subject::Transitions),
    }
}
