//! How a thread counts without a lock or an allocation per query: in cells of its own, added to the process's
//! metrics a few times a second.
//!
//! A decision's labels come from the snapshot that decided it, and its indices mean something else after a
//! reload. So a cell finds its metric once, after the round in which it first came up has been sent and while
//! that round's snapshot is still held; a change of generation, or a full table, adds everything up and
//! starts afresh.

use crate::answer::Steered;
use crate::metrics::{ANSWERS, Count, DNS_DROPPED, DNS_QUERIES};
use crate::snapshot::Snapshot;

/// The most that may be counted between two calls of [`Tally::open`].
pub(super) const ROUND: usize = 64;

/// One thread's counts for one carrier.
pub(super) struct Tally {
    rcodes: Vec<Cell>,
    dropped: Vec<Cell>,
    decisions: Box<[Decision]>,
    taken: usize,
    fresh: Vec<usize>,
    generation: u64,
}

/// Why a message got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dropped {
    /// No query: too short, or itself an answer.
    Junk,
    /// Nothing can be sent to port 0.
    PortZero,
    /// Answering it panicked.
    Panic,
    /// Its prefix had more than enough of such answers.
    Limited,
    /// The system did not hand messages over.
    Receive,
    /// The system did not take the answer.
    Send,
}

impl Dropped {
    const ALL: [Self; 6] =
        [Self::Junk, Self::PortZero, Self::Panic, Self::Limited, Self::Receive, Self::Send];

    const fn word(self) -> &'static str {
        match self {
            Self::Junk => "junk",
            Self::PortZero => "port_zero",
            Self::Panic => "panic",
            Self::Limited => "limited",
            Self::Receive => "receive",
            Self::Send => "send",
        }
    }
}

/// A count that waits, and the metric that it goes to.
struct Cell {
    waiting: u64,
    metric: Count,
}

impl Cell {
    fn of(metric: Count) -> Self {
        Self { waiting: 0, metric }
    }

    fn flush(&mut self) {
        if self.waiting > 0 {
            self.metric.add(std::mem::take(&mut self.waiting));
        }
    }
}

/// A cell of the table of decisions: free, seen in this round, or with its metric found.
enum Decision {
    Free,
    Fresh(Steered, u64),
    Known(Steered, Cell),
}

impl Tally {
    /// For a carrier, by its word.
    pub(super) fn new(transport: &'static str) -> Self {
        let cell = |word| Cell::of(DNS_QUERIES.of([transport, word]));
        let drop_cell = |why: Dropped| Cell::of(DNS_DROPPED.of([transport, why.word()]));
        Self {
            rcodes: RCODES.into_iter().map(cell).collect(),
            dropped: Dropped::ALL.into_iter().map(drop_cell).collect(),
            decisions: (0..CELLS).map(|_| Decision::Free).collect(),
            taken: 0,
            fresh: Vec::with_capacity(ROUND),
            generation: 0,
        }
    }

    /// Opens a round of at most [`ROUND`] messages, which are answered from a snapshot of `generation`.
    pub(super) fn open(&mut self, generation: u64) {
        if generation != self.generation || self.taken + ROUND > ROOM {
            self.flush();
            self.decisions.fill_with(|| Decision::Free);
            self.taken = 0;
            self.generation = generation;
        }
    }

    /// Counts an answer.
    pub(super) fn answered(&mut self, rcode: u16, steered: Option<Steered>) {
        self.rcodes[rcode_cell(rcode)].waiting += 1;
        if let Some(steered) = steered {
            self.decided(steered);
        }
    }

    /// Counts messages without an answer.
    pub(super) fn dropped(&mut self, why: Dropped, count: usize) {
        self.dropped[why as usize].waiting += count as u64;
    }

    fn decided(&mut self, steered: Steered) {
        let start = home(steered);
        for step in 0..CELLS {
            let at = (start + step) % CELLS;
            match &mut self.decisions[at] {
                Decision::Known(of, cell) if *of == steered => return cell.waiting += 1,
                Decision::Fresh(of, count) if *of == steered => return *count += 1,
                Decision::Free => {
                    self.decisions[at] = Decision::Fresh(steered, 1);
                    self.fresh.push(at);
                    self.taken += 1;
                    return;
                }
                Decision::Known(..) | Decision::Fresh(..) => {}
            }
        }
    }

    /// Closes a round, after its answers have left: finds the metrics of decisions that came up for the first
    /// time.
    pub(super) fn close(&mut self, snapshot: &Snapshot) {
        for at in self.fresh.drain(..) {
            if let Decision::Fresh(steered, waiting) = self.decisions[at] {
                let (service, region) = snapshot.labels(steered.service, steered.region);
                let metric = ANSWERS.of([service, region, steered.reason.word()]);
                self.decisions[at] = Decision::Known(steered, Cell { waiting, metric });
            }
        }
    }

    /// Adds what waits to the process's metrics.
    pub(super) fn flush(&mut self) {
        self.rcodes.iter_mut().for_each(Cell::flush);
        self.dropped.iter_mut().for_each(Cell::flush);
        for decision in &mut self.decisions {
            if let Decision::Known(_, cell) = decision {
                cell.flush();
            }
        }
    }
}

impl Drop for Tally {
    fn drop(&mut self) {
        self.flush();
    }
}

/// Where the search for a decision begins (Fibonacci hashing; the inputs are our own small indices).
fn home(steered: Steered) -> usize {
    let region = steered.region.map_or(0, |region| u64::from(region.0) + 1);
    let key = u64::from(steered.service.0) << 32 | region << 8 | steered.reason as u64;
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (u64::BITS - CELLS.ilog2())) as usize
}

/// The cell of a response code: those that a server gives, and one for the others.
const fn rcode_cell(rcode: u16) -> usize {
    match rcode {
        0..=10 => rcode as usize,
        16 => 11,
        23 => 12,
        _ => 13,
    }
}

/// Names of the response codes, in the order of [`rcode_cell`].
const RCODES: [&str; 14] = [
    "NOERROR",
    "FORMERR",
    "SERVFAIL",
    "NXDOMAIN",
    "NOTIMP",
    "REFUSED",
    "YXDOMAIN",
    "YXRRSET",
    "NXRRSET",
    "NOTAUTH",
    "NOTZONE",
    "BADVERS",
    "BADCOOKIE",
    "OTHER",
];

/// Cells for (service, region, reason): a power of two. Beyond [`ROOM`] the table starts afresh.
const CELLS: usize = 4096;
const ROOM: usize = CELLS / 4 * 3;

#[cfg(test)]
mod tests;
