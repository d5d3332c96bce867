//! TTL bounds: whatever is pending, an answer's TTL stays within what the file says.

use std::time::Duration;

use super::ledger::{Counterexample, Invariant, Ledger};
use super::oracle::Rules;
use super::subject::Subject;
use crate::steer;

/// Asks for the TTL of every service at every edge of its bounds.
#[must_use]
pub fn lifetimes(subject: &Subject<'_>, rules: &Rules) -> Ledger {
    let mut ledger = Ledger::default();
    let now = Duration::from_secs(1_000_000);
    for service in &subject.catalog.services {
        let rule = rules.services.iter().find(|rule| rule.name == *service.name);
        let (least, most) = rule.map_or((0, 0), |rule| rule.ttl);
        let edges =
            [least, most].into_iter().flat_map(|edge| [edge.saturating_sub(1), edge, edge.saturating_add(1)]);
        let later = edges.chain([0, u32::MAX]).map(|left| Some(now + Duration::from_secs(left.into())));
        for pending in later.chain([None, Some(Duration::ZERO), Some(Duration::MAX)]) {
            let ttl = steer::ttl(service.ttl, pending, now);
            ledger.count(Invariant::TtlBounds, 1);
            if !(least..=most).contains(&ttl) {
                let failure = Counterexample {
                    states: Vec::new(),
                    service: service.name.to_string(),
                    client: "0.0.0.0/8".parse().expect("0.0.0.0/8 is a prefix"),
                    found: format!("{ttl}s"),
                    allowed: format!("{least}s to {most}s"),
                };
                ledger.fail(Invariant::TtlBounds, failure);
            }
        }
    }
    ledger
}
