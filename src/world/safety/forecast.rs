//! What an act would do, for a dry run and a drill: who moves where, what each fence keeps, and what the next loss
//! would do then.

use super::super::{Override, OverrideKind, World};
use super::Act;
use super::demand::{Asking, Demand};
use super::footing::Footing;
use super::moves::Moved;
use crate::now::Now;
use crate::region::RegionId;
use crate::steer::{Reason, ServiceId};

/// What an act would do to every service that it touches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Forecast {
    /// In config order; a service that keeps its answers and its footing is left out.
    pub services: Vec<ServiceForecast>,
}

/// What an act would do to one service. Parts of users are of all Internet users, parts of queries of the service's; 0 to
/// 1 each.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceForecast {
    /// Its name.
    pub service: Box<str>,
    /// The part of the users that is answered by another region.
    pub moved: f64,
    /// The same of its queries, and how many were counted to say so; none: too few were.
    pub queries: Option<(f64, f64)>,
    /// From where to where, and for whom, the largest first.
    pub shifts: Vec<Shift>,
    /// What is left inside each fence.
    pub footings: Vec<Footed>,
    /// The loss of each further region.
    pub losses: Vec<Loss>,
}

/// Users that go from one region to another.
#[derive(Clone, Debug, PartialEq)]
pub struct Shift {
    /// Inside which fences, in words.
    pub place: String,
    /// The region that answers now.
    pub from: Box<str>,
    /// The region that would.
    pub to: Box<str>,
    /// The part of all users.
    pub part: f64,
    /// The part of the service's queries; none: too few were counted.
    pub queries: Option<f64>,
}

/// What a service keeps inside a fence.
#[derive(Clone, Debug, PartialEq)]
pub struct Footed {
    /// Inside which fences, in words.
    pub place: String,
    /// Eligible regions before and after.
    pub regions: [usize; 2],
    /// Eligible part of the capacity before and after, 0 to 1.
    pub capacity: [f64; 2],
}

/// What losing one more region would do after the act.
#[derive(Clone, Debug, PartialEq)]
pub struct Loss {
    /// The region.
    pub region: Box<str>,
    /// Where the service would come to its last resort, in words.
    pub last_resorts: Vec<String>,
    /// The region that would then carry most for its capacity, and how many times its part; none: nobody is answered.
    pub busiest: Option<(Box<str>, f64)>,
}

impl World {
    /// What `orders` would do together; a gradual drain by its end. `demand`: what was lately asked.
    #[must_use]
    pub fn foresee(&self, orders: &[Override], demand: &Demand, now: Now) -> Forecast {
        let act = self.act(orders, now);
        let mut services = Vec::new();
        let stands: Vec<_> = self.stands(&act, now).collect();
        for (id, moved) in self.moved(&act, now) {
            let service = &self.catalog.services[id.index()];
            let own = stands.iter().filter(|stand| stand.service.name == service.name);
            let footings: Vec<Footed> =
                own.map(|stand| self.footed(stand.fences, [stand.before, stand.after])).collect();
            let touched = |footed: &Footed| footed.regions[0] != footed.regions[1];
            if moved.is_empty() && !footings.iter().any(touched) {
                continue;
            }
            let asking = self.asking(id, demand, &act, now);
            let queries = asking.weigh(&moved);
            services.push(ServiceForecast {
                service: service.name.clone(),
                moved: moved.values().sum(),
                queries: queries.as_ref().map(|moved| (moved.values().sum(), asking.queries)),
                shifts: self.shifts(id, &moved, queries.as_ref()),
                footings,
                losses: self.losses(id, orders, now),
            });
        }
        Forecast { services }
    }

    fn footed(&self, fences: &[crate::steer::FenceId], [before, after]: [Footing; 2]) -> Footed {
        Footed {
            place: self.inside(fences),
            regions: [before.regions, after.regions],
            capacity: [before.capacity, after.capacity],
        }
    }

    /// How often the users of each region ask a service as it is answered before an act.
    fn asking(&self, id: ServiceId, demand: &Demand, act: &Act, now: Now) -> Asking {
        let service = &self.catalog.services[id.index()];
        let loads = self.plan.policy(id).map_or_else(Vec::new, |policy| {
            self.loads(policy, &self.routes(service, policy, &act.before, now))
        });
        demand.per_user(&service.name, &self.catalog.regions, &loads)
    }

    fn shifts(&self, service: ServiceId, moved: &Moved, queries: Option<&Moved>) -> Vec<Shift> {
        let Some(policy) = self.plan.policy(service) else { return Vec::new() };
        let mut shifts: Vec<Shift> = Vec::new();
        for (at @ (view, from, to), part) in moved {
            let queries = queries.and_then(|queries| queries.get(at)).copied();
            let place = self.inside(&policy.views()[*view].fences);
            let [from, to] = [from, to].map(|region| self.catalog.regions[region.index()].name.clone());
            let same = |shift: &&mut Shift| (&shift.place, &shift.from, &shift.to) == (&place, &from, &to);
            match shifts.iter_mut().find(same) {
                Some(shift) => {
                    shift.part += part;
                    shift.queries = shift.queries.zip(queries).map(|(sum, more)| sum + more);
                }
                None => shifts.push(Shift { place, from, to, part: *part, queries }),
            }
        }
        shifts.sort_by(|one, other| other.part.total_cmp(&one.part));
        shifts
    }

    /// What the loss of each region that the act leaves would do to a service.
    fn losses(&self, id: ServiceId, orders: &[Override], now: Now) -> Vec<Loss> {
        let Some(policy) = self.plan.policy(id) else { return Vec::new() };
        let service = &self.catalog.services[id.index()];
        let taken = |region: RegionId| {
            let name = &self.catalog.regions[region.index()].name;
            orders.iter().any(|order| {
                order.region == *name && matches!(order.kind, OverrideKind::Drain | OverrideKind::ForceDown)
            })
        };
        let Some(like) = orders.first() else { return Vec::new() };
        let left: Vec<RegionId> = policy.regions().iter().filter(|region| !taken(*region)).collect();
        let lose = |region: RegionId| {
            let name = self.catalog.regions[region.index()].name.clone();
            let loss = Override {
                region: name.clone(),
                service: Some(service.name.clone()),
                kind: OverrideKind::ForceDown,
                gradual: None,
                ..like.clone()
            };
            let act = self.act(&[orders, &[loss]].concat(), now);
            let routes = self.routes(service, policy, &act.after, now);
            let resorts = policy
                .views()
                .iter()
                .zip(&routes)
                .filter(|(_, route)| route.at(0).is_some_and(|(_, reason)| reason == Reason::LastResort));
            let mut last_resorts: Vec<String> = resorts.map(|(view, _)| self.inside(&view.fences)).collect();
            last_resorts.sort_unstable();
            last_resorts.dedup();
            Loss { region: name, last_resorts, busiest: self.busiest(&self.loads(policy, &routes)) }
        };
        left.into_iter().map(lose).collect()
    }

    fn busiest(&self, loads: &[f64]) -> Option<(Box<str>, f64)> {
        let (all, regions) = (loads.iter().sum::<f64>(), &self.catalog.regions);
        let capacity: f64 = regions.iter().map(|region| f64::from(region.capacity)).sum();
        let crowded = |(load, region): (&f64, &crate::region::Region)| {
            let part = f64::from(region.capacity) / capacity;
            (region.name.clone(), load / all / part)
        };
        let each = loads.iter().zip(regions).map(crowded);
        each.filter(|(_, times)| times.is_finite() && *times > 0.0)
            .max_by(|one, other| one.1.total_cmp(&other.1))
    }
}
