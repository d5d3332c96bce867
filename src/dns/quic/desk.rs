//! Where queries of all QUIC connections are answered: one responder, reached by a channel, since hickory's handler
//! is shared between tasks and the responder counts without a lock.

use std::net::SocketAddr;

use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval};

use super::super::respond::Responder;
use super::super::{FLUSH, Source};
use crate::client::Carrier;

/// The way to the desk.
#[derive(Clone)]
pub(super) struct Desk(mpsc::Sender<Ask>);

struct Ask {
    peer: SocketAddr,
    query: Vec<u8>,
    reply: oneshot::Sender<Vec<u8>>,
}

impl Desk {
    /// Opens a desk on this thread; it closes when nobody can reach it any more.
    pub(super) fn open(source: Source) -> Self {
        let (sender, asked) = mpsc::channel(WAITING);
        tokio::task::spawn_local(serve(Responder::new(source, Carrier::Quic, u16::MAX), asked));
        Self(sender)
    }

    /// The answer's octets; none where a query gets no answer.
    pub(super) async fn answer(&self, peer: SocketAddr, query: &[u8]) -> Option<Vec<u8>> {
        let (reply, answer) = oneshot::channel();
        self.0.send(Ask { peer, query: query.into(), reply }).await.ok()?;
        answer.await.ok().filter(|answer| !answer.is_empty())
    }
}

async fn serve(mut responder: Responder, mut asked: mpsc::Receiver<Ask>) {
    let mut out = vec![0; usize::from(u16::MAX)];
    let mut tick = interval(FLUSH);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            ask = asked.recv() => {
                let Some(Ask { peer, query, reply }) = ask else { return };
                let mut round = responder.round();
                let length = round.answer(peer, &query, &mut out);
                round.close(0);
                let _stream_closed = reply.send(out[..length].into());
            }
            _ = tick.tick() => responder.flush(),
        }
    }
}

/// Queries that wait at most; the others wait in their streams.
const WAITING: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dns::tests::{GOOD, PANICS, shown, source};

    #[tokio::test]
    async fn a_panic_ends_one_stream_without_an_answer_and_the_next_is_answered() {
        let counted = || shown("meridian_worker_panics_total{transport=\"doq\"}");
        let (before, peer) = (counted(), "127.0.0.1:5300".parse().expect("an address"));
        let answered = async {
            let desk = Desk::open(source());
            let first = desk.answer(peer, PANICS).await;
            (first, desk.answer(peer, GOOD).await)
        };
        let (first, next) = tokio::task::LocalSet::new().run_until(answered).await;
        assert_eq!((first, next.map(|answer| answer.len())), (None, Some(GOOD.len())));
        assert_eq!(counted(), before + 1.0);
    }
}
