//! Which states of the regions are run, and which others each one stands for.
//!
//! Lemmas, each held on small worlds by a test of its own below, without the reduction:
//! - `twins`: weight 0 is as down; forced down is as drained; forced up is as up.
//! - `absent`: while anything is eligible, a region that is drained or held back is as one that is down; and so is a
//!   drained one while another is held back.
//! - `first_full`: what comes behind the first region that is simply up, in an order, changes nothing.
//! - `last_resort`: with nothing eligible, what comes behind the first region that no operator took out changes nothing.
//! - `equal_tables`: slots that are spread over equal shares in equal order are spread alike, whatever was asked before.
//! - `contest`: a region that holds a slot among several holds it among any fewer of them.

use super::subject::Level;

/// How a policy spreads slots, as far as the choice of states cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// The first in order takes all, as far as its share goes.
    Ordered,
    /// Every region takes its part.
    Spread,
}

/// The states of a view's candidates, best first: a level each, for every combination that can differ.
#[derive(Debug, Default)]
pub(super) struct States {
    /// One level a candidate, in order.
    pub(super) each: Vec<Vec<Level>>,
    /// Whether regions were taken a few at a time (`contest`).
    pub(super) by_contest: bool,
}

impl States {
    /// For `count` candidates.
    pub(super) fn of(shape: Shape, count: usize) -> Self {
        let mut states = Self::default();
        states.last_resorts(shape, count);
        let wide = match shape {
            Shape::Ordered => count > WIDEST_ORDER,
            Shape::Spread => count > WIDEST_SPREAD,
        };
        let most = match (wide, shape) {
            (false, _) => count,
            (true, Shape::Ordered) if count > MANY => 1,
            (true, _) => 2,
        };
        states.by_contest = wide;
        match shape {
            Shape::Ordered => states.in_order(&mut vec![Level::Down; count], 0, most),
            Shape::Spread => states.spread(&mut vec![Level::Down; count], 0, most),
        }
        states
    }

    /// A level each, as the choice here holds it: what the lemmas make equal becomes equal.
    pub(super) fn normal(shape: Shape, levels: &[Level]) -> Vec<Level> {
        let mut normal: Vec<Level> = levels.iter().map(|level| level.twin()).collect();
        let eligible = |level: &Level| matches!(level, Level::Reduced | Level::Full);
        if !normal.iter().any(eligible) && normal.contains(&Level::Held) {
            normal.iter_mut().filter(|level| **level != Level::Held).for_each(|level| *level = Level::Down);
        }
        if normal.iter().any(eligible) {
            normal.iter_mut().filter(|level| !eligible(level)).for_each(|level| *level = Level::Down);
            if let (Shape::Ordered, Some(full)) =
                (shape, normal.iter().position(|level| *level == Level::Full))
            {
                normal[full + 1..].fill(Level::Down);
            }
        }
        normal
    }

    /// Reduced or down, up to the first that is up.
    fn in_order(&mut self, levels: &mut Vec<Level>, at: usize, most: usize) {
        let reduced = levels[..at].iter().filter(|level| **level == Level::Reduced).count();
        if at == levels.len() {
            if reduced > 0 {
                self.each.push(levels.clone());
            }
            return;
        }
        let mut full = levels.clone();
        full[at..].fill(Level::Full);
        self.each.push(full);
        self.in_order(levels, at + 1, most);
        if reduced < most {
            levels[at] = Level::Reduced;
            self.in_order(levels, at + 1, most);
            levels[at] = Level::Down;
        }
    }

    /// Up, reduced or down, each.
    fn spread(&mut self, levels: &mut Vec<Level>, at: usize, most: usize) {
        let eligible = levels[..at].iter().filter(|level| **level != Level::Down).count();
        if at == levels.len() {
            if eligible > 0 {
                self.each.push(levels.clone());
            }
            return;
        }
        self.spread(levels, at + 1, most);
        if eligible < most {
            for level in [Level::Reduced, Level::Full] {
                levels[at] = level;
                self.spread(levels, at + 1, most);
            }
            levels[at] = Level::Down;
        }
    }

    /// Nothing is eligible: who is down, and whom an operator took out; or who is down, and who is held back.
    fn last_resorts(&mut self, shape: Shape, count: usize) {
        for (other, first) in [(Level::Drained, 0), (Level::Held, 1)] {
            if count <= WIDEST_LAST_RESORT {
                let level = |bits: usize, at: usize| if bits >> at & 1 == 1 { other } else { Level::Down };
                let all =
                    (first..1_usize << count).map(|bits| (0..count).map(|at| level(bits, at)).collect());
                self.each.extend(all);
                continue;
            }
            let (taken, left) = (other.max(Level::Down), other.min(Level::Down));
            self.each.push(vec![Level::Drained; count]);
            for at in 0..count {
                let mut levels = vec![left; count];
                levels[at] = taken;
                self.each.push(levels.clone());
                levels[at..].fill(taken);
                self.each.push(levels);
            }
            self.by_contest |= shape == Shape::Spread;
        }
    }
}

impl Level {
    /// The level that it cannot be told from.
    pub(super) const fn twin(self) -> Self {
        match self {
            Self::Weightless => Self::Down,
            Self::ForcedDown => Self::Drained,
            level => level,
        }
    }
}

/// More candidates than this are taken a few at a time.
const WIDEST_ORDER: usize = 8;
const WIDEST_SPREAD: usize = 5;
/// Last resorts build no tables, so more of them are run.
const WIDEST_LAST_RESORT: usize = 10;
/// Of more candidates than this, in an order, one is reduced at a time.
const MANY: usize = 40;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::region::{RegionId, RegionSet};
    use crate::steer::{FenceId, Portions, Route, SLOTS, Spread, State, Tables, View, decide_with, seed};

    /// A world of five regions: who is where in the order, which ones the fence allows, how slots are spread.
    #[derive(Clone, Debug)]
    struct World {
        order: Vec<u16>,
        allowed: Vec<u16>,
        spread: Spread,
        levels: Vec<Level>,
    }

    impl World {
        fn route(&self, levels: &[Level]) -> Route {
            self.route_with(levels, &mut Tables::default())
        }

        fn route_with(&self, levels: &[Level], tables: &mut Tables) -> Route {
            let view = View {
                order: self.order.iter().copied().map(RegionId).collect(),
                allowed: self.allowed.iter().copied().map(RegionId).collect(),
                fences: Box::new([FenceId(0)]),
                sink: Some(FenceId(0)),
            };
            let state = |(at, level): (usize, &Level)| level.state(seed(&format!("region-{at}")));
            let states: Vec<State> = levels.iter().enumerate().map(state).collect();
            decide_with(&view, &self.spread, &states, tables)
        }

        /// Who holds each slot when the regions are at these levels.
        fn holders(&self, levels: &[Level]) -> Vec<Option<RegionId>> {
            let route = self.route(levels);
            (0..SLOTS as u16).map(|slot| route.at(slot).map(|(region, _)| region)).collect()
        }

        /// The regions that may answer, best first.
        fn candidates(&self) -> Vec<usize> {
            let allowed: RegionSet = self.allowed.iter().copied().map(RegionId).collect();
            let best_first = self.order.iter().filter(|region| allowed.contains(RegionId(**region)));
            best_first.map(|region| usize::from(*region)).collect()
        }

        fn shape(&self) -> Shape {
            if self.spread == Spread::Ordered { Shape::Ordered } else { Shape::Spread }
        }

        fn eligible(&self) -> usize {
            let eligible = |at: &usize| self.levels[*at] >= Level::Reduced;
            self.candidates().into_iter().filter(eligible).count()
        }
    }

    fn world() -> impl Strategy<Value = World> {
        let order = Just((0..5).collect::<Vec<u16>>()).prop_shuffle();
        let allowed = prop::sample::subsequence((0..5).collect::<Vec<u16>>(), 1..=5);
        let weights = prop::collection::vec(prop::sample::select(vec![1.0, 3.0]), 5);
        let portions = Portions { canary: Some((RegionId(1), 0.02)), trickle: Some((RegionId(0), 0.01)) };
        let weighted = weights.prop_map(|each| Spread::Weighted(each.into()));
        let spread = prop_oneof![Just(Spread::Ordered), Just(Spread::Portioned(portions)), weighted];
        let levels = prop::collection::vec(prop::sample::select(Level::ALL.to_vec()), 5);
        (order, allowed, spread, levels).prop_map(|(order, allowed, spread, levels)| World {
            order,
            allowed,
            spread,
            levels,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { max_global_rejects: 16_384, ..ProptestConfig::default() })]
        #[test]
        fn twins_a_level_is_as_its_twin(world in world()) {
            let twins: Vec<Level> = world.levels.iter().map(|level| level.twin()).collect();
            prop_assert_eq!(world.route(&twins), world.route(&world.levels));
        }

        #[test]
        fn equal_tables_what_was_decided_before_changes_no_route(worlds in prop::collection::vec(world(), 1..8)) {
            let mut tables = Tables::default();
            for world in &worlds {
                prop_assert_eq!(world.route_with(&world.levels, &mut tables), world.route(&world.levels));
            }
        }

        #[test]
        fn outside_a_region_outside_changes_nothing(world in world(), other in prop::sample::select(Level::ALL.to_vec())) {
            let inside = world.candidates();
            let mut changed = world.levels.clone();
            (0..5).filter(|at| !inside.contains(at)).for_each(|at| changed[at] = other);
            prop_assert_eq!(world.route(&changed), world.route(&world.levels));
        }

        #[test]
        fn absent_and_first_full_what_is_made_normal_holds_the_same_slots(world in world()) {
            let candidates = world.candidates();
            let levels: Vec<Level> = candidates.iter().map(|at| world.levels[*at]).collect();
            let mut normal = world.levels.clone();
            let each = candidates.iter().zip(States::normal(world.shape(), &levels));
            each.for_each(|(at, level)| normal[*at] = level);
            prop_assert_eq!(world.holders(&normal), world.holders(&world.levels));
        }

        #[test]
        fn last_resort_behind_the_first_that_nobody_took_out_nothing_matters(world in world(), other in 0..3_usize) {
            prop_assume!(world.shape() == Shape::Ordered);
            let mut levels: Vec<Level> = world.levels.iter().map(|level| (*level).min(Level::Down)).collect();
            let expected = world.holders(&levels);
            let candidates = world.candidates();
            if let Some(first) = candidates.iter().position(|at| levels[*at] == Level::Down) {
                candidates[first + 1..].iter().for_each(|at| levels[*at] = Level::ALL[other]);
            }
            prop_assert_eq!(world.holders(&levels), expected);
        }

        #[test]
        fn contest_who_holds_a_slot_holds_it_among_fewer(world in world(), without in 0..5_usize) {
            prop_assume!(world.eligible() > 1);
            let all = world.holders(&world.levels);
            let mut levels = world.levels.clone();
            levels[without] = Level::Down;
            prop_assume!(world.candidates().iter().any(|at| levels[*at] >= Level::Reduced));
            let fewer = world.holders(&levels);
            for (slot, (all, fewer)) in all.iter().zip(&fewer).enumerate() {
                let left = all.is_some_and(|region| region.index() == without);
                prop_assert!(left || all == fewer, "slot {}: {:?}, without {}: {:?}", slot, all, without, fewer);
            }
        }
    }

    #[test]
    fn every_state_of_a_few_regions_stands_for_itself_or_for_its_equals() {
        for (shape, count, reduced) in [(Shape::Ordered, 3, 29), (Shape::Spread, 3, 41)] {
            let states = States::of(shape, count);
            let mut distinct: Vec<_> =
                states.each.iter().map(|levels| States::normal(shape, levels)).collect();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!((states.each.len(), distinct.len()), (reduced, reduced), "{shape:?}");
            for code in 0..7_usize.pow(count as u32) {
                let levels: Vec<Level> =
                    (0..count as u32).map(|at| Level::ALL[code / 7_usize.pow(at) % 7]).collect();
                let normal = States::normal(shape, &levels);
                assert!(distinct.binary_search(&normal).is_ok(), "{shape:?}: {levels:?} → {normal:?}");
            }
        }
    }

    #[test]
    fn many_regions_are_taken_a_few_at_a_time_and_that_is_said() {
        for shape in [Shape::Ordered, Shape::Spread] {
            assert!(!States::of(shape, 5).by_contest);
            let many = States::of(shape, 12);
            assert!(many.by_contest && many.each.len() < 6_000, "{shape:?}: {}", many.each.len());
        }
    }
}
