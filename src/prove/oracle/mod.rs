//! The oracle: what the config alone says of who may be answered with what. It shares neither `steer/`, nor group
//! expansion, nor block sets, nor the compiled table: it reads the file, the country table and the database itself,
//! and knows nothing of health, order or shares.

mod ground;
mod holders;
mod records;
mod rules;
pub(super) mod space;

pub use ground::Ground;
pub use holders::Holders;
pub use records::Records;
use rules::FenceRule;
pub(super) use rules::Told;
pub use rules::{Rules, Unreadable};

use crate::catalog::Catalog;
use crate::region::RegionSet;

/// What a service may answer some clients with.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Bound {
    /// These regions, and no others.
    pub(super) allowed: RegionSet,
    /// Where no region is allowed, this.
    pub(super) sinks: Vec<Told>,
    /// The fences that hold the clients.
    pub(super) fences: Vec<String>,
}

/// Everything that a service's own rule says of whom it may answer with what: services of one kin have the same bounds.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Kin<'a> {
    rule: Option<(&'a [usize], Option<&'a [String]>)>,
    /// Positions of the fences that apply to it.
    fences: Vec<usize>,
}

impl Rules {
    /// What a service's rule says.
    pub(super) fn kin(&self, name: &str) -> Kin<'_> {
        let rule = self.services.get(name);
        let applies =
            |fence: &&FenceRule| fence.services.as_ref().is_none_or(|services| services.contains(name));
        Kin {
            rule: rule.map(|rule| (rule.regions.as_slice(), rule.jurisdictions.as_deref())),
            fences: (0..).zip(&self.fences).filter(|(_, fence)| applies(fence)).map(|(at, _)| at).collect(),
        }
    }

    /// What a service may answer `holders` with. Regions are named by `catalog`; one that the rules do not know is
    /// never allowed.
    pub(super) fn bound(&self, catalog: &Catalog, kin: &Kin<'_>, holders: Holders) -> Bound {
        let Some((regions, jurisdictions)) = kin.rule else {
            return Bound { allowed: RegionSet::empty(), sinks: Vec::new(), fences: Vec::new() };
        };
        let fences = kin.fences.iter().map(|at| &self.fences[*at]);
        let held = || fences.clone().filter(|fence| fence.clients.meets(&holders));
        let inside = |jurisdiction: &String| {
            let own = jurisdictions.is_none_or(|own| own.contains(jurisdiction));
            own && held().all(|fence| fence.jurisdictions.contains(jurisdiction))
        };
        let own = || regions.iter().map(|at| &self.regions[*at]);
        let is_name = |told: &Told| matches!(told, Told::Name(_));
        let named = own().any(|region| region.endpoints.iter().any(is_name));
        let allowed = own().filter(|region| inside(&region.jurisdiction));
        let sinks = held().flat_map(|fence| &fence.sinks);
        Bound {
            allowed: allowed.filter_map(|region| catalog.region(&region.name)).collect(),
            sinks: sinks.filter(|sink| is_name(sink) == named).cloned().collect(),
            fences: held().map(|fence| fence.name.clone()).collect(),
        }
    }
}
