//! World → Snapshot: decides what has changed anew, shares the rest with the snapshot before.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::conditions::Eye;
use super::{Event, Holds, Refusal, World};
use crate::health::{RegionHealth, Verdict};
use crate::now::Now;
use crate::region::Region;
use crate::snapshot::{Addresses, Parts, Snapshot};
use crate::steer::{Board, Conditions, Policy, Reason, Rejection, SLOTS, ServiceId, Tables};

impl World {
    /// Makes the next snapshot, and says which services came to their last resort or left it.
    pub fn publish(&mut self, now: Now) -> (Arc<Snapshot>, Vec<Event>) {
        let snapshot = Arc::new(self.picture(now, |conditions| conditions));
        let events = self.find_last_resorts(&snapshot);
        self.last = Some(Arc::clone(&snapshot));
        (snapshot, events)
    }

    /// The snapshot that would be, were regions in other states; it is not published and changes nothing.
    pub fn suppose(&self, supposed: &[(Box<str>, Supposed)], now: Now) -> Result<Snapshot, Refusal> {
        let mut ids = Vec::with_capacity(supposed.len());
        for (name, state) in supposed {
            ids.push((self.catalog.region(name).ok_or_else(|| self.unknown_region(name))?, *state));
        }
        Ok(self.picture(now, |mut conditions| {
            for (region, state) in &ids {
                let supposed = &mut conditions.states[region.index()];
                supposed.rejection = state.rejection();
                supposed.share = SLOTS as u16;
                conditions.pending[region.index()] = None;
            }
            conditions
        }))
    }

    fn picture(&self, now: Now, altered: impl Fn(Conditions) -> Conditions) -> Snapshot {
        let last = self.last.as_deref();
        let epoch = last.map_or(0, Snapshot::epoch) + 1;
        let reusable = last.filter(|last| last.generation() == self.generation);
        let mut tables = Tables::default();
        let mut boards: Vec<Arc<Board>> = Vec::with_capacity(self.plan.policies().len());
        for (at, policy) in self.plan.policies().iter().enumerate() {
            let general = altered(self.conditions(Eye::General(policy.motion()), &self.overrides, now));
            let earlier = reusable.and_then(|last| last.board_at(at));
            boards.push(self.board(policy, &general, earlier, &mut tables));
        }
        let mut board_of: Vec<u32> = self.plan.policy_of().to_vec();
        for (id, service) in (0..).map(ServiceId).zip(&self.catalog.services) {
            if self.overrides.iter().any(|held| held.service.as_ref() == Some(&service.name)) {
                let own = altered(self.conditions(Eye::Own(service), &self.overrides, now));
                let policy = &self.plan.policies()[board_of[id.index()] as usize];
                board_of[id.index()] = boards.len() as u32;
                let earlier = reusable.and_then(|last| last.board(id));
                boards.push(self.board(policy, &own, earlier, &mut tables));
            }
        }
        Snapshot::new(Parts {
            epoch,
            generation: self.generation,
            catalog: Arc::clone(&self.catalog),
            plan: Arc::clone(&self.plan),
            boards,
            board_of,
            published: self.catalog.regions.iter().zip(self.judgement.regions()).map(addresses).collect(),
        })
    }

    /// The board of a policy, shared with an earlier one that was made from the same conditions.
    fn board(
        &self,
        policy: &Policy,
        conditions: &Conditions,
        earlier: Option<&Arc<Board>>,
        tables: &mut Tables,
    ) -> Arc<Board> {
        let conditions = conditions.of(policy.regions());
        match earlier {
            Some(board) if *board.conditions() == conditions => Arc::clone(board),
            _ => Arc::new(Board::sharing(&self.plan, policy, conditions, tables)),
        }
    }

    /// Which services are at their last resort, inside which fences; what began and what ended since the last time.
    fn find_last_resorts(&mut self, snapshot: &Snapshot) -> Vec<Event> {
        let mut now_at: BTreeSet<(Box<str>, Box<str>)> = BTreeSet::new();
        for (id, service) in (0..).map(ServiceId).zip(&self.catalog.services) {
            let (Some(board), Some(policy)) = (snapshot.board(id), self.plan.policy(id)) else {
                continue;
            };
            for (at, view) in policy.views().iter().enumerate() {
                if board.route(at).at(0).is_some_and(|(_, reason)| reason == Reason::LastResort) {
                    let names: Vec<&str> =
                        view.fences.iter().map(|fence| &*self.catalog.fences[fence.index()].name).collect();
                    now_at.insert((service.name.clone(), names.join("+").into()));
                }
            }
        }
        let event = |(service, fence): &(Box<str>, Box<str>), now| Event::LastResort {
            service: service.clone(),
            fence: Some(fence.clone()).filter(|fence| !fence.is_empty()),
            now,
        };
        let began = now_at.difference(&self.last_resorts).map(|key| event(key, Holds::Began));
        let ended = self.last_resorts.difference(&now_at).map(|key| event(key, Holds::Ended));
        let events = began.chain(ended).collect();
        self.last_resorts = now_at;
        events
    }
}

/// A state to suppose of a region, whatever evidence and overrides say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supposed {
    /// It serves.
    Up,
    /// The probes say down.
    Down,
    /// An operator drained it.
    Drained,
}

impl Supposed {
    const fn rejection(self) -> Option<Rejection> {
        match self {
            Self::Up => None,
            Self::Down => Some(Rejection::Down),
            Self::Drained => Some(Rejection::Drained),
        }
    }
}

/// What a region is answered with: per family the endpoints that are not down, or all of them when none is left.
fn addresses((region, health): (&Region, &RegionHealth)) -> Addresses {
    let of_family = |v4: bool| {
        let all =
            || region.endpoints.iter().zip(health.endpoints()).filter(move |(at, _)| at.is_ipv4() == v4);
        let serving: Vec<IpAddr> =
            all().filter(|(_, held)| held.verdict() != Verdict::Down).map(|(at, _)| *at).collect();
        if serving.is_empty() { all().map(|(at, _)| *at).collect() } else { serving }
    };
    Addresses::new(of_family(true).iter().chain(&of_family(false)))
}
