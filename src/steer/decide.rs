//! The decision: a view and the regions' states → who is answered with what, and why. The one function that `serve`,
//! `explain` and every test call.

use std::sync::Arc;

use super::fence::FenceId;
use super::reason::{Reason, Rejection};
use super::share::{SLOTS, Share};
use super::spread::Spread;
use super::tables::{Tables, Why};
use super::view::View;
use crate::region::RegionId;

/// A region's state as steering sees it, after evidence and overrides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct State {
    /// Why it is not eligible; none: it is.
    pub rejection: Option<Rejection>,
    /// How much of its normal share it gets, 0 to 100.
    pub weight: u8,
    /// Of the slots that this weight leaves it, how many of 4096 it takes now: less while a share moves.
    pub share: u16,
    /// Seed of its numbers in share tables.
    pub seed: u64,
}

impl State {
    /// How much of its normal share it gets now, 0 to 100, rounded up: 0 means nothing.
    #[must_use]
    pub fn percent(&self) -> u8 {
        let part = if self.rejection.is_none() { self.part() } else { 0.0 };
        (part * 100.0).ceil() as u8
    }

    /// The part of its normal share that it gets, 0 to 1.
    fn part(&self) -> f64 {
        f64::from(self.weight) / 100.0 * f64::from(self.share) / SLOTS as f64
    }
}

/// Who answers a view.
#[derive(Clone, Debug, PartialEq)]
pub enum Route {
    /// One region for every slot.
    One(RegionId, Reason),
    /// A region for each slot, with its reason. Equal tables are shared.
    Slots(Arc<[(RegionId, Reason)]>),
    /// No region is allowed: the sink of this fence. A plan without one here is refused at load.
    Sink(Option<FenceId>),
}

impl Route {
    /// Who answers a client in `slot`, and why; none for a sink.
    #[must_use]
    pub fn at(&self, slot: u16) -> Option<(RegionId, Reason)> {
        match self {
            Self::One(region, reason) => Some((*region, *reason)),
            Self::Slots(slots) => slots.get(usize::from(slot) % SLOTS).copied(),
            Self::Sink(_) => None,
        }
    }

    /// How many of the slots `region` holds.
    #[must_use]
    pub fn slots_of(&self, region: RegionId) -> usize {
        match self {
            Self::One(one, _) => {
                if *one == region {
                    SLOTS
                } else {
                    0
                }
            }
            Self::Slots(slots) => slots.iter().filter(|(holder, _)| *holder == region).count(),
            Self::Sink(_) => 0,
        }
    }
}

/// Decides for a view. `states` is indexed by `RegionId` and holds every region of the view.
///
/// Nothing eligible is answered with what is well and held back; else with the fence's regions that no operator took
/// out, as if they were up; and if there are none with all of the fence: never with a region outside it, and never with
/// nothing.
#[must_use]
pub fn decide(view: &View, spread: &Spread, states: &[State]) -> Route {
    decide_with(view, spread, states, &mut Tables::default())
}

/// The same, with tables that are shared among views.
#[must_use]
pub fn decide_with(view: &View, spread: &Spread, states: &[State], tables: &mut Tables) -> Route {
    let all: Vec<RegionId> = view.candidates().collect();
    let preferred = all.iter().copied().find(|region| spread.canary() != Some(*region));
    let line = spread.line(all);
    if line.is_empty() {
        return Route::Sink(view.sink);
    }
    let state = |region: RegionId| &states[region.index()];
    let those = |wanted: fn(Option<Rejection>) -> bool| -> Vec<RegionId> {
        line.iter().copied().filter(|id| wanted(spread.rejects(*id, state(*id)))).collect()
    };
    let full = |&region: &RegionId| Share { region, seed: state(region).seed, amount: spread.weight(region) };
    let eligible = those(|rejection| rejection.is_none());
    if !eligible.is_empty() {
        let part = |id: &RegionId| Share { amount: spread.weight(*id) * state(*id).part(), ..full(id) };
        let shares: Vec<Share> = eligible.iter().map(part).collect();
        return tables.route(spread, &shares, Why::of(spread, &eligible, preferred));
    }
    let held = those(|rejection| rejection == Some(Rejection::Held));
    if !held.is_empty() {
        let shares: Vec<Share> = held.iter().map(full).collect();
        return tables.route(spread, &shares, Why::of(spread, &held, preferred));
    }
    let mut rest = those(|rejection| !matches!(rejection, Some(Rejection::Drained | Rejection::ForcedDown)));
    if rest.is_empty() {
        rest = line;
    }
    let shares: Vec<Share> = rest.iter().map(full).collect();
    tables.route(spread, &shares, Why::LastResort)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::share::seed;
    use super::super::spread::Portions;
    use super::*;
    use crate::region::RegionSet;

    const REGIONS: u16 = 5;

    fn state(rejection: Option<Rejection>, weight: u8, at: u16) -> State {
        State { rejection, weight, share: SLOTS as u16, seed: seed(&format!("region-{at}")) }
    }

    fn up() -> Vec<State> {
        (0..REGIONS).map(|at| state(None, 100, at)).collect()
    }

    fn view(order: &[u16], allowed: &[u16]) -> View {
        View {
            order: order.iter().copied().map(RegionId).collect(),
            allowed: allowed.iter().copied().map(RegionId).collect(),
            fences: Box::new([FenceId(0)]),
            sink: Some(FenceId(0)),
        }
    }

    fn one(region: u16, reason: Reason) -> Route {
        Route::One(RegionId(region), reason)
    }

    #[test]
    fn the_first_in_order_is_preferred_and_the_next_one_is_its_failover() {
        let view = view(&[2, 0, 1], &[0, 1, 2]);
        let mut states = up();
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(2, Reason::Preferred));
        states[2].rejection = Some(Rejection::Down);
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(0, Reason::Failover));
        states[0].rejection = Some(Rejection::Drained);
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(1, Reason::Failover));
    }

    #[test]
    fn a_percentage_is_rounded_up_so_that_only_nothing_is_nothing() {
        let percent = |rejection, weight, share| State { share, ..state(rejection, weight, 0) }.percent();
        assert_eq!((percent(None, 100, SLOTS as u16), percent(None, 30, SLOTS as u16)), (100, 30));
        assert_eq!((percent(None, 50, SLOTS as u16 / 2), percent(None, 30, 1)), (25, 1));
        assert_eq!(
            (percent(None, 0, SLOTS as u16), percent(Some(Rejection::Down), 100, SLOTS as u16)),
            (0, 0)
        );
    }

    #[test]
    fn a_first_choice_outside_the_fence_is_no_failover() {
        let view = view(&[2, 0, 1], &[0, 1]);
        assert_eq!(decide(&view, &Spread::Ordered, &up()), one(0, Reason::Preferred));
    }

    #[test]
    fn the_last_resort_prefers_regions_that_no_operator_took_out() {
        let view = view(&[0, 1, 2], &[0, 1]);
        let mut states = up();
        states[0].rejection = Some(Rejection::Drained);
        states[1].rejection = Some(Rejection::Down);
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(1, Reason::LastResort));
        states[1].rejection = Some(Rejection::ForcedDown);
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(0, Reason::LastResort));
    }

    #[test]
    fn a_fence_that_allows_no_region_is_answered_with_its_sink() {
        assert_eq!(decide(&view(&[0, 1], &[3]), &Spread::Ordered, &up()), Route::Sink(Some(FenceId(0))));
    }

    #[test]
    fn half_a_weight_shares_the_slots_with_the_next_in_order() {
        let view = view(&[0, 1], &[0, 1]);
        let mut states = up();
        states[0].weight = 50;
        let Route::Slots(slots) = decide(&view, &Spread::Ordered, &states) else {
            panic!("one region took all")
        };
        let first = slots.iter().filter(|slot| **slot == (RegionId(0), Reason::Preferred)).count();
        assert!((1_900..2_200).contains(&first), "{first} of 4096 slots");
        assert!(slots.iter().all(|(region, reason)| *region == RegionId(0) || *reason == Reason::Shared));
    }

    #[test]
    fn a_weight_of_0_in_the_config_is_no_candidate_while_another_is_up() {
        let spread = Spread::Weighted(Box::new([0.0, 3.0]));
        assert_eq!(decide(&view(&[0, 1], &[0, 1]), &spread, &up()), one(1, Reason::Shared));
    }

    #[test]
    fn a_canary_takes_its_share_of_everyone_and_no_more() {
        let spread = Spread::Portioned(Portions { canary: Some((RegionId(1), 0.02)), trickle: None });
        let mut states = up();
        let route = decide(&view(&[0, 1, 2], &[0, 1, 2]), &spread, &states);
        assert_eq!((route.slots_of(RegionId(1)), route.slots_of(RegionId(0))), (82, 4014));
        let reasons = |region| (0..4096).filter_map(|slot| route.at(slot)).find(|(at, _)| *at == region);
        assert_eq!(reasons(RegionId(0)), Some((RegionId(0), Reason::Preferred)));
        assert_eq!(reasons(RegionId(1)), Some((RegionId(1), Reason::Shared)));
        let own = decide(&view(&[1, 0, 2], &[0, 1, 2]), &spread, &states);
        assert_eq!(own.slots_of(RegionId(1)), 82, "also where it is nearest");
        states[0].rejection = Some(Rejection::Down);
        let route = decide(&view(&[0, 1, 2], &[0, 1, 2]), &spread, &states);
        assert_eq!(route.slots_of(RegionId(1)), 82, "a failover goes past it");
        assert_eq!(decide(&view(&[0, 1], &[0, 1]), &spread, &states).slots_of(RegionId(1)), 4096);
    }

    #[test]
    fn the_standby_gets_a_trickle_while_the_primary_serves() {
        let spread = Spread::Portioned(Portions { canary: None, trickle: Some((RegionId(0), 0.01)) });
        let mut states = up();
        let route = decide(&view(&[0, 1, 2], &[0, 1, 2]), &spread, &states);
        assert_eq!((route.slots_of(RegionId(0)), route.slots_of(RegionId(1))), (4055, 41));
        states[1].rejection = Some(Rejection::Down);
        let route = decide(&view(&[0, 1, 2], &[0, 1, 2]), &spread, &states);
        assert_eq!(route.slots_of(RegionId(2)), 41);
        states[0].rejection = Some(Rejection::Down);
        assert_eq!(decide(&view(&[0, 1, 2], &[0, 1, 2]), &spread, &states), one(2, Reason::Failover));
    }

    #[test]
    fn what_is_held_back_serves_before_what_is_down() {
        let view = view(&[0, 1], &[0, 1]);
        let mut states = up();
        states[1].rejection = Some(Rejection::Held);
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(0, Reason::Preferred));
        states[0].rejection = Some(Rejection::Down);
        assert_eq!(decide(&view, &Spread::Ordered, &states), one(1, Reason::Failover));
    }

    #[test]
    fn a_share_that_moves_takes_as_many_slots_as_it_says() {
        let mut states = up();
        for share in [0, 1, 1_000, 4_095, 4_096] {
            states[0].share = share;
            let route = decide(&view(&[0, 1], &[0, 1]), &Spread::Ordered, &states);
            assert_eq!(route.slots_of(RegionId(0)), usize::from(share));
        }
    }

    fn any_state() -> impl Strategy<Value = (Option<Rejection>, u8)> {
        let rejection = prop::sample::select(vec![
            None,
            Some(Rejection::Drained),
            Some(Rejection::ForcedDown),
            Some(Rejection::Down),
            Some(Rejection::Held),
        ]);
        (rejection, prop::sample::select(vec![0_u8, 1, 30, 99, 100]))
    }

    fn any_spread() -> impl Strategy<Value = Spread> {
        let weights = prop::collection::vec(prop::sample::select(vec![0.0, 1.0, 3.0]), usize::from(REGIONS));
        let canary = prop::option::of((0..REGIONS, Just(0.02)).prop_map(|(at, share)| (RegionId(at), share)));
        let trickle = prop::option::of(Just((RegionId(0), 0.01)));
        prop_oneof![
            Just(Spread::Ordered),
            weights.prop_map(|weights| Spread::Weighted(weights.into())),
            (canary, trickle).prop_map(|(canary, trickle)| Spread::Portioned(Portions { canary, trickle })),
        ]
    }

    fn any_world() -> impl Strategy<Value = (View, Vec<State>, Spread)> {
        let order = Just((0..REGIONS).collect::<Vec<u16>>()).prop_shuffle();
        let allowed = prop::collection::vec(any::<bool>(), usize::from(REGIONS));
        let states = prop::collection::vec(any_state(), usize::from(REGIONS));
        (order, allowed, states, any_spread()).prop_map(|(order, allowed, states, spread)| {
            let allowed: Vec<u16> = (0..REGIONS).filter(|at| allowed[usize::from(*at)]).collect();
            let states =
                (0..).zip(states).map(|(at, (rejection, weight))| state(rejection, weight, at)).collect();
            (view(&order, &allowed), states, spread)
        })
    }

    fn routed(route: &Route) -> RegionSet {
        (0..4096).filter_map(|slot| route.at(slot)).map(|(region, _)| region).collect()
    }

    proptest! {
        #[test]
        fn no_slot_ever_leaves_the_fence_and_none_is_empty((view, states, spread) in any_world()) {
            let route = decide(&view, &spread, &states);
            let routed = routed(&route);
            prop_assert_eq!(routed.intersection(&view.allowed), routed, "{:?}", route);
            prop_assert_eq!(routed.is_empty(), view.allowed.is_empty(), "{:?}", route);
        }

        #[test]
        fn an_eligible_region_is_never_passed_over_for_one_that_is_not((view, states, spread) in any_world()) {
            let eligible = |region: &RegionId| spread.rejects(*region, &states[region.index()]).is_none();
            let route = decide(&view, &spread, &states);
            if view.candidates().any(|region| eligible(&region)) {
                prop_assert!(routed(&route).iter().all(|region| eligible(&region)), "{:?}", route);
            }
        }

        #[test]
        fn a_region_outside_the_fence_changes_nothing((view, states, spread) in any_world(), other in any_state()) {
            let route = decide(&view, &spread, &states);
            let mut changed = states;
            for region in (0..REGIONS).map(RegionId).filter(|region| !view.allowed.contains(*region)) {
                (changed[region.index()].rejection, changed[region.index()].weight) = other;
            }
            prop_assert_eq!(decide(&view, &spread, &changed), route);
        }

        #[test]
        fn when_a_region_improves_slots_stay_or_move_to_it((view, states, spread) in any_world(), at in 0..REGIONS) {
            let before = decide(&view, &spread, &states);
            let eligible = view.candidates().filter(|id| spread.rejects(*id, &states[id.index()]).is_none()).count();
            prop_assume!(eligible > 0);
            let mut improved = states;
            improved[usize::from(at)].rejection = None;
            improved[usize::from(at)].weight = 100;
            let after = decide(&view, &spread, &improved);
            for slot in 0..4096 {
                let (old, new) = (before.at(slot).map(|held| held.0), after.at(slot).map(|held| held.0));
                prop_assert!(old == new || new == Some(RegionId(at)), "slot {} from {:?} to {:?}", slot, old, new);
            }
        }
    }
}
