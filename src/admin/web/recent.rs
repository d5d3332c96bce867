//! The newest events, for the page: kept ones from the store first, then what happens.

use std::collections::VecDeque;
use std::sync::Arc;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use crate::admin::act::Act;
use crate::admin::desk::Desk;
use crate::world::StampedEvent;

/// Newest first.
pub(super) type Events = Arc<VecDeque<StampedEvent>>;

/// How many are shown.
pub(super) const SHOWN: u32 = 12;

/// Starts the task that keeps them; it ends with the director's channel, or when it is aborted.
pub(super) fn keep(
    desk: Desk,
    mut live: broadcast::Receiver<StampedEvent>,
) -> (watch::Receiver<Events>, JoinHandle<()>) {
    let (shown, watched) = watch::channel(Events::default());
    let task = tokio::spawn(async move {
        let mut events = kept(&desk).await;
        loop {
            shown.send_replace(Arc::new(events.clone()));
            match live.recv().await {
                Ok(event) => take(&mut events, event),
                Err(RecvError::Lagged(_)) => events = kept(&desk).await,
                Err(RecvError::Closed) => return,
            }
        }
    });
    (watched, task)
}

/// What the store has; nothing when it cannot be read: the page goes on with what happens.
async fn kept(desk: &Desk) -> VecDeque<StampedEvent> {
    desk.act(|reply| Act::Recent(SHOWN, reply)).await.map(VecDeque::from).unwrap_or_default()
}

fn take(events: &mut VecDeque<StampedEvent>, event: StampedEvent) {
    if events.iter().all(|held| held.id != event.id) {
        events.push_front(event);
        events.truncate(SHOWN as usize);
    }
}
