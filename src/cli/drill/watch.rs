//! What is seen while a drill holds, and the bounds at which it is broken off. Pure: what was measured comes in.

use serde::Serialize;

use super::elsewhere::Elsewhere;
use super::sample::Completions;

/// What was measured, from the act to the end.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Observed {
    /// Seconds from the act to the first changed answer.
    pub(super) first_change: Option<f64>,
    /// Seconds from the act until every client that had the region was answered otherwise.
    pub(super) all_changed: Option<f64>,
    /// Seconds from the restoration until every one of them had its region back.
    pub(super) restored: Option<f64>,
    /// The largest TTL that the region was handed out with before the act.
    pub(super) ttl: u32,
    /// Seconds from the act, and the region's part of the service's answers since the moment before.
    pub(super) shares: Vec<(f64, f64)>,
    /// Answers that were looked at.
    pub(super) answers: u64,
    /// Answers that named a region outside the client's fence.
    pub(super) fence_violations: u64,
    /// Questions that were not answered in time.
    pub(super) unanswered: u64,
    /// Answers from the last resort.
    pub(super) last_resorts: f64,
    /// What the other regions have: at the act, and the worst since.
    pub(super) elsewhere: [Elsewhere; 2],
    /// Part of the completions in other regions that failed; none: there is no completion layer.
    pub(super) errors: Option<f64>,
    /// Seconds by which completions in other regions took longer than before; none: nothing to compare.
    pub(super) slower: Option<f64>,
    /// Requests through the service's name that passed and that failed; none: no smoke question was given.
    pub(super) smoke: Option<[u64; 2]>,
    /// Smoke questions that failed in a row, up to now.
    #[serde(skip)]
    pub(super) smoke_failing: u64,
}

impl Observed {
    /// Takes in what the completion layer met before the act and since.
    pub(super) fn completions(&mut self, before: Completions, since: Completions) {
        if since.count >= ENOUGH {
            self.errors = Some(since.failures / since.count);
        }
        self.slower = since.mean().zip(before.mean()).map(|(now, before)| now - before);
    }

    /// Takes in whether a request through the service's name passed.
    pub(super) fn smoked(&mut self, passes: bool) {
        let [passed, failed] = self.smoke.get_or_insert([0, 0]);
        *(if passes { passed } else { failed }) += 1;
        self.smoke_failing = if passes { 0 } else { self.smoke_failing + 1 };
    }

    /// The bound that is crossed, in words.
    pub(super) fn crossed(&self) -> Option<String> {
        if self.fence_violations > 0 {
            return Some(format!("{} answer(s) outside a fence", self.fence_violations));
        }
        if self.last_resorts > 0.0 {
            return Some("the service is answered from its last resort".to_owned());
        }
        if let Some(errors) = self.errors.filter(|errors| *errors > MOST_ERRORS) {
            return Some(format!(
                "{:.1} % of the completions in other regions fail, at most 1 % may",
                errors * 100.0
            ));
        }
        if let Some(slower) = self.slower.filter(|slower| *slower > MOST_SLOWER) {
            return Some(format!(
                "completions take {:.0} ms longer, at most 100 ms may be",
                slower * 1_000.0
            ));
        }
        let [at_first, fewest] = self.elsewhere.map(|elsewhere| elsewhere.serving);
        if fewest < at_first {
            return Some(format!("{fewest} other region(s) serve, {at_first} did at the start"));
        }
        (self.smoke_failing >= IN_A_ROW)
            .then(|| format!("{} requests in a row through the service's name failed", self.smoke_failing))
    }

    /// What went otherwise than it should.
    pub(super) fn issues(&self) -> Vec<String> {
        let mut issues = Vec::new();
        let mut say = |is_so: bool, words: &str| issues.extend(is_so.then(|| words.to_owned()));
        say(self.unanswered > 0, "not every question was answered in time");
        say(self.all_changed.is_none(), "not every client that had the region was answered otherwise");
        say(self.restored.is_none(), "not every client was seen to have its region back");
        say(self.errors.is_none(), "no completion layer measured errors and latency elsewhere");
        say(self.smoke.is_none(), "no request was sent through the service's name: give --smoke");
        issues
    }

    /// Seconds after which no cache can hold the old answer: what the drill achieved as recovery time.
    pub(super) fn recovery(&self) -> Option<f64> {
        self.all_changed.map(|changed| changed + f64::from(self.ttl))
    }
}

/// Fewer completions than this say nothing of a part.
const ENOUGH: f64 = 5.0;
const MOST_ERRORS: f64 = 0.01;
/// Seconds.
const MOST_SLOWER: f64 = 0.1;
const IN_A_ROW: u64 = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_breaks_a_drill_off_and_says_why() {
        let serving = |regions| Elsewhere { serving: regions, ..Elsewhere::default() };
        let well = || Observed { elsewhere: [serving(3); 2], ..Observed::default() };
        assert_eq!(well().crossed(), None);
        let bad = [
            (Observed { fence_violations: 1, ..well() }, "outside a fence"),
            (Observed { last_resorts: 1.0, ..well() }, "last resort"),
            (Observed { errors: Some(0.02), ..well() }, "2.0 %"),
            (Observed { slower: Some(0.15), ..well() }, "150 ms"),
            (Observed { elsewhere: [serving(3), serving(2)], ..well() }, "2 other region(s) serve"),
            (Observed { smoke_failing: 3, ..well() }, "3 requests in a row"),
        ];
        for (observed, said) in bad {
            let why = observed.crossed().unwrap();
            assert!(why.contains(said), "{said} in {why}");
        }
    }

    #[test]
    fn requests_that_fail_are_counted_and_one_that_passes_ends_the_row() {
        let mut observed = Observed::default();
        [false, true, false, false].into_iter().for_each(|passes| observed.smoked(passes));
        assert_eq!((observed.smoke, observed.smoke_failing), (Some([1, 3]), 2));
    }

    #[test]
    fn few_completions_say_nothing_and_many_are_compared() {
        let met = |count, seconds, failures| Completions { count, seconds, failures };
        let mut observed = Observed::default();
        observed.completions(met(10.0, 1.0, 0.0), met(4.0, 0.4, 1.0));
        assert_eq!(observed.errors, None);
        observed.completions(met(10.0, 1.0, 0.0), met(20.0, 5.0, 1.0));
        assert_eq!(observed.errors, Some(0.05));
        assert!((observed.slower.unwrap() - 0.15).abs() < 1e-9);
    }

    #[test]
    fn recovery_counts_until_the_last_cache_has_let_go() {
        let observed = Observed { all_changed: Some(0.5), ttl: 30, ..Observed::default() };
        assert_eq!(observed.recovery(), Some(30.5));
    }
}
