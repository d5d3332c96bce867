//! What an operator wants to know of a candidate beyond its state: whose word holds, what the probes saw, what time has
//! still to pass.

use super::comeback::Comeback;
use super::conditions::{Eye, find};
use super::{OverrideKind, World};
use crate::answer::Explanation;
use crate::health::{EndpointHealth, RegionHealth, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId};
use crate::steer::{Failback, Failover, SLOTS, Service};

impl World {
    /// Writes to each candidate of an explanation what is known of it; to those in `supposed`, that it is supposed.
    pub fn annotate(&self, explanation: &mut Explanation, supposed: &[Box<str>], now: Now) {
        let Some(id) = self.catalog.service(&explanation.service) else {
            return;
        };
        let service = &self.catalog.services[id.index()];
        for candidate in explanation.candidates.iter_mut().filter(|candidate| candidate.note.is_none()) {
            let known = || self.remark(self.catalog.region(&candidate.region)?, service, now);
            let note =
                if supposed.contains(&candidate.region) { Some("supposed".to_owned()) } else { known() };
            candidate.note = note.map(Into::into);
        }
    }

    fn remark(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let region = &self.catalog.regions[id.index()];
        let health = &self.judgement.regions()[id.index()];
        let motion = &service.motion;
        let find = |kinds: &[OverrideKind]| find(&self.overrides, region, Eye::Own(service), kinds);
        let word = find(&[OverrideKind::Drain]);
        let word = word.or_else(|| find(&[OverrideKind::ForceUp, OverrideKind::ForceDown]));
        if let Some(word) = word {
            return Some(format!("{word}, for {} more", lapse(word.until.saturating_sub(now.unix))));
        }
        if health.verdict() == Verdict::Down {
            let manual = if motion.failover == Failover::Manual { ", and failover is manual" } else { "" };
            let since = lapse(now.unix.saturating_sub(health.since()));
            return Some(format!("down for {since}: {}{manual}", faults(region, health)));
        }
        if let Some(hold) = find(&[OverrideKind::Hold]).filter(|_| motion.failback == Failback::Manual) {
            let since = lapse(now.unix.saturating_sub(hold.from));
            return Some(format!(
                "well again, and held since it fell {since} ago: `force up` brings it back"
            ));
        }
        self.on_the_way_back(id, service, now).or_else(|| withheld(health))
    }

    fn on_the_way_back(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let track = self.tracks.get(id.index())?;
        let percent = |slots: u16| usize::from(slots) * 100 / SLOTS;
        match Comeback::at(track, &service.motion, now.monotonic) {
            Comeback::Waits(until) => {
                let left = lapse(until.saturating_sub(now.monotonic).as_secs());
                let flaps = match track.hold_off().as_secs() {
                    0 => String::new(),
                    _ => format!(", because it fell {} times soon after a return", track.relapses()),
                };
                Some(format!("well again; its traffic waits {left} more{flaps}"))
            }
            Comeback::Rises(slots, _) => {
                Some(format!("well again; slow start has it at {} %", percent(slots)))
            }
            Comeback::Back => {
                let slots = self.spills.slots(service.motion.spill.as_ref(), id);
                let spills = usize::from(slots) < SLOTS;
                spills.then(|| format!("under load: spill leaves it {} % of its share", percent(slots)))
            }
        }
    }
}

/// What the probes of its endpoints met last.
fn faults(region: &Region, health: &RegionHealth) -> String {
    let fault = |endpoint: &EndpointHealth| {
        endpoint
            .layers()
            .find_map(|(layer, held)| held.result.err().map(|fault| (layer.word(), fault.word())))
    };
    let met: Vec<String> = region
        .endpoints
        .iter()
        .zip(health.endpoints())
        .filter_map(|(address, endpoint)| {
            fault(endpoint).map(|(layer, fault)| format!("{address} {layer} {fault}"))
        })
        .collect();
    if met.is_empty() { "as it was last known".to_owned() } else { met.join(", ") }
}

/// How many endpoints of a region that serves are down.
fn withheld(health: &RegionHealth) -> Option<String> {
    let down = health.endpoints().iter().filter(|endpoint| endpoint.verdict() == Verdict::Down).count();
    (down > 0).then(|| format!("{down} of its {} endpoints are down and withheld", health.endpoints().len()))
}

fn lapse(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
