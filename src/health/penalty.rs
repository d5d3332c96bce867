//! From shares and times to penalties, 0 to 1: straight lines between a few points. And the grounds of the greatest.

use std::fmt;

use super::evidence::Layer;
use super::symptom::{Symptom, Symptoms};
use super::wilson::lower;
use super::window::{LATE, Sum, Window};

/// What a region's weight is lowered for.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Grounds {
    /// 0: nothing is held against it; 1: all of its weight.
    pub penalty: f64,
    /// The evidence.
    pub evidence: Option<Measured>,
}

/// A measured share, and where it was measured.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The layer that shows it.
    pub layer: Layer,
    /// What is wrong.
    pub symptom: Symptom,
    /// The part of all attempts or requests that shows it, 0 to 1.
    pub share: f64,
    /// How many attempts or requests that is a part of.
    pub of: u32,
}

impl Grounds {
    /// The graver of two.
    #[must_use]
    pub(super) fn or(self, other: Self) -> Self {
        if other.penalty > self.penalty { other } else { self }
    }

    /// The same, no graver than that.
    #[must_use]
    pub(super) fn at_most(self, penalty: f64) -> Self {
        let penalty = self.penalty.min(penalty);
        Self { penalty, evidence: self.evidence.filter(|_| penalty > 0.0) }
    }

    pub(super) fn new(penalty: f64, layer: Layer, symptom: Symptom, share: f64, of: f64) -> Self {
        let measured = Measured { layer, symptom, share, of: of.round() as u32 };
        Self { penalty, evidence: (penalty > 0.0).then_some(measured) }
    }
}

impl fmt::Display for Measured {
    /// As `completion gateway: 12 % of 31`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = 100.0 * self.share;
        let digits = usize::from(percent < 10.0);
        write!(out, "{} {}: {percent:.digits$} % of {}", self.layer.word(), self.symptom.word(), self.of)
    }
}

/// What the completions of a window speak for. Many failures: both the last 90 s and the last 300 s must show them. Few:
/// the last 900 s have to, and the last 300 s that there are some still.
pub(super) fn completions(window: &Window, ignored: Symptoms) -> Grounds {
    let least = |sum: &Sum, padded: f64| {
        line(&ERRORS, lower(sum.failures(ignored), sum.attempts(ignored).max(padded)))
    };
    let (short, long) = (window.sum(SHORT), window.sum(LONG));
    let mut grounds = Grounds::default();
    if short.failures(ignored) >= LEAST_SHORT && long.failures(ignored) >= LEAST {
        let penalty = least(&short, SHORT_FULL).min(least(&long, LONG_FULL));
        grounds = failing(penalty, &short, ignored);
    }
    if long.failures(ignored) < 1.0 {
        return grounds;
    }
    let steady = window.sum(STEADY);
    if steady.failures(ignored) >= LEAST_STEADY {
        grounds = grounds.or(failing(least(&steady, STEADY_FULL), &steady, ignored));
    }
    grounds
}

/// The grounds of a penalty that the failures of some time give, by the symptom that most of them show.
fn failing(penalty: f64, sum: &Sum, ignored: Symptoms) -> Grounds {
    let of_symptom = |symptom: &Symptom| sum.failed[*symptom as usize];
    let counted = Symptom::ALL.into_iter().filter(|symptom| !ignored.contains(*symptom));
    let most = counted.max_by(|a, b| of_symptom(a).total_cmp(&of_symptom(b))).unwrap_or(Symptom::Gateway);
    let attempts = sum.attempts(ignored);
    Grounds::new(penalty, Layer::Completion, most, sum.failures(ignored) / attempts, attempts)
}

/// Whether nine in ten completions fail for what the region itself is answerable for, in both windows.
pub(super) fn all_fail(window: &Window, ignored: Symptoms) -> Option<Measured> {
    let answerable = |sum: &Sum| -> f64 {
        let counts = |symptom: &Symptom| !ignored.contains(*symptom);
        [Symptom::Gateway, Symptom::Database]
            .into_iter()
            .filter(counts)
            .map(|symptom| sum.failed[symptom as usize])
            .sum()
    };
    let (short, long) = (window.sum(SHORT), window.sum(LONG));
    let fails = |sum: &Sum| answerable(sum) >= NEARLY_ALL * sum.attempts(Symptoms::default());
    let attempts = short.attempts(Symptoms::default());
    let graver = short.failed[Symptom::Database as usize] > short.failed[Symptom::Gateway as usize];
    let symptom = if graver { Symptom::Database } else { Symptom::Gateway };
    let measured = Measured {
        layer: Layer::Completion,
        symptom,
        share: answerable(&short) / attempts.max(1.0),
        of: attempts.round() as u32,
    };
    (attempts >= ENOUGH && fails(&short) && fails(&long)).then_some(measured)
}

/// What late first tokens of the last 90 s speak for: the 90th percentile, as far as it is certain.
pub(super) fn latency(window: &Window) -> Grounds {
    let sum = window.sum(SHORT);
    let certain = |late: f64| lower(late, sum.passed.max(SHORT_FULL)) > LATE_SHARE;
    let at = LATE.iter().zip(sum.late).rfind(|(_, late)| certain(*late));
    at.map_or_else(Grounds::default, |(bound, late)| {
        let penalty = line(&LATENCY, bound.as_secs_f64()).max(SLOW_AT_ALL);
        Grounds::new(penalty, Layer::Completion, Symptom::Slow, late / sum.passed, sum.passed)
    })
}

/// What scrapes speak for: the gateway's own errors, answers in time, room.
pub(super) fn metrics(window: &Window, ignored: Symptoms) -> Grounds {
    let sum = window.sum(METRICS);
    let share = |part: f64, of: f64| if of > 0.0 { part / of } else { 0.0 };
    let unless = |symptom: Symptom, points: &[(f64, f64)], share: f64, certain: f64, of: f64| {
        let penalty = if ignored.contains(symptom) { 0.0 } else { line(points, certain) };
        Grounds::new(penalty, Layer::Metrics, symptom, share, of)
    };
    let errors = share(sum.gateway_errors, sum.requests);
    let late = share(sum.timed - sum.in_time, sum.timed);
    let rejected = share(sum.rejected, sum.requests);
    let full = share(sum.in_flight, sum.gauged);
    unless(Symptom::Gateway, &ERRORS, errors, lower(sum.gateway_errors, sum.requests), sum.requests)
        .or(unless(Symptom::Slow, &LATE_ANSWERS, late, lower(sum.timed - sum.in_time, sum.timed), sum.timed))
        .or(unless(Symptom::Capacity, &REJECTED, rejected, lower(sum.rejected, sum.requests), sum.requests))
        .or(unless(Symptom::Capacity, &IN_FLIGHT, full, full, sum.gauged))
}

/// The share of a region's requests that fail at a provider; none without a scrape.
pub(super) fn provider_share(window: &Window) -> Option<f64> {
    let sum = window.sum(METRICS);
    (sum.requests > 0.0).then(|| sum.provider_errors / sum.requests)
}

/// What a region's provider errors in excess of the other regions' speak for.
pub(super) fn provider(window: &Window, usual: f64) -> Grounds {
    let sum = window.sum(METRICS);
    let excess = (lower(sum.provider_errors, sum.requests) - usual).max(0.0);
    let share = provider_share(window).unwrap_or(0.0);
    let penalty = if sum.requests > 0.0 { line(&ERRORS, excess) } else { 0.0 };
    Grounds::new(penalty, Layer::Metrics, Symptom::Provider, share, sum.requests)
}

/// Stalled rounds in a row of a liveliness that is not dead yet.
pub(super) fn stalls(stalls: u32, down_at: u32) -> Grounds {
    let part = f64::from(stalls.saturating_sub(1)) / f64::from(down_at.saturating_sub(2).max(1));
    Grounds::new(part.min(1.0), Layer::Liveliness, Symptom::Timeout, 1.0, f64::from(stalls))
}

/// What is held against a region whose clean attempts leave so great a share of failures possible.
pub(super) fn left(possible: f64) -> f64 {
    line(&POSSIBLE, possible)
}

/// The value at `x` of the line through `points`, level beyond both ends.
fn line(points: &[(f64, f64)], x: f64) -> f64 {
    let after = points.partition_point(|(at, _)| *at <= x);
    match (after.checked_sub(1).map(|at| points[at]), points.get(after)) {
        (Some((from, low)), Some((to, high))) => low + (high - low) * (x - from) / (to - from),
        (Some((_, value)), None) | (None, Some(&(_, value))) => value,
        (None, None) => 0.0,
    }
}

/// Error share → penalty.
const ERRORS: [(f64, f64); 4] = [(0.001, 0.0), (0.01, 0.10), (0.05, 0.40), (0.25, 1.0)];
/// Error share that is still possible → penalty: 1 % are nothing to wait for, and one in forty is what can be told apart
/// from them within some minutes.
const POSSIBLE: [(f64, f64); 4] = [(0.025, 0.0), (0.027, 0.15), (0.05, 0.40), (0.25, 1.0)];
/// Seconds to the first token → penalty; 5 s is what is promised.
const LATENCY: [(f64, f64); 3] = [(3.0, 0.0), (5.0, 0.25), (10.0, 1.0)];
/// A 90th percentile that is late at all.
const SLOW_AT_ALL: f64 = 0.1;
/// Share of the answers later than 5 s → penalty; 5 % is the promise just broken.
const LATE_ANSWERS: [(f64, f64); 4] = [(0.01, 0.0), (0.05, 0.25), (0.25, 0.6), (0.50, 1.0)];
/// Requests in flight of their limit → penalty.
const IN_FLIGHT: [(f64, f64); 3] = [(0.70, 0.0), (0.85, 0.3), (1.0, 0.8)];
/// Share of requests rejected → penalty.
const REJECTED: [(f64, f64); 2] = [(0.0, 0.0), (0.01, 0.8)];
/// So many of the completions, when all of them may be said to fail, and of how many at least.
const NEARLY_ALL: f64 = 0.9;
const ENOUGH: f64 = 6.0;
const LATE_SHARE: f64 = 0.10;
/// In buckets of 10 s.
const SHORT: u64 = 9;
const LONG: u64 = 30;
const STEADY: u64 = 90;
const METRICS: u64 = 9;
/// A shorter history counts as if it had been filled up with clean attempts.
const SHORT_FULL: f64 = 9.0;
const LONG_FULL: f64 = 30.0;
const STEADY_FULL: f64 = 90.0;
/// A lone failure is no evidence, and neither are two in five minutes.
const LEAST_SHORT: f64 = 2.0;
const LEAST: f64 = 3.0;
/// Five in a quarter of an hour are more than one in a hundred.
const LEAST_STEADY: f64 = 5.0;

#[cfg(test)]
mod tests {
    use super::*;

    fn window(passed: u32, failed: u32) -> Window {
        let mut window = Window::new();
        (0..passed).for_each(|_| window.completion(None, None));
        (0..failed).for_each(|_| window.completion(Some(Symptom::Gateway), None));
        window
    }

    #[test]
    fn penalties_of_errors_are_those_of_the_table() {
        for (share, penalty) in
            [(0.0, 0.0), (0.001, 0.0), (0.01, 0.10), (0.03, 0.25), (0.05, 0.40), (0.15, 0.70), (0.5, 1.0)]
        {
            let found = line(&ERRORS, share);
            assert!((found - penalty).abs() < 1e-9, "{share}: {found}");
        }
    }

    #[test]
    fn a_short_history_says_no_more_than_a_full_one() {
        assert_eq!(completions(&window(0, 1), Symptoms::default()).penalty, 0.0, "1 of 1");
        let three = completions(&window(0, 3), Symptoms::default()).penalty;
        assert!((0.38..0.41).contains(&three), "3 of 3 counts as 3 of 30: {three}");
    }

    #[test]
    fn a_suspended_symptom_counts_neither_way() {
        let mut suspended = Symptoms::default();
        suspended.insert(Symptom::Gateway);
        assert_eq!(completions(&window(5, 20), suspended).penalty, 0.0);
    }

    #[test]
    fn grounds_read_as_a_sentence() {
        let measured = completions(&window(6, 3), Symptoms::default()).evidence.unwrap();
        assert_eq!(measured.to_string(), "completion gateway: 33 % of 9");
    }
}
