//! What evidence and overrides make of each region: its state for steering, and when that could change.
//!
//! An operator's word outranks evidence; a word about one service outranks one about all; a drain outranks a force.
//! Without a word, a region that is not down stands where its way back has brought it.

use std::time::Duration;

use super::comeback::Comeback;
use super::track::LONGEST;
use super::{Override, OverrideKind, World};
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

impl Eye<'_> {
    const fn motion(&self) -> &Motion {
        match self {
            Self::General(motion) => motion,
            Self::Own(service) => &service.motion,
        }
    }
}

/// A region's state, and the moment before which it cannot change, where a change is pending.
struct Standing {
    rejection: Option<Rejection>,
    weight: u8,
    share: u16,
    pending: Option<Duration>,
}

impl World {
    /// The states of all regions as `eye` sees them.
    pub(super) fn conditions(&self, eye: Eye<'_>, overrides: &[Override], now: Now) -> Conditions {
        let standings = (0..).map(RegionId).zip(&self.catalog.regions).map(|(id, region)| {
            let standing = self.standing((id, region), eye, overrides, now);
            let Standing { rejection, weight, share, pending } = standing;
            (State { rejection, weight, share, seed: seed(&region.name) }, pending)
        });
        let (states, pending) = standings.unzip();
        Conditions { states, pending }
    }

    fn standing(
        &self,
        (id, region): (RegionId, &Region),
        eye: Eye<'_>,
        overrides: &[Override],
        now: Now,
    ) -> Standing {
        let find = |kinds: &[OverrideKind]| find(overrides, region, eye, kinds);
        let ordered = |rejection, word: &Override| Standing {
            rejection,
            weight: 100,
            share: FULL,
            pending: Some(now.moment_of(word.until)),
        };
        if let Some(drain) = find(&[OverrideKind::Drain]) {
            return ordered(Some(Rejection::Drained), drain);
        }
        if let Some(force) = find(&[OverrideKind::ForceUp, OverrideKind::ForceDown]) {
            let down = force.kind == OverrideKind::ForceDown;
            return ordered(down.then_some(Rejection::ForcedDown), force);
        }
        let motion = eye.motion();
        let health = self.judgement.region(id);
        let down = health.is_some_and(|health| health.verdict() == Verdict::Down);
        let flip = health.and_then(RegionHealth::pending);
        let weight = self.judgement.weight(id);
        let held = motion.failback == Failback::Manual && find(&[OverrideKind::Hold]).is_some();
        let spilt = self.spills.slots(motion.spill.as_ref(), id);
        let comeback = self
            .tracks
            .get(id.index())
            .map_or(Comeback::Back, |track| Comeback::at(track, motion, now.monotonic));
        match comeback {
            _ if motion.failover == Failover::Manual => {
                Standing { rejection: None, weight: 100, share: spilt, pending: None }
            }
            _ if down => Standing { rejection: Some(Rejection::Down), weight, share: FULL, pending: flip },
            _ if held => Standing { rejection: Some(Rejection::Held), weight, share: FULL, pending: None },
            Comeback::Waits(until) => {
                Standing { rejection: Some(Rejection::Held), weight, share: FULL, pending: Some(until) }
            }
            Comeback::Rises(slots, since) => {
                Standing { rejection: None, weight, share: slots.min(spilt), pending: Some(since) }
            }
            Comeback::Back => Standing { rejection: None, weight, share: spilt, pending: flip },
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
            || self.catalog.services.iter().any(|service| service.motion.spill.is_some())
    }
}

/// The override that holds for a region: the service's own before the one for all.
pub(super) fn find<'a>(
    overrides: &'a [Override],
    region: &Region,
    eye: Eye<'_>,
    kinds: &[OverrideKind],
) -> Option<&'a Override> {
    let here = |held: &&Override| held.region == region.name && kinds.contains(&held.kind);
    let own = |held: &&Override| match eye {
        Eye::General(_) => false,
        Eye::Own(service) => held.service.as_ref() == Some(&service.name),
    };
    let general = |held: &&Override| held.service.is_none();
    overrides.iter().filter(here).find(own).or_else(|| overrides.iter().filter(here).find(general))
}

/// All of a region's share.
const FULL: u16 = SLOTS as u16;
/// A tick may come late.
const MARGIN: Duration = Duration::from_secs(10);
