//! The frozen picture that queries are answered from, and the one swap.
//!
//! Everything that a steered answer needs is decided when the picture is made: a query looks up its class, reads the
//! class's route on the service's board, and copies addresses.

mod decision;
mod published;
mod swap;

use std::sync::Arc;

use crate::catalog::Catalog;
use crate::region::{RegionId, RegionSet};
use crate::steer::{Binding, Board, Plan, ServiceId, SteeredType, TtlBounds};
use crate::zone::Rtype;

pub use decision::{Decision, Location, LocationSource, Target};
pub use published::Published;
pub use swap::{Current, Snapshots};

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
    /// Bounds of TTLs, by service.
    bounds: Arc<[TtlBounds]>,
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
    /// Bounds of TTLs, one a service.
    pub bounds: Arc<[TtlBounds]>,
}

impl Snapshot {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let sinks = parts.catalog.fences.iter().map(Published::of_sink).collect();
        let Parts { epoch, generation, catalog, plan, boards, board_of, published, bounds } = parts;
        let families = [board_of.clone(), board_of.clone()];
        let lost = [RegionSet::empty(); 2];
        let idle = catalog.host.idle;
        Self {
            epoch,
            generation,
            catalog,
            plan,
            boards,
            board_of,
            families,
            lost,
            published,
            bounds,
            sinks,
            idle,
        }
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

    /// Bounds of a service's TTLs now: the config's, the lower one raised while the load is above the budget.
    #[must_use]
    pub fn bounds(&self, service: ServiceId) -> Option<TtlBounds> {
        self.bounds.get(service.index()).copied()
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
            bounds: Arc::default(),
        })
    }
}
