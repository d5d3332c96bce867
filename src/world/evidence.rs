//! What the probes of a region say, as one sentence: what is held against it, and each layer's last word with its age.

use std::collections::BTreeMap;
use std::time::Duration;

use super::World;
use super::remark::lapse;
use crate::health::{FaultClass, Held, Layer, RegionHealth, Verdict};
use crate::now::Now;
use crate::region::RegionId;

impl World {
    /// `completion slow: 40 % of 12; liveliness passed 2 s ago, completion passed 4 s ago`; none: nothing was observed.
    pub(super) fn evidence(&self, id: RegionId, now: Now) -> Option<Box<str>> {
        let health = self.judgement.region(id)?;
        let mut layers = BTreeMap::<Layer, Held>::new();
        for (layer, held) in health.endpoints().iter().flat_map(|endpoint| endpoint.layers()) {
            let worst = layers.entry(layer).or_insert(held);
            if gravity(&held) > gravity(worst) {
                *worst = held;
            }
        }
        let word = |(layer, held): (&Layer, &Held)| {
            let (layer, result) = (layer.word(), held.result.err().map_or("passed", FaultClass::word));
            format!("{layer} {result} {} ago", lapse(now.monotonic.saturating_sub(held.at).as_secs()))
        };
        let words: Vec<String> = layers.iter().map(word).collect();
        let against = health.grounds().evidence.map_or_else(String::new, |measured| format!("{measured}; "));
        (!words.is_empty()).then(|| format!("{against}{}", words.join(", ")).into())
    }

    /// The verdict, since when, and the evidence.
    pub(super) fn judged(&self, id: RegionId, now: Now) -> Option<Box<str>> {
        let (health, evidence) = (self.judgement.region(id)?, self.evidence(id, now)?);
        let since = lapse(now.unix.saturating_sub(health.since()));
        Some(format!("{} for {since}: {evidence}", health.verdict().word()).into())
    }
}

/// Why a region that is not down gets less than its share.
pub(super) fn lowered(health: &RegionHealth, now: Now) -> Option<String> {
    let measured = health.grounds().evidence.filter(|_| health.verdict() != Verdict::Down)?;
    let since = lapse(now.unix.saturating_sub(health.since()));
    let state = format!("{} for {since}, its weight {}", health.verdict().word(), health.weight());
    (health.weight() < 100).then(|| format!("{state}: {measured}"))
}

/// A fault outweighs a pass, then the older the graver.
fn gravity(held: &Held) -> (bool, std::cmp::Reverse<Duration>) {
    (held.result.is_err(), std::cmp::Reverse(held.at))
}
