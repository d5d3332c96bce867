//! Sockets of QUIC after a takeover: connections cannot move, so the predecessor reads these until it has said goodbye
//! to all of them. What newcomers send meanwhile waits in the socket.

use std::thread;

use tokio::sync::oneshot;

use super::start::Director;
use crate::dns::{Source, TlsSockets};
use crate::handover::Predecessor;

/// What is served as soon as the predecessor has left it.
#[derive(Debug)]
pub(super) struct Late {
    sockets: Vec<TlsSockets>,
    /// Ends when the predecessor reads nothing any more.
    gone: Option<oneshot::Receiver<()>>,
}

impl Late {
    /// Sockets to serve at once, and those to serve later, where there is a predecessor to wait for.
    pub(super) fn part(sockets: Vec<TlsSockets>, waits: bool) -> (Vec<TlsSockets>, Self) {
        let (mut now, mut late) = (Vec::new(), Vec::new());
        for mut sockets in sockets {
            if let Some(doq) = sockets.doq.take_if(|_| waits) {
                late.push(TlsSockets { address: sockets.address, dot: None, doq: Some(doq) });
            }
            now.push(sockets);
        }
        (now, Self { sockets: late, gone: None })
    }

    /// Waits for this predecessor from now on.
    pub(super) fn after(self, predecessor: Predecessor) -> Self {
        let (told, gone) = oneshot::channel();
        // A thread that nobody waits for: this process may end before the other. Where there is none, `told` is dropped
        // at once and nothing is waited for.
        let _none = thread::Builder::new().name("predecessor".to_owned()).spawn(move || {
            predecessor.gone();
            drop(told);
        });
        Self { gone: Some(gone), ..self }
    }

    /// Ends when the predecessor has left them; never where there is none.
    pub(super) async fn left(late: &mut Option<Self>) {
        match late.as_mut().and_then(|late| late.gone.as_mut()) {
            Some(gone) => {
                // An error is the news: the sender went away with its thread.
                let _ended = gone.await;
            }
            None => std::future::pending().await,
        }
    }
}

impl Director {
    /// Serves what the predecessor has left.
    pub(super) fn serve_late(&mut self) {
        let (Some(late), Some(held)) = (self.late.take(), &self.certificate) else { return };
        let source =
            Source { queries: self.queries.clone(), ..Source::new(self.snapshots.clone(), self.clock) };
        let limits = self.settings.server.limits.tcp;
        if let Err(error) = self.dns.encrypt(late.sockets, held.credentials(), limits, &source) {
            tracing::error!(%error, "DNS over QUIC is not served; restart");
        }
    }
}
