//! Says when limiting begins to bite and when it has ended: one line each, by whichever worker sees it first.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::limits::{RateLimit, RateMode};

/// When an answer was last above the rate, and whether people know.
#[derive(Default)]
pub(super) struct Watch {
    /// Milliseconds, and one; 0: never.
    last: AtomicU64,
    /// The same moment as `last` had when it was told; 0: nothing is being limited as far as people know.
    told: AtomicU64,
}

impl Watch {
    /// Notes an answer above the rate.
    pub(super) fn bites(&self, now: Duration) {
        let now = moment(now);
        if self.last.load(Ordering::Relaxed) < now {
            self.last.store(now, Ordering::Relaxed);
        }
    }

    /// Tells people what changed, if anything; `prefix` is one that was limited lately.
    pub(super) fn report(&self, now: Duration, prefix: Option<IpAddr>, limit: RateLimit) {
        match self.turn(now) {
            None => {}
            Some(Turn::Begun) => {
                let prefix = prefix.map(tracing::field::display);
                let dry_run = limit.mode == RateMode::DryRun;
                tracing::warn!(
                    prefix,
                    rate = limit.rate,
                    dry_run,
                    "more like answers than server.rrl allows are asked for; see meridian_dns_rate_limited_total"
                );
            }
            Some(Turn::Ended(lasted)) => {
                tracing::info!(?lasted, "no answer is above the rate of server.rrl any more");
            }
        }
    }

    /// What changed by `now`; to one caller only.
    fn turn(&self, now: Duration) -> Option<Turn> {
        let (last, told) = (self.last.load(Ordering::Relaxed), self.told.load(Ordering::Relaxed));
        let now = moment(now);
        let swap =
            |next| self.told.compare_exchange(told, next, Ordering::Relaxed, Ordering::Relaxed).is_ok();
        let recent = last > 0 && now.saturating_sub(last) < QUIET;
        match (told, recent) {
            (0, true) => swap(now).then_some(Turn::Begun),
            (1.., false) => {
                let lasted = Duration::from_millis(last.saturating_sub(told));
                swap(0).then_some(Turn::Ended(lasted))
            }
            _ => None,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    Begun,
    /// It lasted so long.
    Ended(Duration),
}

fn moment(now: Duration) -> u64 {
    now.as_millis() as u64 + 1
}

/// Milliseconds without a limited answer after which limiting has ended.
const QUIET: u64 = 30_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_once_when_limiting_begins_and_once_when_it_has_ended() {
        let (watch, at) = (Watch::default(), Duration::from_secs);
        assert_eq!(watch.turn(at(5)), None);
        (6..20).for_each(|second| watch.bites(at(second)));
        assert_eq!(watch.turn(at(20)), Some(Turn::Begun));
        assert_eq!(watch.turn(at(20)), None, "another worker has nothing to say");
        watch.bites(at(40));
        assert_eq!(watch.turn(at(69)), None);
        assert_eq!(watch.turn(at(71)), Some(Turn::Ended(at(20))));
        assert_eq!(watch.turn(at(500)), None);
        watch.bites(at(501));
        assert_eq!(watch.turn(at(501)), Some(Turn::Begun));
    }
}
