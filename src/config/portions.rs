//! `canary` and `trickle` of a service: a little for the new, a little for the standby.

use std::ops::RangeInclusive;

use super::item::Item;
use super::section::Section;
use super::strategy::Candidates;
use crate::region::RegionId;
use crate::steer::{Portions, Strategy};

/// Reads the keys; `strategy` is the service's, none where it is broken.
pub(super) fn read<'a>(
    section: &mut Section<'a>,
    candidates: &Candidates<'_, 'a>,
    strategy: Option<&Strategy>,
) -> Option<Portions> {
    let canary = section.maybe("canary", |item| canary(item, candidates));
    let trickle = section.maybe("trickle", |item| item.share(SHARES));
    let own = candidates.own.unwrap_or_default();
    if matches!(strategy, Some(Strategy::Weighted(_))) {
        section.refuse_present("canary", "the strategy \"weighted\" has weights for that; a small weight");
    }
    if strategy.is_some_and(|strategy| *strategy != Strategy::Failover) {
        section.refuse_present("trickle", "only the strategy \"failover\" has a standby; leave it out");
    }
    if own.len() == 1 {
        for key in ["canary", "trickle"] {
            section.refuse_present(key, "the service has one region; at least two");
        }
    }
    let (canary, trickle) = (canary?, trickle?);
    let first = own.first().copied();
    if let (Some((region, _)), Some(_)) = (canary, trickle)
        && Some(region) == first
    {
        section.refuse_present("canary", "the service's first region leaves the trickle; another region");
        return None;
    }
    Some(Portions { canary, trickle: first.zip(trickle) })
}

fn canary<'a>(item: &Item<'a>, candidates: &Candidates<'_, 'a>) -> Option<(RegionId, f64)> {
    let mut section = item.table()?;
    let region = section.need("region", |item| candidates.refer(item, item.text()?));
    let share = section.need("share", |item| item.share(SHARES));
    section.finish();
    region.zip(share)
}

/// In percent.
const SHARES: RangeInclusive<f64> = 0.1..=50.0;
