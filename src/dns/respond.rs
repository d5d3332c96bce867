//! From a message to its answer, the same for every carrier: one snapshot and one reading of the clocks a
//! round, a panic that costs one query, and a count of what became of each.

use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use super::limit::{Guard, Judged, Verdict};
use super::query_log::{Line, QueryLog, Question, Sampler};
use super::tally::{Dropped, Tally};
use super::{Source, transport};
use crate::answer::{Outcome, answer, truncated};
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
    guard: Option<Guard>,
    sampler: Option<Sampler>,
    flushed: Duration,
}

/// Messages that are answered from one snapshot; at most [`super::tally::ROUND`] of them.
pub(super) struct Round<'a> {
    snapshot: Current,
    now: Now,
    carrier: Carrier,
    limit: u16,
    tally: &'a mut Tally,
    guard: Option<&'a mut Guard>,
    sampler: Option<&'a mut Sampler>,
    flushed: &'a mut Duration,
}

impl Responder {
    /// For `carrier`, whose answers have at most `limit` octets.
    pub(super) fn new(source: Source, carrier: Carrier, limit: u16) -> Self {
        Self {
            tally: Tally::new(transport(carrier)),
            guard: None,
            sampler: source.queries.as_ref().map(QueryLog::sampler),
            flushed: source.clock.now().monotonic,
            source,
            carrier,
            limit,
        }
    }

    /// The same, with answers that may be held back.
    pub(super) fn guarded(self, guard: Option<Guard>) -> Self {
        Self { guard, ..self }
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
            guard: self.guard.as_mut(),
            sampler: self.sampler.as_mut(),
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
        if let Some(guard) = &mut self.guard {
            guard.flush(self.source.clock.now().monotonic);
        }
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
        let fate = caught(|| self.fate(&client, query, out));
        if let Some(Fate::Sent(outcome)) = fate {
            self.log(client, query, outcome);
        }
        self.count(fate).min(room)
    }

    /// What becomes of one message; its answer stands in `out`.
    fn fate(&mut self, client: &Client, query: &[u8], out: &mut [u8]) -> Fate {
        #[cfg(test)]
        assert!(!super::tests::is_planted(query), "planted by a test");
        let outcome = answer(&self.snapshot, client, self.now, query, out);
        let (Outcome::Answered { length, cookie, .. }, Some(guard)) = (outcome, &mut self.guard) else {
            return Fate::Sent(outcome);
        };
        let (snapshot, now) = (&self.snapshot, self.now.monotonic);
        let answer = out.get(..length).unwrap_or_default();
        match guard.judge(&Judged { client: client.address, answer, cookie, snapshot, now }) {
            Verdict::Send => Fate::Sent(outcome),
            Verdict::Drop => Fate::Limited,
            Verdict::Truncate => Fate::Sent(cut(outcome, truncated(client, query, out))),
        }
    }

    /// Logs an answered query, where its turn has come.
    fn log(&mut self, client: Client, query: &[u8], outcome: Outcome) {
        let Some(sampler) = self.sampler.as_mut() else { return };
        let Outcome::Answered { length, rcode, steered, .. } = outcome else { return };
        if sampler.picks() {
            let (question, generation) = (Question::of(query), self.snapshot.generation());
            sampler.log(Line { at: self.now.unix, client, question, rcode, steered, generation, length });
        }
    }

    fn count(&mut self, fate: Option<Fate>) -> usize {
        match fate {
            Some(Fate::Sent(Outcome::Answered { length, rcode, steered, .. })) => {
                self.tally.answered(rcode, steered);
                return length;
            }
            Some(Fate::Sent(Outcome::Dropped)) => self.tally.dropped(Dropped::Junk, 1),
            Some(Fate::Limited) => self.tally.dropped(Dropped::Limited, 1),
            None => {
                self.tally.dropped(Dropped::Panic, 1);
                WORKER_PANICS.add([transport(self.carrier)], 1);
            }
        }
        0
    }

    /// Ends the round once its answers have left; `lost` of them could not be sent.
    pub(super) fn close(mut self, lost: usize) {
        self.tally.dropped(Dropped::Send, lost);
        self.tally.close(&self.snapshot);
        if self.now.monotonic.saturating_sub(*self.flushed) >= FLUSH {
            self.tally.flush();
            if let Some(guard) = &mut self.guard {
                guard.flush(self.now.monotonic);
            }
            *self.flushed = self.now.monotonic;
        }
    }
}

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// What `answer()` says.
    Sent(Outcome),
    /// Nothing: its prefix had enough.
    Limited,
}

/// An outcome whose answer was cut to `length`; it decided nothing that was sent.
fn cut(outcome: Outcome, length: usize) -> Outcome {
    match outcome {
        Outcome::Answered { rcode, cookie, .. } => Outcome::Answered { length, rcode, steered: None, cookie },
        Outcome::Dropped => Outcome::Dropped,
    }
}

/// Runs `decide`; none where it panicked. Nothing broken stays behind: the snapshot is frozen, and what
/// stands half written in the output buffer is not sent.
fn caught(decide: impl FnOnce() -> Fate) -> Option<Fate> {
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
        let source = Source::new(Snapshots::new(Arc::new(Snapshot::default())), Clock::start());
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
