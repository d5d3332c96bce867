//! A UDP worker: one thread, one socket, batches in and batches out. On its way from a query to an answer
//! there is no lock, no await and no allocation. It wakes a few times a second without a query, to show its
//! counts and to see whether it should stop: the sockets stay as they are, since another process may go on
//! with them. At middling load it rests between batches (`pace`).

use std::net::UdpSocket;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::batch::{ANSWER, Batch, MESSAGES, sleep_exactly};
use super::limit::{Guard, Limiter};
use super::pace::{Pace, REST};
use super::respond::Responder;
use super::tally::ROUND;
use super::{Source, transport};
use crate::client::Carrier;
use crate::metrics::WORKER_PANICS;

/// One socket, and what its queries are answered from.
pub(super) struct Worker {
    pub(super) socket: UdpSocket,
    pub(super) source: Source,
    /// Holds answers back; none: all are sent.
    pub(super) limiter: Option<Arc<Limiter>>,
    pub(super) stop: Arc<AtomicBool>,
}

impl Worker {
    /// Serves until told to stop, whatever happens: a panic outside `answer()` costs a batch, not the socket.
    pub(super) fn run(&self) {
        while catch_unwind(AssertUnwindSafe(|| self.serve())).is_err() {
            WORKER_PANICS.add([transport(Carrier::Udp)], 1);
            thread::sleep(PAUSE);
        }
    }

    fn serve(&self) {
        sleep_exactly();
        let guard = self.limiter.clone().map(Guard::new);
        let mut responder = Responder::new(self.source.clone(), Carrier::Udp, ANSWER as u16).guarded(guard);
        let mut batch = Batch::new();
        let mut pace = Pace::new(self.source.clock.now().monotonic);
        while !self.stop.load(Ordering::Relaxed) {
            match batch.receive(&self.socket) {
                Ok(0) => responder.flush(),
                Ok(taken) => {
                    let began = self.answer_all(&mut batch, &mut responder);
                    if pace.rests(taken, began) {
                        thread::sleep(REST);
                    }
                }
                Err(_) => {
                    responder.receive_failed();
                    thread::sleep(PAUSE);
                }
            }
        }
    }

    /// Answers what was received; the monotonic moment at which that began.
    fn answer_all(&self, batch: &mut Batch, responder: &mut Responder) -> Duration {
        let mut round = responder.round();
        let began = round.began();
        for exchange in batch.exchanges() {
            *exchange.length = round.answer(exchange.client, exchange.query, exchange.answer);
        }
        let lost = batch.send(&self.socket);
        round.close(lost);
        began
    }
}

/// After a failure that may last (memory is short): no busy loop.
const PAUSE: Duration = Duration::from_millis(50);

const _: () = assert!(MESSAGES <= ROUND, "a batch is a round");
