//! How many cases ran, and how many of them came past the target's gate; told as they run.

use std::sync::atomic::{AtomicU64, Ordering};

/// The tally of one target.
#[derive(Debug)]
pub struct Tally {
    target: &'static str,
    gate: &'static str,
    runs: AtomicU64,
    reached: AtomicU64,
}

impl Tally {
    /// Nothing counted yet; `gate` says what a case has done that came past it.
    pub const fn new(target: &'static str, gate: &'static str) -> Self {
        Self { target, gate, runs: AtomicU64::new(0), reached: AtomicU64::new(0) }
    }

    /// Counts a case, and tells every ten thousandth.
    pub fn count(&self, reached: bool) {
        let runs = self.runs.fetch_add(1, Ordering::Relaxed) + 1;
        self.reached.fetch_add(u64::from(reached), Ordering::Relaxed);
        if runs.is_multiple_of(10_000) {
            eprintln!("tally: {}: {runs} executions, {:.1} % {}", self.target, self.share(), self.gate);
        }
    }

    /// Of a hundred cases, how many came past the gate.
    pub fn share(&self) -> f64 {
        let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64;
        100.0 * of(&self.reached) / of(&self.runs).max(1.0)
    }
}
