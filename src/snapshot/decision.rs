//! Who answers one query: from where it comes to region, reason, scope and TTL.

use std::net::IpAddr;
use std::time::Duration;

use crate::geo::{ClassId, Located};
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::{self, Board, FenceId, Reason, Route, ServiceId};
use crate::zone::Rtype;

use super::Snapshot;

/// Where a query comes from, as steering sees it.
#[derive(Clone, Copy, Debug)]
pub struct Location {
    /// The class that decides.
    pub class: ClassId,
    /// The block asked about, where ECS gave one: what the scope is for.
    pub subnet: Option<Located>,
    /// Slot of the share table.
    pub slot: u16,
    /// What told.
    pub source: LocationSource,
}

/// What told where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LocationSource {
    /// The client subnet of the query.
    Subnet,
    /// The resolver's own address.
    Resolver,
    /// Nothing: a listed resolver without a client subnet.
    Unlocated,
}

/// Who answers one query, why, for how long and for whom.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Decision {
    /// What is answered.
    pub target: Target,
    /// Why.
    pub reason: Reason,
    /// The monotonic moment before which this cannot change, where a change is pending.
    pub pending: Option<Duration>,
    /// ECS scope of the answer, in bits; 0 without ECS.
    pub scope: u8,
}

impl Decision {
    /// The region answered with; none for a sink.
    #[must_use]
    pub const fn region(&self) -> Option<RegionId> {
        match self.target {
            Target::Region(region) => Some(region),
            Target::Sink(_) => None,
        }
    }
}

/// What is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A region's endpoints.
    Region(RegionId),
    /// A fence's sink.
    Sink(FenceId),
}

impl Snapshot {
    /// Where a query comes from: `subnet` is its ECS address and source length.
    #[must_use]
    pub fn locate(&self, resolver: IpAddr, subnet: Option<(IpAddr, u8)>) -> Location {
        let table = self.plan.table();
        let subnet =
            subnet.filter(|(_, source)| *source > 0).map(|(address, source)| table.locate(address, source));
        if let Some(located) = subnet.filter(|located| !self.plan.is_special(located.class)) {
            let (class, slot) = (located.class, steer::slot(located.quantum()));
            return Location { class, subnet, slot, source: LocationSource::Subnet };
        }
        let located = table.locate(resolver, u8::MAX);
        let slot = steer::slot(located.quantum());
        if self.catalog.unlocated.contains(resolver) {
            let class = self.plan.unlocated();
            return Location { class, subnet, slot, source: LocationSource::Unlocated };
        }
        Location { class: located.class, subnet, slot, source: LocationSource::Resolver }
    }

    /// Decides for a query of `service`, whatever its type. None when there is no such service.
    #[must_use]
    pub fn decide(&self, service: ServiceId, location: &Location) -> Option<Decision> {
        self.decide_on(self.board(service)?, service, location)
    }

    /// Decides for a query of a type.
    #[must_use]
    pub fn decide_for(&self, service: ServiceId, location: &Location, rtype: Rtype) -> Option<Decision> {
        self.decide_on(self.board_for(service, rtype)?, service, location)
    }

    /// How long an answer of `service` may be kept from `now` on, in seconds.
    #[must_use]
    pub fn ttl(&self, service: ServiceId, decision: &Decision, now: Now) -> u32 {
        self.bounds(service).map_or(1, |bounds| steer::ttl(bounds, decision.pending, now.monotonic))
    }

    fn decide_on(&self, board: &Board, service: ServiceId, location: &Location) -> Option<Decision> {
        let view = self.plan.view_of(service, location.class)?;
        let route = board.route(view);
        let (target, reason) = match (route, route.at(location.slot)) {
            (_, Some((region, reason))) => (Target::Region(region), reason),
            (Route::Sink(fence), None) => (Target::Sink((*fence)?), Reason::Sink),
            (_, None) => return None,
        };
        let scope = location
            .subnet
            .map_or(0, |located| self.plan.table().scope(&located, |set| board.is_uniform(set)));
        Some(Decision { target, reason, pending: board.pending(view), scope })
    }
}
