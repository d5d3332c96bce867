//! One worker's view of the limiter: judges its answers, and counts them in cells of its own.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use super::{Account, Limiter};
use crate::answer::Cookie;
use crate::metrics::{Count, RATE_LIMITED};
use crate::snapshot::Snapshot;
use crate::zone::QueryName;

/// Judges the answers of one worker.
pub(in crate::dns) struct Guard {
    limiter: Arc<Limiter>,
    /// Answers held back by this worker.
    turn: u64,
    waiting: [u64; Limited::WORDS.len()],
    metrics: [Count; Limited::WORDS.len()],
    /// A prefix that was limited, for people.
    lately: Option<IpAddr>,
}

/// An answer, and what it is judged by.
pub(in crate::dns) struct Judged<'a> {
    pub(in crate::dns) client: IpAddr,
    pub(in crate::dns) answer: &'a [u8],
    pub(in crate::dns) cookie: Cookie,
    pub(in crate::dns) snapshot: &'a Snapshot,
    /// Monotonic.
    pub(in crate::dns) now: Duration,
}

/// What becomes of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dns) enum Verdict {
    /// It is sent as it is.
    Send,
    /// It is sent without its records, truncated.
    Truncate,
    /// Nothing is sent.
    Drop,
}

/// Answers above the rate, by what became of them; and those that were not even asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Limited {
    Dropped,
    Truncated,
    /// An error that was sent although it was above the rate: it has nothing that could be left out.
    Leaked,
    /// Only counted.
    DryRun,
    /// A valid cookie came with the query.
    Exempt,
}

impl Limited {
    const WORDS: [&'static str; 5] = ["dropped", "truncated", "leaked", "dry_run", "exempt"];
}

impl Guard {
    pub(in crate::dns) fn new(limiter: Arc<Limiter>) -> Self {
        let metrics = Limited::WORDS.map(|word| RATE_LIMITED.of([word]));
        Self { limiter, turn: 0, waiting: [0; Limited::WORDS.len()], metrics, lately: None }
    }

    /// Judges one answer, and counts it.
    pub(in crate::dns) fn judge(&mut self, judged: &Judged<'_>) -> Verdict {
        let Judged { client, answer, cookie, snapshot, now } = *judged;
        if cookie == Cookie::Valid {
            self.count(Limited::Exempt);
            return Verdict::Send;
        }
        let mut name = QueryName::root();
        let account = Account::of(client, answer, &snapshot.catalog().zones, &mut name);
        let Some(hash) = self.limiter.exceeds(&account, answer.len(), now) else {
            return Verdict::Send;
        };
        self.limiter.watch.bites(now);
        self.lately = Some(account.prefix);
        if self.limiter.is_dry() {
            self.count(Limited::DryRun);
            return Verdict::Send;
        }
        let (limited, verdict) = match (self.slips(hash), account.is_error()) {
            (false, _) => (Limited::Dropped, Verdict::Drop),
            (true, false) => (Limited::Truncated, Verdict::Truncate),
            (true, true) => (Limited::Leaked, Verdict::Send),
        };
        self.count(limited);
        verdict
    }

    /// Whether this answer above the rate is the one in `slip`. By a hash, so that no rhythm of floods can put one
    /// victim's always on the same side.
    fn slips(&mut self, hash: u64) -> bool {
        self.turn = self.turn.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.turn ^ hash).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        (mixed >> 32).checked_rem(u64::from(self.limiter.limit.slip)) == Some(0)
    }

    fn count(&mut self, limited: Limited) {
        self.waiting[limited as usize] += 1;
    }

    /// Shows what has been counted, and says where limiting has begun or ended.
    pub(in crate::dns) fn flush(&mut self, now: Duration) {
        self.show();
        self.limiter.watch.report(now, self.lately.take(), self.limiter.limit);
    }

    fn show(&mut self) {
        for (waiting, metric) in self.waiting.iter_mut().zip(&self.metrics) {
            if *waiting > 0 {
                metric.add(std::mem::take(waiting));
            }
        }
    }
}

/// A worker that ends has shown what it counted last.
impl Drop for Guard {
    fn drop(&mut self) {
        self.show();
    }
}
