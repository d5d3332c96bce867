//! What an operator wants to know of a candidate beyond its state: whose word holds, what the probes saw, what time has
//! still to pass.

use super::comeback::Comeback;
use super::conditions::{Eye, find};
use super::evidence::lowered;
use super::{OverrideKind, Push, PushedState, World};
use crate::answer::{Candidate, Explanation};
use crate::geo::Family;
use crate::health::{EndpointHealth, RegionHealth, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId};
use crate::steer::{Failback, Failover, Rejection, SLOTS, Service};

impl World {
    /// Writes to each candidate of an explanation what is known of it; to those in `supposed`, that it is supposed.
    pub fn annotate(&self, explanation: &mut Explanation, supposed: &[Box<str>], now: Now) {
        let Some(id) = self.catalog.service(&explanation.service) else {
            return;
        };
        let service = &self.catalog.services[id.index()];
        for candidate in explanation.candidates.iter_mut().filter(|candidate| candidate.note.is_none()) {
            let lost = || self.remark_lost(candidate);
            let known =
                || lost().or_else(|| self.remark(self.catalog.region(&candidate.region)?, service, now));
            let note =
                if supposed.contains(&candidate.region) { Some("supposed".to_owned()) } else { known() };
            candidate.note = note.map(Into::into);
        }
        for candidate in &mut explanation.candidates {
            let region = self.catalog.region(&candidate.region);
            candidate.evidence = region.and_then(|region| self.judged(region, now));
        }
    }

    /// That a region which is up has no endpoint left for answers of this type.
    fn remark_lost(&self, candidate: &Candidate) -> Option<String> {
        let id = self.catalog.region(&candidate.region)?;
        let up = self.judgement.region(id)?.verdict() != Verdict::Down;
        let up = up && self.said(id).state == PushedState::Up;
        let lost = |family: &Family| self.has_lost(id, *family);
        let family = Family::BOTH.into_iter().find(lost).filter(|_| up)?;
        (candidate.rejection == Some(Rejection::Down))
            .then(|| format!("none of its {} endpoints is up", family.word()))
    }

    fn remark(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let ordered = self.ordered(id, service, now);
        let manual = service.motion.failover == Failover::Manual;
        let pushed = || self.pushed_words(id, now).filter(|_| !manual);
        let measured = || self.fallen(id, service, now).or_else(|| self.held_back(id, service, now));
        let known = ordered.or_else(|| match (pushed(), measured()) {
            (Some(pushed), Some(measured)) => Some(format!("{pushed}; {measured}")),
            (pushed, measured) => pushed.or(measured),
        });
        known
            .or_else(|| self.on_the_way_back(id, service, now))
            .or_else(|| lowered(&self.judgement.regions()[id.index()], now))
            .or_else(|| withheld(&self.judgement.regions()[id.index()]))
    }

    /// The operator's word that holds, and beside it what the probes say.
    fn ordered(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let region = &self.catalog.regions[id.index()];
        let find = |kinds: &[OverrideKind]| find(&self.overrides, region, Eye::Own(service), kinds);
        let word = find(&[OverrideKind::Drain]);
        let word = word.or_else(|| find(&[OverrideKind::ForceUp, OverrideKind::ForceDown]));
        let canary = || self.canary(Eye::Own(service), &self.overrides).filter(|(at, ..)| *at == id);
        let word = word.or_else(|| canary().map(|(_, _, word)| word))?;
        let left = lapse(word.until.saturating_sub(now.unix));
        let ramp = match word.gradual.filter(|_| word.kind == OverrideKind::Drain) {
            Some(ramp) if ramp.left(now.unix) > 0 => {
                let gone = lapse(ramp.gone.saturating_sub(now.unix));
                format!(", {} % of its share left and none in {gone}", percent(ramp.left(now.unix)))
            }
            _ => String::new(),
        };
        let verdict = self.judgement.regions()[id.index()].verdict().word();
        Some(format!("{}{ramp}, for {left} more; its probes say {verdict}", **word))
    }

    /// What machines say of it that takes share away.
    fn pushed_words(&self, id: RegionId, now: Now) -> Option<String> {
        let takes = |push: &&Push| {
            push.state.is_some_and(|state| state > PushedState::Up)
                || push.weight.is_some_and(|weight| weight < 100)
        };
        let region = &self.catalog.regions[id.index()].name;
        let words = self.pushes().filter(|push| push.region == *region).filter(takes);
        let said: Vec<String> = words
            .map(|push| format!("{push}, for {} more", lapse(push.until.saturating_sub(now.unix))))
            .collect();
        (!said.is_empty()).then(|| said.join("; "))
    }

    /// Why the probes call it down.
    fn fallen(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let health = self.judgement.region(id).filter(|health| health.verdict() == Verdict::Down)?;
        let manual =
            if service.motion.failover == Failover::Manual { ", and failover is manual" } else { "" };
        let since = lapse(now.unix.saturating_sub(health.since()));
        Some(format!("down for {since}: {}{manual}", faults(&self.catalog.regions[id.index()], health)))
    }

    /// That it is well, and that only an operator brings its traffic back.
    fn held_back(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let region = &self.catalog.regions[id.index()];
        let manual = service.motion.failback == Failback::Manual;
        let hold =
            find(&self.overrides, region, Eye::Own(service), &[OverrideKind::Hold]).filter(|_| manual)?;
        let since = lapse(now.unix.saturating_sub(hold.from));
        Some(format!("well again, and held since it fell {since} ago: `force up` brings it back"))
    }

    fn on_the_way_back(&self, id: RegionId, service: &Service, now: Now) -> Option<String> {
        let track = self.tracks.get(id.index())?;
        let risen = self.risen(&self.catalog.regions[id.index()].name, Eye::Own(service), now.monotonic);
        match Comeback::at(track, risen, &service.motion, now.monotonic) {
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
                let load = self.load_of(id, now).map_or_else(String::new, |load| format!(" {load:.2}"));
                spills.then(|| format!("under load{load}: spill leaves it {} % of its share", percent(slots)))
            }
        }
    }
}

/// What the probes of its endpoints met last.
pub(super) fn faults(region: &Region, health: &RegionHealth) -> String {
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

fn percent(slots: u16) -> usize {
    usize::from(slots) * 100 / SLOTS
}

pub(super) fn lapse(seconds: u64) -> String {
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        _ => format!("{} h", seconds / 3_600),
    }
}
