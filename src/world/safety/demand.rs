//! How much of its queries a service has from which region's clients: what was counted, held against who is answered
//! by whom.

use std::collections::HashMap;

use super::moves::Moved;
use crate::region::{Region, RegionId};

/// Queries that were answered lately, by service and by the region in the answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Demand(HashMap<Box<str>, HashMap<Box<str>, f64>>);

impl Demand {
    /// Counts more queries of a service that were answered with a region.
    pub fn add(&mut self, service: &str, region: &str, queries: f64) {
        *self.0.entry(service.into()).or_default().entry(region.into()).or_default() += queries;
    }

    /// Queries of a service that were answered with a region.
    #[must_use]
    pub fn of(&self, service: &str, region: &str) -> f64 {
        self.0.get(service).and_then(|regions| regions.get(region)).copied().unwrap_or_default()
    }

    /// The part of a service's queries that each part of its users is, by the region that answers them: a region's
    /// queries come from its users alike, wherever they are. `loads`: the part of all users that each region answers.
    pub(super) fn per_user(&self, service: &str, regions: &[Region], loads: &[f64]) -> Asking {
        let each = regions.iter().zip(loads).map(|(region, load)| {
            let queries = if *load > 0.0 { self.of(service, &region.name) } else { 0.0 };
            (queries, *load)
        });
        let queries: f64 = each.clone().map(|(queries, _)| queries).sum();
        let per_user = each.map(|(own, load)| if own > 0.0 { own / queries / load } else { 0.0 }).collect();
        Asking { queries, per_user }
    }
}

/// How often the users of each region ask a service.
pub(super) struct Asking {
    /// Queries that this was drawn from.
    pub(super) queries: f64,
    per_user: Vec<f64>,
}

impl Asking {
    /// Parts of all users that move, as parts of all queries; none: too few were counted to say.
    pub(super) fn weigh(&self, moved: &Moved) -> Option<Moved> {
        let weigh =
            |(at, part): (&(usize, RegionId, RegionId), &f64)| (*at, part * self.per_user[at.1.index()]);
        (self.queries >= ENOUGH).then(|| moved.iter().map(weigh).collect())
    }
}

/// Fewer queries say nothing of how they spread: of 100, a half is told to within ± 10 % (95 %, binomial).
const ENOUGH: f64 = 100.0;
