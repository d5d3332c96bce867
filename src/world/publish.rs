//! World → Snapshot: decides what has changed anew, shares the rest with the snapshot before.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;

use super::conditions::Eye;
use super::{Event, Holds, Refusal, World};
use crate::geo::Family;
use crate::health::{RegionHealth, Verdict};
use crate::now::Now;
use crate::region::{Region, RegionId, RegionSet};
use crate::snapshot::{Parts, Published, Snapshot};
use crate::steer::{Board, Conditions, Plan, Policy, Reason, Service, ServiceId, Supposed, Tables};
use crate::zone::Rtype;

impl World {
    /// Makes the next snapshot, and says which services came to their last resort or left it.
    pub fn publish(&mut self, now: Now) -> (Arc<Snapshot>, Vec<Event>) {
        let snapshot = Arc::new(self.picture(now, |conditions| conditions));
        self.note_absent(&snapshot, now);
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
                state.apply(&mut conditions.states[region.index()]);
                conditions.pending[region.index()] = None;
            }
            conditions
        }))
    }

    fn picture(&self, now: Now, altered: impl Fn(Conditions) -> Conditions) -> Snapshot {
        let last = self.last.as_deref();
        let reusable = last.filter(|last| last.generation() == self.generation);
        let mut draft = Draft { tables: Tables::default(), boards: Vec::new(), reusable };
        for (at, policy) in self.plan.policies().iter().enumerate() {
            let general = altered(self.conditions(Eye::General(policy.motion()), &self.overrides, now));
            let earlier = reusable.and_then(|last| last.board_at(at));
            draft.add(&self.plan, policy, &general, earlier);
        }
        let mut board_of: Vec<u32> = self.plan.policy_of().to_vec();
        for (id, service) in (0..).map(ServiceId).zip(&self.catalog.services) {
            if self.has_own_word(service) {
                let own = altered(self.conditions(Eye::Own(service), &self.overrides, now));
                let policy = &self.plan.policies()[board_of[id.index()] as usize];
                let earlier = reusable.and_then(|last| last.board(id));
                board_of[id.index()] = draft.add(&self.plan, policy, &own, earlier);
            }
        }
        let families = [(Family::V4, Rtype::A), (Family::V6, Rtype::AAAA)].map(|(family, rtype)| {
            let lost = (0..self.catalog.regions.len() as u16).map(RegionId);
            let lost: RegionSet = lost.filter(|region| self.has_lost(*region, family)).collect();
            let mut boards = board_of.clone();
            if !lost.is_empty() {
                self.tell_apart(&mut draft, &mut boards, (family, rtype), now, &altered);
            }
            (boards, lost)
        });
        let parts = Parts {
            epoch: last.map_or(0, Snapshot::epoch) + 1,
            generation: self.generation,
            catalog: Arc::clone(&self.catalog),
            plan: Arc::clone(&self.plan),
            boards: draft.boards,
            board_of,
            published: self.catalog.regions.iter().zip(self.judgement.regions()).map(published).collect(),
        };
        Snapshot::new(parts).with_families(families)
    }

    /// Gives services other boards for answers of one family than for all answers, where regions have lost it.
    fn tell_apart(
        &self,
        draft: &mut Draft<'_>,
        board_of: &mut [u32],
        (family, rtype): (Family, Rtype),
        now: Now,
        altered: &impl Fn(Conditions) -> Conditions,
    ) {
        let mut made: BTreeMap<u32, u32> = BTreeMap::new();
        for (id, service) in (0..).map(ServiceId).zip(&self.catalog.services) {
            let Some(policy) = self.plan.policy(id) else { continue };
            let general = board_of[id.index()];
            let own = Eye::Own(service);
            let eye = if self.has_own_word(service) { own } else { Eye::General(policy.motion()) };
            let mut make = || {
                let conditions = self.conditions(eye, &self.overrides, now);
                let conditions = altered(self.of_family(&conditions, family, eye)?);
                let earlier = draft.reusable.and_then(|last| last.board_for(id, rtype));
                Some(draft.add(&self.plan, policy, &conditions, earlier))
            };
            let board = made.get(&general).copied().or_else(&mut make).unwrap_or(general);
            made.insert(general, board);
            board_of[id.index()] = board;
        }
    }

    fn has_own_word(&self, service: &Service) -> bool {
        self.overrides.iter().any(|held| held.service.as_ref() == Some(&service.name))
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

/// The boards of a picture that is being made.
struct Draft<'a> {
    tables: Tables,
    boards: Vec<Arc<Board>>,
    /// The picture before, where its boards are about the same config.
    reusable: Option<&'a Snapshot>,
}

impl Draft<'_> {
    /// Adds the board of a policy, shared with an earlier one that was made from the same conditions; its position.
    fn add(
        &mut self,
        plan: &Plan,
        policy: &Policy,
        conditions: &Conditions,
        earlier: Option<&Arc<Board>>,
    ) -> u32 {
        let conditions = conditions.of(policy.regions());
        self.boards.push(match earlier {
            Some(board) if *board.conditions() == conditions => Arc::clone(board),
            _ => Arc::new(Board::sharing(plan, policy, conditions, &mut self.tables)),
        });
        self.boards.len() as u32 - 1
    }
}

/// What a region is answered with: its name, or per family the endpoints that are not down, or all of them when none is
/// left.
fn published((region, health): (&Region, &RegionHealth)) -> Published {
    if let Some(name) = region.endpoints.alias() {
        return Published::alias(name);
    }
    let addresses = region.endpoints.addresses();
    let of_family =
        |v4: bool| addresses.iter().zip(health.endpoints()).filter(move |(at, _)| at.is_ipv4() == v4);
    let each = [true, false].map(|v4| {
        let serving: Vec<IpAddr> =
            of_family(v4).filter(|(_, held)| held.verdict() != Verdict::Down).map(|(at, _)| *at).collect();
        if serving.is_empty() { of_family(v4).map(|(at, _)| *at).collect() } else { serving }
    });
    Published::new(each.iter().flatten())
}
