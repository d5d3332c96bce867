//! The plan: a catalog's policy, compiled. Services with the same policy share one; clients that no policy can tell
//! apart share a class; for each policy a class has a view.

use std::collections::BTreeSet;

use super::classes::{Classes, Sort};
use super::draft::drafts;
use super::fence::{Fence, FenceId};
use super::motion::Motion;
use super::service::{Service, ServiceId};
use super::spread::Spread;
use super::view::View;
use crate::geo::{Atlas, ClassId, PlaceId, Table};
use crate::region::{Region, RegionSet};

/// A policy more than the plan can hold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// More classes than a table can number.
    #[error(
        "the policies of all services tell {found} classes of clients apart, and at most {} are allowed; \
         use fewer distinct geo lists or prefixes", u16::MAX - 1
    )]
    TooManyClasses {
        /// How many there would be.
        found: usize,
    },
    /// Some clients may be answered with no region at all, and no fence says what they get instead.
    #[error(
        "service {service}: clients held by {fences} at once are allowed no region; \
         name a sink in one of these fences, or a region that all of them allow"
    )]
    NoSink {
        /// The service's name.
        service: Box<str>,
        /// The fences, in words.
        fences: String,
    },
}

/// What a plan is compiled from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// Every region of the catalog.
    pub regions: &'a [Region],
    /// Every service.
    pub services: &'a [Service],
    /// Every fence.
    pub fences: &'a [Fence],
    /// Where addresses are.
    pub atlas: &'a Atlas,
}

/// A compiled policy for all services.
#[derive(Debug)]
pub struct Plan {
    table: Table,
    policies: Vec<Policy>,
    /// Position in `policies`, by service.
    policy_of: Vec<u32>,
    sorts: Vec<Sort>,
    unlocated: ClassId,
}

/// What services with equal regions, strategy, portions, moves and fences have in common.
#[derive(Debug)]
pub struct Policy {
    pub(super) regions: RegionSet,
    pub(super) spread: Spread,
    pub(super) motion: Motion,
    pub(super) views: Vec<View>,
    /// Position in `views`, by class.
    pub(super) view_of: Vec<u32>,
}

impl Plan {
    /// Compiles the policies of all services.
    pub fn new(sources: &Sources<'_>) -> Result<Self, PlanError> {
        let (mut drafts, policy_of) = drafts(sources);
        let mut classes = Classes::default();
        let mut of_place = Vec::with_capacity(sources.atlas.places().len());
        for place in sources.atlas.places() {
            let views = drafts.iter_mut().map(|draft| draft.view(sources, place)).collect();
            of_place.push(classes.intern(Sort::of(place), views));
        }
        let unlocated_views = drafts.iter_mut().map(|draft| draft.unlocated(sources)).collect();
        let unlocated = classes.intern(Sort::Usual, unlocated_views);
        let table = Table::build(
            sources.atlas,
            |place: PlaceId| of_place[place.index()],
            |members: &[ClassId], lead: ClassId| {
                // A lead that no quantum of the block has would answer the block otherwise than everyone inside it,
                // and a scope could then hold both answers.
                let lead = if members.contains(&lead) { lead } else { members[0] };
                let views = (0..)
                    .zip(&mut drafts)
                    .map(|(at, draft)| {
                        let view = |class: ClassId| classes.view(class, at);
                        draft.block(sources, members.iter().map(|class| view(*class)), view(lead))
                    })
                    .collect();
                classes.intern(Sort::Usual, views)
            },
        );
        if classes.len() >= usize::from(u16::MAX) {
            return Err(PlanError::TooManyClasses { found: classes.len() });
        }
        drafts.iter().try_for_each(|draft| draft.has_sinks(sources))?;
        let policies =
            (0..).zip(drafts).map(|(at, draft)| draft.finish(classes.views(at).collect())).collect();
        let sorts = classes.sorts().collect();
        Ok(Self { table, policies, policy_of, sorts, unlocated })
    }

    /// Addresses to classes.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The distinct policies.
    #[must_use]
    pub fn policies(&self) -> &[Policy] {
        &self.policies
    }

    /// Position of each service's policy.
    #[must_use]
    pub fn policy_of(&self) -> &[u32] {
        &self.policy_of
    }

    /// The policy of a service.
    #[must_use]
    pub fn policy(&self, service: ServiceId) -> Option<&Policy> {
        self.policies.get(*self.policy_of.get(service.index())? as usize)
    }

    /// The class of clients that cannot be located.
    #[must_use]
    pub const fn unlocated(&self) -> ClassId {
        self.unlocated
    }

    /// Position of the view that a service holds of a class.
    #[must_use]
    pub fn view_of(&self, service: ServiceId, class: ClassId) -> Option<usize> {
        self.policy(service).map(|policy| policy.view_of(class))
    }

    /// Whether clients of the class are located by their resolver, not by the subnet they give.
    #[must_use]
    pub fn is_special(&self, class: ClassId) -> bool {
        self.sorts.get(class.index()).is_some_and(|sort| *sort == Sort::Special)
    }

    /// Whether clients of the class are located by their address.
    #[must_use]
    pub fn is_usual(&self, class: ClassId) -> bool {
        self.sorts.get(class.index()).is_some_and(|sort| *sort == Sort::Usual)
    }

    /// Every class that is located by address.
    pub fn usual_classes(&self) -> impl Iterator<Item = ClassId> + '_ {
        (0..self.sorts.len() as u16).map(ClassId).filter(|class| self.is_usual(*class))
    }
}

impl Policy {
    /// The regions it may answer with, whatever the client.
    #[must_use]
    pub const fn regions(&self) -> &RegionSet {
        &self.regions
    }

    /// The distinct bounds that fences set its clients: regions allowed, and by which fences.
    #[must_use]
    pub fn enclosures(&self) -> BTreeSet<(RegionSet, &[FenceId])> {
        self.views.iter().map(|view| (view.allowed, &*view.fences)).collect()
    }

    /// How slots are spread.
    #[must_use]
    pub const fn spread(&self) -> &Spread {
        &self.spread
    }

    /// How traffic moves when regions change.
    #[must_use]
    pub const fn motion(&self) -> &Motion {
        &self.motion
    }

    /// Every view.
    #[must_use]
    pub fn views(&self) -> &[View] {
        &self.views
    }

    /// Position of a class's view. Every class of the plan's table has one.
    #[must_use]
    pub fn view_of(&self, class: ClassId) -> usize {
        self.view_of.get(class.index()).map_or(0, |view| *view as usize)
    }
}
