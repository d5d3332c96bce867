//! The plan: a catalog's policy, compiled. Services with the same policy share one; clients that no policy can tell
//! apart share a class; for each policy a class has a view.

use std::collections::{BTreeSet, HashMap};

use super::allowed::{Holder, allowed};
use super::decide::Spread;
use super::fence::{Fence, FenceId};
use super::order::{Whereabouts, order};
use super::service::{Service, ServiceId, Strategy};
use super::view::View;
use crate::geo::{Atlas, ClassId, Place, PlaceId, Standing, Table};
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

/// What services with equal regions, strategy and fences have in common.
#[derive(Debug)]
pub struct Policy {
    regions: RegionSet,
    spread: Spread,
    views: Vec<View>,
    /// Position in `views`, by class.
    view_of: Vec<u32>,
}

/// How clients of a class come to be located.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Sort {
    /// By their address.
    Usual,
    /// Not by the subnet that they give (private space, RFC 7871 §11.2): by their resolver.
    Special,
    /// Not at all: their source does not reach the wrapped address.
    Wrapped,
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
                let views = (0..)
                    .zip(&mut drafts)
                    .map(|(at, draft)| draft.block(sources, &classes, at, members, lead))
                    .collect();
                classes.intern(Sort::Usual, views)
            },
        );
        if classes.keys.len() >= usize::from(u16::MAX) {
            return Err(PlanError::TooManyClasses { found: classes.keys.len() });
        }
        drafts.iter().try_for_each(|draft| draft.has_sinks(sources))?;
        let policies = (0..).zip(drafts).map(|(at, draft)| draft.finish(at, &classes)).collect();
        let sorts = classes.keys.iter().map(|(sort, _)| *sort).collect();
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

/// A policy under construction: the first service that has it stands for all.
struct Draft {
    service: ServiceId,
    views: Vec<View>,
    ids: HashMap<View, u32>,
    spread: Spread,
}

/// The distinct policies, and which one each service has.
fn drafts(sources: &Sources<'_>) -> (Vec<Draft>, Vec<u32>) {
    let mut drafts = Vec::new();
    let mut known: HashMap<String, u32> = HashMap::new();
    let mut policy_of = Vec::with_capacity(sources.services.len());
    for (id, service) in (0..).map(ServiceId).zip(sources.services) {
        let fences: Vec<FenceId> = (0..)
            .map(FenceId)
            .zip(sources.fences)
            .filter(|(_, fence)| fence.applies_to(id))
            .map(|(fence, _)| fence)
            .collect();
        let key = format!("{:?}", (&service.regions, &service.strategy, &service.jurisdictions, fences));
        let next = drafts.len() as u32;
        let policy = *known.entry(key).or_insert_with(|| {
            drafts.push(Draft::new(id, service));
            next
        });
        policy_of.push(policy);
    }
    (drafts, policy_of)
}

impl Draft {
    fn new(id: ServiceId, service: &Service) -> Self {
        let spread = match &service.strategy {
            Strategy::Weighted(weights) => Spread::Weighted(by_region(service, weights)),
            Strategy::Nearest | Strategy::Geo(_) | Strategy::Failover => Spread::Ordered,
        };
        Self { service: id, views: Vec::new(), ids: HashMap::new(), spread }
    }

    fn view(&mut self, sources: &Sources<'_>, place: &Place) -> u32 {
        let steering = sources.atlas.steering();
        let holding = std::iter::successors(place.steering, |id| steering.parent(*id));
        let whereabouts = Whereabouts {
            country: place.standing.country(),
            subdivision: place.subdivision,
            asn: place.asn,
            prefixes: holding.map(|id| steering.prefix(id)).collect(),
        };
        self.view_for(sources, &whereabouts)
    }

    fn unlocated(&mut self, sources: &Sources<'_>) -> u32 {
        self.view_for(sources, &Whereabouts::default())
    }

    fn view_for(&mut self, sources: &Sources<'_>, whereabouts: &Whereabouts) -> u32 {
        let service = &sources.services[self.service.index()];
        let holder = whereabouts.country.map_or(Holder::Unlocated, Holder::Country);
        let (allowed, fences) = allowed(service, self.service, sources.fences, sources.regions, holder);
        let order = order(service, sources.regions, whereabouts).into();
        self.intern(sources, View { order, allowed, fences: fences.into(), sink: None })
    }

    /// The view of a block: `at` is this policy's position in the keys of classes.
    fn block(
        &mut self,
        sources: &Sources<'_>,
        classes: &Classes,
        at: usize,
        members: &[ClassId],
        lead: ClassId,
    ) -> u32 {
        let view = |class: ClassId| &self.views[classes.keys[class.index()].1[at] as usize];
        let block = View::of_block(view(lead), members.iter().map(|class| view(*class)));
        self.intern(sources, block)
    }

    fn intern(&mut self, sources: &Sources<'_>, mut view: View) -> u32 {
        view.sink = view.fences.iter().copied().find(|fence| !sources.fences[fence.index()].sink.is_empty());
        let next = self.views.len() as u32;
        *self.ids.entry(view).or_insert_with_key(|view| {
            self.views.push(view.clone());
            next
        })
    }

    /// Every view that allows no region has a sink: also those of blocks that several fences hold together.
    fn has_sinks(&self, sources: &Sources<'_>) -> Result<(), PlanError> {
        let lacking = |view: &&View| view.sink.is_none() && view.candidates().next().is_none();
        let Some(view) = self.views.iter().find(lacking) else {
            return Ok(());
        };
        let names: Vec<&str> = view.fences.iter().map(|fence| &*sources.fences[fence.index()].name).collect();
        let fences =
            if names.is_empty() { "the service's own jurisdictions".to_owned() } else { names.join(" and ") };
        Err(PlanError::NoSink { service: sources.services[self.service.index()].name.clone(), fences })
    }

    fn finish(self, at: usize, classes: &Classes) -> Policy {
        let view_of = classes.keys.iter().map(|(_, views)| views[at]).collect();
        let regions = self.views.iter().flat_map(|view| view.order.iter().copied()).collect();
        Policy { regions, spread: self.spread, views: self.views, view_of }
    }
}

fn by_region(service: &Service, weights: &[u32]) -> Box<[f64]> {
    let highest = service.regions.iter().map(|region| region.index()).max().unwrap_or(0);
    let mut spread = vec![0.0; highest + 1];
    for (region, weight) in service.regions.iter().zip(weights) {
        spread[region.index()] = f64::from(*weight);
    }
    spread.into()
}

/// Classes by what all policies hold of them.
#[derive(Default)]
struct Classes {
    keys: Vec<(Sort, Box<[u32]>)>,
    ids: HashMap<(Sort, Box<[u32]>), usize>,
}

impl Classes {
    /// The number of a class. Beyond what fits it wraps, and the plan is refused in the end.
    fn intern(&mut self, sort: Sort, views: Box<[u32]>) -> ClassId {
        let next = self.keys.len();
        let key = (sort, views);
        let at = *self.ids.entry(key).or_insert_with_key(|key| {
            self.keys.push(key.clone());
            next
        });
        ClassId(at as u16)
    }
}

impl Sort {
    const fn of(place: &Place) -> Self {
        match place.standing {
            Standing::Located(_) | Standing::Unlocated => Self::Usual,
            Standing::Special => Self::Special,
            Standing::Wrapped => Self::Wrapped,
        }
    }
}
