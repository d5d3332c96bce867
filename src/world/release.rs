//! The end of a word that kept a region out: its share rises from what was left of it, as after a recovery.

use std::time::Duration;

use super::conditions::Eye;
use super::word::{Drained, Word};
use super::{OverrideKind, World};
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::SLOTS;

/// A region that a word let go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Release {
    pub region: Box<str>,
    /// The one service that the word was about; none: all.
    pub service: Option<Box<str>>,
    pub at: Now,
    /// Slots of 4096 that were left of its share.
    pub slots: u16,
}

impl Release {
    /// Slots of its share that the region has risen to at the monotonic moment `now`; none: to all of them.
    pub(super) fn risen(&self, slow_start: Duration, now: Duration) -> Option<u16> {
        let since = now.saturating_sub(self.at.monotonic);
        if since >= slow_start {
            return None;
        }
        let part = since.as_secs_f64() / slow_start.as_secs_f64();
        let slots = f64::from(self.slots) + part * SLOTS as f64;
        (slots < SLOTS as f64).then_some(slots as u16)
    }
}

impl World {
    /// Remembers that `word` let its region go.
    pub(super) fn let_go(&mut self, word: &Word, now: Now) {
        let slots = match word.kind {
            OverrideKind::ForceDown => 0,
            OverrideKind::Drain => match word.drained(now) {
                Drained::Wholly => 0,
                Drained::Partly(left, _) => left,
            },
            OverrideKind::ForceUp | OverrideKind::Canary(_) | OverrideKind::Hold => return,
        };
        let (region, service) = (word.region.clone(), word.service.clone());
        self.releases.retain(|release| release.region != region || release.service != service);
        self.releases.push(Release { region, service, at: now, slots });
    }

    /// Remembers that machines no longer keep a region out.
    pub(super) fn come_back(&mut self, region: RegionId, now: Now) {
        if let Some(region) = self.catalog.regions.get(region.index()) {
            let region = region.name.clone();
            self.releases.retain(|release| release.region != region || release.service.is_some());
            self.releases.push(Release { region, service: None, at: now, slots: 0 });
        }
    }

    /// Forgets releases whose regions have all their share back. A drain under way goes by them, and keeps them.
    pub(super) fn forget_releases(&mut self, now: Now) {
        let ramps = self.overrides.iter().any(|held| matches!(held.drained(now), Drained::Partly(..)));
        let slow = self.plan.policies().iter().map(|policy| policy.motion().slow_start).max();
        let slow = slow.unwrap_or_default();
        let over = |release: &Release| release.at.monotonic.saturating_add(slow).saturating_add(MARGIN);
        self.releases.retain(|release| ramps || now.monotonic < over(release));
    }

    /// Slots that a region has risen to at the monotonic moment `at`, after the words about it that ended; none: all.
    pub(super) fn risen(&self, region: &str, eye: Eye<'_>, at: Duration) -> Option<u16> {
        let here = |release: &&Release| {
            let service = release.service.as_deref();
            &*release.region == region
                && release.at.monotonic <= at
                && (service.is_none() || service == eye.service())
        };
        self.releases
            .iter()
            .filter(here)
            .filter_map(|release| release.risen(eye.motion().slow_start, at))
            .min()
    }
}

/// A tick may come late, and the last one makes the last move.
const MARGIN: Duration = Duration::from_secs(10);
