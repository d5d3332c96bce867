//! How an answer's TTL and scope are come to, in sentences.

use std::time::Duration;

use super::seen::Seen;
use crate::client::Prefix;
use crate::now::Now;
use crate::region::RegionId;
use crate::snapshot::{Decision, Location, LocationSource};
use crate::steer::{Rejection, Route, SLOTS};

impl Seen<'_> {
    /// Why the answer may be kept for as long as it says.
    pub(super) fn ttl(&self, decision: &Decision, now: Now) -> String {
        let bounds = self.bounds;
        let Some(pending) = decision.pending else {
            return "the maximum, nothing is pending".to_owned();
        };
        let left = pending.saturating_sub(now.monotonic).as_secs();
        let here = |id: &RegionId| self.board.conditions().pending[id.index()] == Some(pending);
        let what =
            self.view.candidates().find(here).map_or_else(String::new, |id| self.pending(id, pending, now));
        match u32::try_from(left).unwrap_or(u32::MAX) {
            left if left <= bounds.min && bounds.min > self.service.ttl.min => {
                format!("the load is above the budget, so no less; {what}")
            }
            left if left <= bounds.min => format!("the minimum, {what}"),
            left if left >= bounds.max => format!("the maximum, {what}"),
            _ => what,
        }
    }

    /// What could change about a region, and when.
    fn pending(&self, id: RegionId, moment: Duration, now: Now) -> String {
        let state = &self.board.conditions().states[id.index()];
        let name = &self.catalog.regions[id.index()].name;
        let left = moment.saturating_sub(now.monotonic).as_secs();
        match state.rejection {
            _ if usize::from(state.share) < SLOTS && left == 0 => format!("the share of {name} is moving"),
            Some(Rejection::Drained | Rejection::ForcedDown) => {
                format!("the override of {name} ends in {left} s")
            }
            Some(Rejection::Held) => format!("{name} gets its traffic back in {left} s"),
            Some(Rejection::Down) => format!("{name} may come back in {left} s"),
            _ => format!("{name} may fall, or its force may end, in {left} s"),
        }
    }

    /// Why the answer may be given to whom it says.
    pub(super) fn scope(&self, decision: &Decision, location: &Location, client: Prefix) -> String {
        let scope = decision.scope;
        match (location.source, location.subnet) {
            (_, None) => "the query names no subnet, so nothing is said of one".to_owned(),
            (LocationSource::Resolver | LocationSource::Unlocated, Some(_)) => {
                "the subnet did not decide: the largest block of which that is true".to_owned()
            }
            (LocationSource::Subnet, Some(_)) if scope == 0 => "every client gets this answer".to_owned(),
            (LocationSource::Subnet, Some(_)) if matches!(self.route, Route::Slots(_)) => {
                "slots are mixed here, so an answer is one quantum's".to_owned()
            }
            (LocationSource::Subnet, Some(_)) => {
                format!(
                    "all of {} gets this answer, and not all of the next larger block",
                    Prefix::around(client.first(), scope)
                )
            }
        }
    }
}
