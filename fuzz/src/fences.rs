//! Who may be answered with what, computed from the config and the location data alone: the policy's classes, views and
//! sets are not asked. For each range of addresses a mask of allowed regions a service; a block is what all its ranges
//! allow.

use std::net::IpAddr;

use meridian::catalog::Catalog;
use meridian::geo::{Country, Family, Location, LocationId, Standing};
use meridian::region::{Region, RegionId};
use meridian::steer::{ServiceId, Unlocated};

/// The masks of all addresses.
pub(crate) struct Fences {
    v4: Masks,
    v6: Masks,
    unlocated: Mask,
    resolvers: meridian::geo::Prefixes,
}

/// What some addresses allow: eight regions for each of eight services, a bit each.
#[derive(Clone, Copy)]
struct Mask {
    allowed: u64,
    /// All of it is special-purpose space.
    special: bool,
    /// Some of it wraps other addresses: this oracle does not look inside.
    wrapped: bool,
}

impl Fences {
    pub(crate) fn new(catalog: &Catalog) -> Self {
        assert!(catalog.regions.len() <= 8 && catalog.services.len() <= 8, "masks have 64 bits");
        Self {
            v4: Masks::new(catalog, Family::V4),
            v6: Masks::new(catalog, Family::V6),
            unlocated: Mask { allowed: allowed(catalog, None), special: false, wrapped: false },
            resolvers: catalog.unlocated.clone(),
        }
    }

    /// Whether a client of `service` may be answered with `region` (none: a sink). True where this oracle cannot tell.
    pub(crate) fn allow(
        &self,
        service: ServiceId,
        region: Option<RegionId>,
        resolver: IpAddr,
        subnet: Option<(IpAddr, u8)>,
    ) -> bool {
        let subnet =
            subnet.filter(|(_, source)| *source > 0).map(|(address, source)| self.block(address, source));
        let mask = match subnet.filter(|mask| !mask.special) {
            Some(mask) => mask,
            None if self.resolvers.contains(resolver) => self.unlocated,
            None => self.block(resolver, u8::MAX),
        };
        let regions = mask.allowed >> (8 * service.index()) & 0xff;
        mask.wrapped || region.map_or(regions == 0, |region| regions >> region.index() & 1 == 1)
    }

    fn block(&self, address: IpAddr, source: u8) -> Mask {
        match (address, address.to_canonical()) {
            (IpAddr::V6(_), IpAddr::V4(inner)) if source > 96 => {
                self.v4.block(key(IpAddr::V4(inner)), (source.min(128) - 96).min(24))
            }
            (IpAddr::V4(_), _) => self.v4.block(key(address), source.min(24)),
            (IpAddr::V6(_), _) => self.v6.block(key(address), source.min(56)),
        }
    }
}

/// Masks of rising ranges, and a tree over them: node `n` holds what nodes `2n` and `2n + 1` hold together.
struct Masks {
    firsts: Vec<u128>,
    tree: Vec<Mask>,
}

impl Masks {
    fn new(catalog: &Catalog, family: Family) -> Self {
        let ranges = catalog.atlas.ranges(family);
        let (firsts, leaves): (Vec<u128>, Vec<Mask>) =
            ranges.map(|(first, _, location)| (key(first), of(catalog, location))).unzip();
        let mut tree = vec![NEUTRAL; leaves.len()];
        tree.extend(leaves);
        for node in (1..firsts.len()).rev() {
            tree[node] = tree[2 * node].and(tree[2 * node + 1]);
        }
        Self { firsts, tree }
    }

    fn block(&self, key: u128, length: u8) -> Mask {
        let host = u128::MAX.checked_shr(length.into()).unwrap_or(0);
        let range = |key: u128| self.firsts.partition_point(|first| *first <= key) - 1;
        let (mut low, mut high) = (range(key & !host), range(key | host) + 1);
        (low, high) = (low + self.firsts.len(), high + self.firsts.len());
        let mut mask = NEUTRAL;
        while low < high {
            if low % 2 == 1 {
                mask = mask.and(self.tree[low]);
                low += 1;
            }
            if high % 2 == 1 {
                high -= 1;
                mask = mask.and(self.tree[high]);
            }
            (low, high) = (low / 2, high / 2);
        }
        mask
    }
}

impl Mask {
    const fn and(self, other: Self) -> Self {
        Self {
            allowed: self.allowed & other.allowed,
            special: self.special && other.special,
            wrapped: self.wrapped || other.wrapped,
        }
    }
}

const NEUTRAL: Mask = Mask { allowed: u64::MAX, special: true, wrapped: false };

/// An address on the scale of 128 bits: IPv4 at its top.
fn key(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()) << 96,
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn of(catalog: &Catalog, location: LocationId) -> Mask {
    match catalog.atlas.location(location) {
        Location::Pure(place) => of_standing(catalog, catalog.atlas.place(place).standing),
        Location::Mixed(mixture) => {
            let members = mixture.members.iter().map(|member| catalog.atlas.place(member.place).standing);
            let mask = members.map(|standing| of_standing(catalog, standing)).fold(NEUTRAL, Mask::and);
            Mask { wrapped: mixture.wrapped.is_some(), ..mask }
        }
    }
}

fn of_standing(catalog: &Catalog, standing: Standing) -> Mask {
    Mask {
        allowed: allowed(catalog, standing.country()),
        special: standing == Standing::Special,
        wrapped: standing == Standing::Wrapped,
    }
}

/// The definition of a fence, word for word.
fn allowed(catalog: &Catalog, country: Option<Country>) -> u64 {
    let mut mask = 0;
    for (number, service) in (0..).map(ServiceId).zip(&catalog.services) {
        let holds = |fence: &&meridian::steer::Fence| {
            let held = country
                .map_or(fence.unlocated == Unlocated::Held, |country| fence.clients.contains(&country));
            held && fence.applies_to(number)
        };
        for (at, region) in catalog.regions.iter().enumerate() {
            let lawful = |region: &Region| {
                let own =
                    service.jurisdictions.is_empty() || service.jurisdictions.contains(&region.jurisdiction);
                let mut fences = catalog.fences.iter().filter(holds);
                own && fences.all(|fence| fence.jurisdictions.contains(&region.jurisdiction))
            };
            if service.regions.contains(&RegionId(at as u16)) && lawful(region) {
                mask |= 1 << (8 * number.index() + at);
            }
        }
    }
    mask
}
