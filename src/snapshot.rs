//! The frozen picture that queries are answered from, and the one swap.
//!
//! Everything that a steered answer needs is decided when the picture is made: a query looks up its class, reads the
//! class's route on the service's board, and copies addresses.

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::catalog::Catalog;
use crate::geo::{ClassId, Located};
use crate::now::Now;
use crate::region::{Hostname, RegionId, RegionSet};
use crate::steer::{self, Binding, Board, Fence, FenceId, Plan, Reason, Route, ServiceId, SteeredType};
use crate::zone::Rtype;

/// A frozen picture.
#[derive(Clone, Debug)]
pub struct Snapshot {
    epoch: u64,
    generation: u64,
    catalog: Arc<Catalog>,
    plan: Arc<Plan>,
    boards: Vec<Arc<Board>>,
    /// Position in `boards`, by service.
    board_of: Vec<u32>,
    /// The same for answers of one address family, IPv4 and IPv6.
    families: [Vec<u32>; 2],
    /// Regions of whose endpoints of a family none is up.
    lost: [RegionSet; 2],
    /// What each region is answered with.
    published: Vec<Published>,
    /// What each fence's sink is answered with.
    sinks: Vec<Published>,
    /// How long streams are told they may be idle, in units of 100 ms (RFC 7828).
    idle: u16,
}

/// What a snapshot is made of.
#[derive(Debug)]
pub struct Parts {
    /// Grows by one with each publication.
    pub epoch: u64,
    /// Grows by one with each reload: indices of regions and services hold within a generation.
    pub generation: u64,
    /// The config as used.
    pub catalog: Arc<Catalog>,
    /// The config as compiled.
    pub plan: Arc<Plan>,
    /// The boards.
    pub boards: Vec<Arc<Board>>,
    /// Position in `boards`, one a service.
    pub board_of: Vec<u32>,
    /// What each region is answered with, one a region.
    pub published: Vec<Published>,
}

/// What a region or a sink is answered with, ready to copy: addresses, packed by family, and the target of a CNAME.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Published {
    v4: Box<[u8]>,
    v6: Box<[u8]>,
    /// In a message's form; empty: there is none.
    alias: Box<[u8]>,
}

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
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let sinks = parts.catalog.fences.iter().map(Published::of_sink).collect();
        let Parts { epoch, generation, catalog, plan, boards, board_of, published } = parts;
        let families = [board_of.clone(), board_of.clone()];
        let lost = [RegionSet::empty(); 2];
        let idle = catalog.host.idle;
        Self { epoch, generation, catalog, plan, boards, board_of, families, lost, published, sinks, idle }
    }

    /// With other boards for A and for AAAA answers (positions in `boards`, one a service), and the regions that have no
    /// address of the family to name.
    #[must_use]
    pub fn with_families(self, [v4, v6]: [(Vec<u32>, RegionSet); 2]) -> Self {
        Self { families: [v4.0, v6.0], lost: [v4.1, v6.1], ..self }
    }

    /// The same picture for a server that stops: streams are told not to stay (RFC 7828 §3.4).
    #[must_use]
    pub fn last(&self) -> Self {
        Self { idle: 0, ..self.clone() }
    }

    /// How long streams are told they may be idle, in units of 100 ms (RFC 7828).
    #[must_use]
    pub const fn idle(&self) -> u16 {
        self.idle
    }

    /// Number of the picture; grows by one with each publication.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Number of the config; indices of regions and services hold within a generation.
    #[must_use]
    pub const fn generation(&self) -> u64 {
        self.generation
    }

    /// The config as used.
    #[must_use]
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The config as compiled.
    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// The board of a service.
    #[must_use]
    pub fn board(&self, service: ServiceId) -> Option<&Arc<Board>> {
        self.boards.get(*self.board_of.get(service.index())? as usize)
    }

    /// The board of a service for answers of a type: regions without an address of its family to name are out.
    #[must_use]
    pub fn board_for(&self, service: ServiceId, rtype: Rtype) -> Option<&Arc<Board>> {
        let [v4, v6] = &self.families;
        let board_of = match rtype {
            Rtype::A => v4,
            Rtype::AAAA => v6,
            _ => &self.board_of,
        };
        self.boards.get(*board_of.get(service.index())? as usize)
    }

    /// The board at a position: those of the policies come first, in the plan's order.
    #[must_use]
    pub fn board_at(&self, at: usize) -> Option<&Arc<Board>> {
        self.boards.get(at)
    }

    /// The words that metrics use for a decision: service, region (`none` for a sink) and reason.
    #[must_use]
    pub fn labels(&self, service: ServiceId, region: Option<RegionId>) -> (&str, &str) {
        let service = self.catalog.services.get(service.index()).map_or("unknown", |service| &service.name);
        let region = region.and_then(|region| self.catalog.regions.get(region.index()));
        (service, region.map_or("none", |region| &region.name))
    }

    /// What a region is answered with.
    #[must_use]
    pub fn published(&self, region: RegionId) -> Option<&Published> {
        self.published.get(region.index())
    }

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

    /// The hints of a binding that names `target`: none of a family that the region has lost.
    #[must_use]
    pub fn hints(&self, service: ServiceId, target: Target, family: Rtype) -> &[u8] {
        let [v4, v6] = &self.lost;
        let lost = if family == Rtype::A { v4 } else { v6 };
        match target {
            _ if !self.steers(service, family) => &[],
            Target::Region(region) if lost.contains(region) => &[],
            target => self.addresses(target, family),
        }
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

    /// Whether a service is answered with addresses of this type.
    #[must_use]
    pub fn steers(&self, service: ServiceId, rtype: Rtype) -> bool {
        match rtype {
            Rtype::A => self.has(service, SteeredType::A),
            Rtype::AAAA => self.has(service, SteeredType::Aaaa),
            _ => false,
        }
    }

    /// What a service's HTTPS or SVCB record says beside addresses, where it is answered with this type.
    #[must_use]
    pub fn binding(&self, service: ServiceId, rtype: Rtype) -> Option<&Binding> {
        let steered = match rtype {
            Rtype::HTTPS => self.has(service, SteeredType::Https),
            Rtype::SVCB => self.has(service, SteeredType::Svcb),
            _ => false,
        };
        self.catalog.services.get(service.index()).filter(|_| steered).map(|service| &service.binding)
    }

    fn has(&self, service: ServiceId, steered: SteeredType) -> bool {
        self.catalog.services.get(service.index()).is_some_and(|service| service.types.contains(&steered))
    }

    /// Whether a service is answered with the CNAME of its regions, whatever the type asked for.
    #[must_use]
    pub fn is_alias(&self, service: ServiceId) -> bool {
        self.has(service, SteeredType::Cname)
    }

    /// The packed addresses of a target.
    #[must_use]
    pub fn addresses(&self, target: Target, rtype: Rtype) -> &[u8] {
        self.of_target(target).map_or(&[], |published| published.of(rtype))
    }

    /// The name that a target's CNAME points to, in a message's form; empty where it has none.
    #[must_use]
    pub fn alias(&self, target: Target) -> &[u8] {
        self.of_target(target).map_or(&[], |published| &published.alias)
    }

    fn of_target(&self, target: Target) -> Option<&Published> {
        match target {
            Target::Region(region) => self.published.get(region.index()),
            Target::Sink(fence) => self.sinks.get(fence.index()),
        }
    }

    /// How long an answer of `service` may be kept from `now` on, in seconds.
    #[must_use]
    pub fn ttl(&self, service: ServiceId, decision: &Decision, now: Now) -> u32 {
        let bounds = self.catalog.services.get(service.index()).map(|service| service.ttl);
        bounds.map_or(1, |bounds| steer::ttl(bounds, decision.pending, now.monotonic))
    }
}

impl Published {
    /// Packs addresses, in order.
    #[must_use]
    pub fn new<'a>(addresses: impl IntoIterator<Item = &'a IpAddr> + Clone) -> Self {
        let v4 = addresses.clone().into_iter().filter_map(|address| match address {
            IpAddr::V4(address) => Some(address.octets()),
            IpAddr::V6(_) => None,
        });
        let v6 = addresses.into_iter().filter_map(|address| match address {
            IpAddr::V6(address) => Some(address.octets()),
            IpAddr::V4(_) => None,
        });
        Self { v4: v4.flatten().collect(), v6: v6.flatten().collect(), alias: Box::default() }
    }

    /// A name for a CNAME to point to.
    #[must_use]
    pub fn alias(name: &Hostname) -> Self {
        Self { alias: name.wire(), ..Self::default() }
    }

    fn of_sink(fence: &Fence) -> Self {
        let alias = fence.sink_alias.as_ref().map(Hostname::wire);
        Self { alias: alias.unwrap_or_default(), ..Self::new(&fence.sink) }
    }

    /// The packed addresses of a type; empty for any type but A and AAAA.
    #[must_use]
    pub fn of(&self, rtype: Rtype) -> &[u8] {
        match rtype {
            Rtype::A => &self.v4,
            Rtype::AAAA => &self.v6,
            _ => &[],
        }
    }
}

/// The one place that a published snapshot is read from. Clones share it.
#[derive(Clone, Debug)]
pub struct Snapshots(Arc<ArcSwap<Snapshot>>);

impl Snapshots {
    /// Starts with a first picture.
    #[must_use]
    pub fn new(first: Arc<Snapshot>) -> Self {
        Self(Arc::new(ArcSwap::new(first)))
    }

    /// Puts a new picture in place and returns the one it replaces, for the writer to retire.
    pub fn publish(&self, next: Arc<Snapshot>) -> Arc<Snapshot> {
        self.0.swap(next)
    }

    /// The picture of this moment, for whoever keeps it longer than a query.
    #[must_use]
    pub fn load_full(&self) -> Arc<Snapshot> {
        self.0.load_full()
    }

    /// The picture of this moment; load it once per query or batch.
    #[must_use]
    pub fn load(&self) -> Current {
        Current(self.0.load())
    }
}

/// The picture of one moment, held without counting: for the length of a query or a batch.
#[derive(Debug)]
pub struct Current(arc_swap::Guard<Arc<Snapshot>>);

impl Deref for Current {
    type Target = Snapshot;

    fn deref(&self) -> &Snapshot {
        &self.0
    }
}

#[cfg(test)]
impl Default for Snapshot {
    /// A picture of no zones: every query is refused.
    fn default() -> Self {
        let catalog = Catalog::default();
        let plan = Plan::new(&catalog.sources()).expect("no services, no classes to number");
        Self::new(Parts {
            epoch: 1,
            generation: 1,
            catalog: Arc::new(catalog),
            plan: Arc::new(plan),
            boards: Vec::new(),
            board_of: Vec::new(),
            published: Vec::new(),
        })
    }
}
