//! From a message to its answer, the same for every carrier: one snapshot and one reading of the clocks a
//! round, a panic that costs one query, and a count of what became of each.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::tally::{Dropped, Tally};
use super::{Source, transport};
use crate::answer::{Outcome, answer};
use crate::client::{Carrier, Client};
use crate::metrics::WORKER_PANICS;
use crate::now::Now;
use crate::snapshot::Current;

/// What a thread needs to answer the messages of one carrier.
pub(super) struct Responder {
    source: Source,
    carrier: Carrier,
    limit: u16,
    tally: Tally,
    flushed: Duration,
}

/// Messages that are answered from one snapshot; at most [`super::tally::ROUND`] of them.
pub(super) struct Round<'a> {
    snapshot: Current,
    now: Now,
    carrier: Carrier,
    limit: u16,
    tally: &'a mut Tally,
    flushed: &'a mut Duration,
}

impl Responder {
    /// For `carrier`, whose answers have at most `limit` octets.
    pub(super) fn new(source: Source, carrier: Carrier, limit: u16) -> Self {
        Self {
            tally: Tally::new(transport(carrier)),
            flushed: source.clock.now().monotonic,
            source,
            carrier,
            limit,
        }
    }

    /// Opens a round.
    pub(super) fn round(&mut self) -> Round<'_> {
        let snapshot = self.source.snapshots.load();
        self.tally.open(snapshot.generation());
        Round {
            snapshot,
            now: self.source.clock.now(),
            carrier: self.carrier,
            limit: self.limit,
            tally: &mut self.tally,
            flushed: &mut self.flushed,
        }
    }

    /// Notes that the system did not hand messages over.
    pub(super) fn receive_failed(&mut self) {
        self.tally.dropped(Dropped::Receive, 1);
    }

    /// Shows what has been counted.
    pub(super) fn flush(&mut self) {
        self.tally.flush();
    }
}

impl Round<'_> {
    /// The monotonic moment at which it was opened.
    pub(super) const fn began(&self) -> Duration {
        self.now.monotonic
    }

    /// Answers one message into `out`; the octets of the answer, 0 for none.
    pub(super) fn answer(&mut self, peer: SocketAddr, query: &[u8], out: &mut [u8]) -> usize {
        if peer.port() == 0 {
            self.tally.dropped(Dropped::PortZero, 1);
            return 0;
        }
        let client = Client { address: peer.ip().to_canonical(), carrier: self.carrier, limit: self.limit };
        let room = out.len();
        let outcome = caught(|| answer(&self.snapshot, &client, self.now, query, out));
        self.count(outcome).min(room)
    }

    fn count(&mut self, outcome: Option<Outcome>) -> usize {
        match outcome {
            Some(Outcome::Answered { length, rcode, steered, .. }) => {
                self.tally.answered(rcode, steered);
                return length;
            }
            Some(Outcome::Dropped) => self.tally.dropped(Dropped::Junk, 1),
            None => {
                self.tally.dropped(Dropped::Panic, 1);
                WORKER_PANICS.add([transport(self.carrier)], 1);
            }
        }
        0
    }

    /// Ends the round once its answers have left; `lost` of them could not be sent.
    pub(super) fn close(self, lost: usize) {
        self.tally.dropped(Dropped::Send, lost);
        self.tally.close(&self.snapshot);
        if self.now.monotonic.saturating_sub(*self.flushed) >= FLUSH {
            self.tally.flush();
            *self.flushed = self.now.monotonic;
        }
    }
}

/// Runs `decide`; none where it panicked. Nothing broken stays behind: the snapshot is frozen, and what
/// stands half written in the output buffer is not sent.
fn caught(decide: impl FnOnce() -> Outcome) -> Option<Outcome> {
    catch_unwind(AssertUnwindSafe(decide)).ok()
}

/// How often counts are shown while queries come.
const FLUSH: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::metrics;
    use std::sync::Arc;

    use crate::snapshot::{Snapshot, Snapshots};

    fn responder() -> Responder {
        metrics::install();
        let source =
            Source { snapshots: Snapshots::new(Arc::new(Snapshot::default())), clock: Clock::start() };
        Responder::new(source, Carrier::Udp, 1232)
    }

    const QUERY: &[u8; 12] = b"\x12\x34\0\0\0\0\0\0\0\0\0\0";

    #[test]
    fn a_message_from_port_0_gets_no_answer() {
        let (mut responder, mut out) = (responder(), [0; 512]);
        let mut round = responder.round();
        assert_eq!(round.answer("192.0.2.1:0".parse().unwrap(), QUERY, &mut out), 0);
        assert!(round.answer("192.0.2.1:1".parse().unwrap(), QUERY, &mut out) >= 12);
    }

    #[test]
    fn a_panic_costs_one_query_and_is_counted() {
        let mut responder = responder();
        let mut round = responder.round();
        let panicked = caught(|| panic!("provoked by a test"));
        assert_eq!(panicked, None);
        assert_eq!(round.count(panicked), 0);
        let mut out = [0; 512];
        let next = round.answer("192.0.2.1:53".parse().unwrap(), QUERY, &mut out);
        assert!(next >= 12, "the next query is answered");
        let text = metrics::install().render();
        assert!(text.contains("meridian_worker_panics_total{transport=\"udp\"} 1\n"), "{text}");
    }

    #[test]
    fn an_answer_is_never_longer_than_its_buffer() {
        let (mut responder, mut out) = (responder(), [0; 12]);
        let length = responder.round().answer("192.0.2.1:53".parse().unwrap(), QUERY, &mut out);
        assert!(length <= out.len());
    }
}
