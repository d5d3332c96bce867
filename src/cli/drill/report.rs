//! What a drill leaves behind: a document for programs, and the same as Markdown with the lines that people fill in.

use std::fmt::Write;

use serde::Serialize;

use super::super::forecast;
use super::Drill;
use super::watch::Observed;
use crate::admin::body::{ForecastBody, Moment, Span};

/// A drill from its preflight to its restoration.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Report {
    pub(super) region: String,
    pub(super) mode: &'static str,
    pub(super) service: String,
    pub(super) started: Moment,
    /// How long it was to hold, and how long it held, in seconds.
    pub(super) planned: u64,
    pub(super) held: f64,
    /// Why it was broken off; none: it held to its end.
    pub(super) broken_off: Option<String>,
    pub(super) predicted: ForecastBody,
    /// The part of all users that the service's answers were to move.
    pub(super) predicted_part: f64,
    pub(super) observed: Observed,
    /// Seconds after which no cache could hold an old answer.
    pub(super) recovery_seconds: Option<f64>,
    /// Why the region could not be put back; none: it was.
    pub(super) not_put_back: Option<String>,
    /// What was met on the way.
    pub(super) issues: Vec<String>,
}

impl Report {
    /// Before the act.
    pub(super) fn of(drill: &Drill, service: &str, predicted: ForecastBody) -> Self {
        let own = predicted.services.iter().find(|forecast| forecast.service == service);
        Self {
            region: drill.region.clone(),
            mode: drill.mode.word(),
            service: service.to_owned(),
            started: Moment::now(),
            planned: drill.term.as_secs(),
            held: 0.0,
            broken_off: None,
            predicted_part: own.map_or(0.0, |forecast| forecast.moved * drill.moves()),
            predicted,
            observed: Observed::default(),
            recovery_seconds: None,
            not_put_back: None,
            issues: Vec::new(),
        }
    }

    /// Draws from what was observed what was achieved, and what went otherwise than it should.
    pub(super) fn conclude(&mut self) {
        self.recovery_seconds = self.observed.recovery();
        self.issues = self.observed.issues();
        self.issues.extend(self.not_put_back.iter().map(|why| format!("the region was not put back: {why}")));
    }

    /// For people.
    pub(super) fn markdown(&self) -> String {
        let outcome = match &self.broken_off {
            None => "held to its end".to_owned(),
            Some(why) => format!("**broken off**: {why}"),
        };
        let mut text = format!(
            "# Drill: {} {}\n\n| | |\n|---|---|\n| service | {} |\n| started | {} |\n| planned | {} |\n| held | {:.1} s |\n\
             | outcome | {outcome} |\n\n## Predicted and observed\n\n| | predicted | observed |\n|---|---|---|\n",
            self.region,
            self.mode,
            self.service,
            self.started,
            Span(self.planned),
            self.held,
        );
        for (what, predicted, observed) in self.rows() {
            let _ = writeln!(text, "| {what} | {predicted} | {observed} |");
        }
        text += "\n## Where users were to go\n\n";
        let services = &self.predicted.services;
        for shift in services.iter().flat_map(|service| &service.shifts) {
            let (from, to, place) = (&shift.from, &shift.to, &shift.place);
            let _ = writeln!(text, "- {from} to {to}: {} of all users, {place}", percent(shift.part));
        }
        text += "\n## If one more region is lost\n\n";
        self.losses().iter().for_each(|loss| text += &format!("- {loss}\n"));
        text += "\n## Share of the region over time\n\n| seconds | share |\n|---|---|\n";
        for (at, share) in &self.observed.shares {
            let _ = writeln!(text, "| {at:.1} | {} |", percent(*share));
        }
        text += "\n## Issues met\n\n";
        let none = ["none".to_owned()];
        let issues = if self.issues.is_empty() { &none[..] } else { &self.issues[..] };
        issues.iter().for_each(|issue| text += &format!("- {issue}\n"));
        text + ACTIONS
    }

    /// What the next loss would do while the drill holds, a line a region.
    pub(super) fn losses(&self) -> Vec<String> {
        let own = self.predicted.services.iter().filter(|service| service.service == self.service);
        own.flat_map(|service| &service.contingency).map(forecast::next_loss).collect()
    }

    fn rows(&self) -> Vec<(&'static str, String, String)> {
        let seen = &self.observed;
        let none = "not measured".to_owned();
        let seconds = |value: Option<f64>| value.map_or("never".to_owned(), |value| format!("{value:.1} s"));
        let [at_first, worst] = seen.elsewhere;
        let lag = |lag: Option<f64>| lag.map_or(none.clone(), |lag| format!("at most {lag:.1} s"));
        vec![
            ("users moved", percent(self.predicted_part), "see the share over time".to_owned()),
            ("first changed answer", "at once".to_owned(), seconds(seen.first_change)),
            ("all clients changed", "at once".to_owned(), seconds(seen.all_changed)),
            (
                "recovery time: every cache has let go (RTO)",
                format!("at most {} s after the change", seen.ttl),
                seconds(self.recovery_seconds),
            ),
            ("data lost, by replication lag (RPO)", lag(at_first.lag), lag(worst.lag)),
            ("other regions that serve", at_first.serving.to_string(), format!("at least {}", worst.serving)),
            (
                "their healthy capacity",
                percent(at_first.capacity),
                format!("at least {}", percent(worst.capacity)),
            ),
            (
                "errors of completions elsewhere",
                "at most 1 %".to_owned(),
                seen.errors.map_or(none.clone(), percent),
            ),
            (
                "completions take longer by",
                "at most 100 ms".to_owned(),
                seen.slower.map_or(none.clone(), |slower| format!("{:.0} ms", slower * 1_000.0)),
            ),
            (
                "requests through the name",
                "all pass".to_owned(),
                seen.smoke.map_or(none, |[passed, failed]| format!("{passed} passed, {failed} failed")),
            ),
            (
                "answers outside a fence",
                "0".to_owned(),
                format!("{} of {}", seen.fence_violations, seen.answers),
            ),
            ("questions without an answer", "0".to_owned(), seen.unanswered.to_string()),
            ("restored after", "-".to_owned(), seconds(seen.restored)),
        ]
    }
}

fn percent(part: f64) -> String {
    format!("{:.1} %", part * 100.0)
}

const ACTIONS: &str = "
## Action items

| what | who | until |
|---|---|---|
| | | |

Taken part: \\
What surprised: \\
What to change before the next drill:
";

#[cfg(test)]
mod tests {
    use super::super::elsewhere::Elsewhere;
    use super::*;

    #[test]
    fn a_report_sets_what_was_predicted_beside_what_was_observed() {
        let mut report = Report {
            region: "us-east".into(),
            mode: "drain",
            service: "api.example.com".into(),
            started: Moment(0),
            planned: 600,
            held: 12.5,
            broken_off: Some("3 requests in a row failed".into()),
            predicted: ForecastBody::default(),
            predicted_part: 0.25,
            observed: Observed {
                all_changed: Some(0.5),
                ttl: 30,
                elsewhere: [None, Some(1.5)].map(|lag| Elsewhere { lag, ..Elsewhere::default() }),
                ..Observed::default()
            },
            recovery_seconds: None,
            not_put_back: Some("no server there".into()),
            issues: vec![],
        };
        report.conclude();
        let text = report.markdown();
        for line in [
            "# Drill: us-east drain",
            "| outcome | **broken off**: 3 requests in a row failed |",
            "| users moved | 25.0 % | see the share over time |",
            "| recovery time: every cache has let go (RTO) | at most 30 s after the change | 30.5 s |",
            "| answers outside a fence | 0 | 0 of 0 |",
            "- the region was not put back: no server there",
            "| data lost, by replication lag (RPO) | not measured | at most 1.5 s |",
        ] {
            assert!(text.contains(line), "{line} in\n{text}");
        }
    }
}
