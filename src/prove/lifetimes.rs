//! TTL bounds: whatever is pending, and however often a service is asked, an answer's TTL stays within what the file says.

use std::time::Duration;

use super::ledger::{Counterexample, Invariant, Ledger};
use super::oracle::Rules;
use super::subject::Subject;
use crate::steer::{self, Service, TtlBounds};

/// Asks for the TTL of every service at every edge of its bounds.
#[must_use]
pub fn lifetimes(subject: &Subject<'_>, rules: &Rules) -> Ledger {
    let mut ledger = Ledger::default();
    let now = Duration::from_secs(1_000_000);
    for service in &subject.catalog.services {
        let rule = rules.services.get(&*service.name);
        let (least, most) = rule.map_or((0, 0), |rule| rule.ttl);
        let edges =
            [least, most].into_iter().flat_map(|edge| [edge.saturating_sub(1), edge, edge.saturating_add(1)]);
        let later = edges.chain([0, u32::MAX]).map(|left| Some(now + Duration::from_secs(left.into())));
        let pending = later.chain([None, Some(Duration::ZERO), Some(Duration::MAX)]);
        for (pending, bounds) in
            pending.flat_map(|pending| raised(service).map(move |bounds| (pending, bounds)))
        {
            let ttl = steer::ttl(bounds, pending, now);
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

/// Bounds of a service's TTLs: as the config has them, and as any load can leave them after any least TTL.
fn raised(service: &Service) -> impl Iterator<Item = TtlBounds> {
    let TtlBounds { min, max } = service.ttl;
    let leasts = [0, min, min.midpoint(max), max, u32::MAX];
    let loads = [0.0, 1.0, 1e9, f64::INFINITY, f64::NAN];
    let steps = leasts.into_iter().flat_map(move |least| loads.map(|load| (least, load)));
    let (ttl, budget) = (service.ttl, service.budget);
    let step =
        move |(least, load)| Some(TtlBounds { min: budget?.step(ttl, least, load, Duration::MAX), ..ttl });
    std::iter::once(ttl).chain(steps.filter_map(step))
}
