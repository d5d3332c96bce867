//! What evidence and overrides make of each region: its state for steering, and when that could change.
//!
//! An operator's word outranks evidence; a word about one service outranks one about all; a drain outranks a force.
//! An operator's canary gets its part only while it is eligible. Without a word, what machines push takes away, and a region that is not down stands where its way back has brought
//! it.

use std::time::Duration;

use super::comeback::Comeback;
use super::push::PushedState;
use super::track::LONGEST;
use super::word::{Drained, Word};
use super::{OverrideKind, World};
use crate::health::{RegionHealth, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId};
use crate::steer::{
    Conditions, Failback, Failover, Motion, Rejection, SLOTS, Service, ServiceId, State, seed,
};

/// Whose conditions are asked for.
#[derive(Clone, Copy)]
pub(super) enum Eye<'a> {
    /// Any service that moves like this and has no override of its own.
    General(&'a Motion),
    /// This service.
    Own(&'a Service),
}

impl<'a> Eye<'a> {
    pub(super) const fn motion(&self) -> &'a Motion {
        match self {
            Self::General(motion) => motion,
            Self::Own(service) => &service.motion,
        }
    }

    /// Whether a hold on this region keeps a standby from being promoted.
    fn bars(&self, region: RegionId) -> bool {
        let Self::Own(service) = self else { return false };
        service.motion.max_lag.is_some() && service.regions.first() != Some(&region)
    }

    /// The one service it is, if it is one.
    pub(super) fn service(&self) -> Option<&'a str> {
        match self {
            Self::General(_) => None,
            Self::Own(service) => Some(&service.name),
        }
    }
}

/// A region's state, and the moment before which it cannot change, where a change is pending.
#[derive(Clone, Copy)]
struct Standing {
    rejection: Option<Rejection>,
    weight: u8,
    share: u16,
    pending: Option<Duration>,
}

impl Standing {
    const fn full(pending: Option<Duration>) -> Self {
        Self { rejection: None, weight: 100, share: FULL, pending }
    }

    const fn out(rejection: Rejection, pending: Option<Duration>) -> Self {
        Self { rejection: Some(rejection), ..Self::full(pending) }
    }
}

impl World {
    /// The states of all regions as `eye` sees them.
    pub(super) fn conditions(&self, eye: Eye<'_>, overrides: &[Word], now: Now) -> Conditions {
        let standings = (0..).map(RegionId).zip(&self.catalog.regions).map(|(id, region)| {
            let standing = self.standing((id, region), eye, overrides, now);
            let Standing { rejection, weight, share, pending } = standing;
            (State { rejection, weight, share, seed: seed(&region.name) }, pending)
        });
        let (states, mut pending): (Vec<State>, Vec<Option<Duration>>) = standings.unzip();
        let canary = self.canary(eye, overrides).map(|(region, portion, word)| {
            let pending = &mut pending[region.index()];
            *pending = Some(pending.map_or(word.ends(), |pending| pending.min(word.ends())));
            (region, portion.part())
        });
        Conditions { states, pending, canary }
    }

    fn standing(&self, at: (RegionId, &Region), eye: Eye<'_>, overrides: &[Word], now: Now) -> Standing {
        let Some(drain) = find(overrides, at.1, eye, &[OverrideKind::Drain]) else {
            return self.undrained(at, eye, overrides, now.monotonic);
        };
        let drained = Standing::out(Rejection::Drained, Some(drain.ends()));
        let Drained::Partly(left, since) = drain.drained(now) else {
            return drained;
        };
        // On its way out a region gets nothing back: no slot moves twice.
        let before = self.undrained(at, eye, overrides, since);
        match before.rejection {
            None => Standing { share: part(before.share, left), pending: Some(MOVING), ..before },
            Some(Rejection::Held) => drained,
            Some(_) => before,
        }
    }

    /// A region's state but for drains, with what time alone does to it taken as of the monotonic moment `at`.
    fn undrained(
        &self,
        (id, region): (RegionId, &Region),
        eye: Eye<'_>,
        overrides: &[Word],
        at: Duration,
    ) -> Standing {
        let find = |kinds: &[OverrideKind]| find(overrides, region, eye, kinds);
        if let Some(force) = find(&[OverrideKind::ForceUp, OverrideKind::ForceDown]) {
            let ends = Some(force.ends());
            return match force.kind {
                OverrideKind::ForceDown => Standing::out(Rejection::ForcedDown, ends),
                _ => Standing::full(ends),
            };
        }
        let motion = eye.motion();
        let spilt = self.spills.slots(motion.spill.as_ref(), id);
        let risen = self.risen(&region.name, eye, at);
        let track = self.tracks.get(id.index());
        let comeback = track.map_or(Comeback::Back, |track| Comeback::at(track, risen, motion, at));
        let share = match comeback {
            Comeback::Rises(slots, _) => slots.min(spilt),
            Comeback::Waits(_) | Comeback::Back => spilt,
        };
        if motion.failover == Failover::Manual {
            let moves = matches!(comeback, Comeback::Rises(..));
            return Standing { share, ..Standing::full(moves.then_some(MOVING)) };
        }
        let said = self.said(id);
        let hold = find(&[OverrideKind::Hold]).is_some();
        let (barred, held) = (hold && eye.bars(id), hold && motion.failback == Failback::Manual);
        let health = self.judgement.region(id);
        let flip = health.and_then(RegionHealth::pending);
        let down = health.is_some_and(|health| health.verdict() == Verdict::Down);
        let weight = said.weight.min(self.judgement.weight(id));
        match comeback {
            _ if said.state == PushedState::Drain => Standing::out(Rejection::Drained, said.until),
            _ if down => Standing::out(Rejection::Down, flip),
            _ if said.state == PushedState::Down => Standing::out(Rejection::Down, said.until),
            _ if barred => Standing::out(Rejection::ForcedDown, None),
            _ if held => Standing::out(Rejection::Held, None),
            Comeback::Waits(until) => Standing::out(Rejection::Held, Some(until)),
            Comeback::Rises(_, since) => Standing { rejection: None, weight, share, pending: Some(since) },
            Comeback::Back => {
                let pending = [flip, said.until].into_iter().flatten().min();
                Standing { rejection: None, weight, share, pending }
            }
        }
    }

    /// Whether time or load has moved the state of some region since the last picture was made.
    pub(super) fn has_moved(&self, now: Now) -> bool {
        let Some(last) = self.last.as_deref().filter(|_| self.is_restless(now)) else {
            return false;
        };
        let moved = |policy: usize, service: Option<&Service>, board: &Conditions| {
            let policy = &self.plan.policies()[policy];
            let eye = service.map_or(Eye::General(policy.motion()), Eye::Own);
            self.conditions(eye, &self.overrides, now).of(policy.regions()).states != board.states
        };
        let policies = (0..self.plan.policies().len())
            .any(|at| last.board_at(at).is_some_and(|board| moved(at, None, board.conditions())));
        let services = || (0..).map(ServiceId).zip(&self.catalog.services);
        let own = |service: &Service| {
            self.overrides.iter().any(|held| held.service.as_ref() == Some(&service.name))
        };
        policies
            || services().filter(|(_, service)| own(service)).any(|(id, service)| {
                let policy = self.plan.policy_of().get(id.index()).map(|policy| *policy as usize);
                policy
                    .zip(last.board(id))
                    .is_some_and(|(policy, board)| moved(policy, Some(service), board.conditions()))
            })
    }

    /// Whether some region's state may move with time alone, or with load.
    fn is_restless(&self, now: Now) -> bool {
        let longest = |motion: &Motion| match motion.failback {
            Failback::Auto(delay) => delay.max(LONGEST).saturating_add(motion.slow_start),
            Failback::Manual => Duration::ZERO,
        };
        let longest = self.plan.policies().iter().map(|policy| longest(policy.motion())).max();
        let window = longest.unwrap_or_default().saturating_add(MARGIN);
        let returning = |returned: Duration| now.monotonic < returned.saturating_add(window);
        self.tracks.iter().filter_map(super::Track::returned).any(returning)
            || !self.releases.is_empty()
            || self.overrides.iter().any(|held| held.gradual.is_some())
            || self.catalog.services.iter().any(|service| service.motion.spill.is_some())
    }
}

/// The override that holds for a region: the service's own before the one for all.
pub(super) fn find<'a>(
    overrides: &'a [Word],
    region: &Region,
    eye: Eye<'_>,
    kinds: &[OverrideKind],
) -> Option<&'a Word> {
    let here = |held: &&Word| held.region == region.name && kinds.contains(&held.kind);
    let own = |held: &&Word| held.service.is_some() && held.service.as_deref() == eye.service();
    let general = |held: &&Word| held.service.is_none();
    overrides.iter().filter(here).find(own).or_else(|| overrides.iter().filter(here).find(general))
}

/// Of `share` slots the part that `left` of 4096 is.
const fn part(share: u16, left: u16) -> u16 {
    (share as u32 * left as u32 / SLOTS as u32) as u16
}

/// The moment before which a share that is moving cannot move: it has been.
const MOVING: Duration = Duration::ZERO;
/// All of a region's share.
const FULL: u16 = SLOTS as u16;
/// A tick may come late.
const MARGIN: Duration = Duration::from_secs(10);
