//! The judgement over simulated hours, with fewer seeds than the command; and its properties.
#![allow(clippy::unwrap_used)] // every line here is a test

#[path = "../examples/health_simulation/chance.rs"]
mod chance;
#[path = "../examples/health_simulation/gateway.rs"]
mod gateway;
#[path = "../examples/health_simulation/run.rs"]
mod run;
#[path = "../examples/health_simulation/table.rs"]
mod table;

use std::time::Duration;

use meridian::health::{
    FaultClass, Ground, Judgement, Layer, Observation, Reading, RegionHealth, Turn, Vantage, VantageId,
    Verdict,
};
use meridian::now::Now;
use meridian::region::RegionId;
use proptest::prelude::*;

#[test]
fn where_no_action_is_right_none_is_taken() {
    let rows = table::rows().into_iter().filter(|row| row.bounds.acts == (0.0, 0.0));
    for row in rows {
        let found = row.play(2);
        assert_eq!(found.lost(&row.bounds), Vec::<String>::new(), "{} ({})", row.name, row.reference);
    }
}

#[test]
fn hard_faults_are_acted_on_in_time_and_change_a_verdict_twice() {
    let hard = ["hard down", "hard down, black hole", "all drain", "one vantage: hard down"];
    for row in table::rows().into_iter().filter(|row| hard.contains(&row.name)) {
        let found = row.play(5);
        let bounds = table::Bounds { median: row.bounds.p90, ..row.bounds };
        assert_eq!(found.lost(&bounds), Vec::<String>::new(), "{} ({})", row.name, row.reference);
        assert!(found.back <= 60.0, "{}: back after {} s", row.name, found.back);
    }
}

#[test]
fn a_target_that_fails_half_its_rounds_for_ten_minutes_changes_at_most_twice_an_hour() {
    for seed in 0..1_000 {
        let changes = run::restless(0.5, seed);
        assert!(changes <= 2, "seed {seed}: {changes} changes");
    }
}

fn observation(vantage: u8, region: u16, layer: Layer, result: Result<(), FaultClass>) -> Observation {
    Observation {
        vantage: VantageId(vantage),
        region: RegionId(region),
        endpoint: 0,
        layer,
        result,
        took: Duration::from_millis(5),
        reading: Reading::Nothing,
    }
}

fn at(second: u64) -> Now {
    Now { monotonic: Duration::from_secs(second), unix: 1_790_000_000 + second }
}

/// A judgement of three regions by so many vantages.
struct Court {
    plans: Vec<meridian::health::ProbePlan>,
    regions: Vec<meridian::region::Region>,
    vantages: Vec<Vantage>,
    judgement: Judgement,
}

impl Court {
    fn new(vantages: usize) -> Self {
        let plans = vec![run::plan(false)];
        let regions: Vec<_> = (0..3).map(run::region).collect();
        let vantages = vec![Vantage::default(); vantages];
        let ground = Ground { regions: &regions, plans: &plans, vantages: &vantages };
        let health = || RegionHealth::new(&[Verdict::Up], 100, 1, vantages.len(), 0);
        let judgement = Judgement::new((0..3).map(|_| health()).collect(), &ground);
        Self { plans, regions, vantages, judgement }
    }

    fn take(&mut self, seen: &[Observation], now: Now) -> Vec<Turn> {
        let ground = Ground { regions: &self.regions, plans: &self.plans, vantages: &self.vantages };
        let mut turns = self.judgement.take(seen, &ground, now).turns;
        turns.extend(self.judgement.tick(&ground, now).turns);
        turns
    }

    /// What steering gives a region of its share.
    fn worth(&self, region: usize) -> u8 {
        let health = &self.judgement.regions()[region];
        if health.verdict() == Verdict::Down { 0 } else { health.weight() }
    }
}

fn results() -> impl Strategy<Value = Result<(), FaultClass>> {
    prop_oneof![
        3 => Just(Ok(())),
        1 => Just(Err(FaultClass::Refused)),
        1 => Just(Err(FaultClass::Gateway)),
        1 => Just(Err(FaultClass::Capacity)),
        1 => Just(Err(FaultClass::Database)),
    ]
}

fn layers() -> impl Strategy<Value = Layer> {
    prop::sample::select(vec![Layer::Tcp, Layer::Liveliness, Layer::Readiness, Layer::Completion])
}

/// What a completion comes to before more of them fail.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Completes {
    Promptly,
    Late,
    Not,
}

fn completion() -> impl Strategy<Value = Completes> {
    prop_oneof![6 => Just(Completes::Promptly), 1 => Just(Completes::Late), 2 => Just(Completes::Not)]
}

/// A stretch of completions of one kind: well for long, or failing in part; with the gaps between them.
fn stretch() -> impl Strategy<Value = Vec<(u64, Completes, bool)>> {
    let well = prop::collection::vec((4_u64..8, Just(Completes::Promptly), Just(false)), 1..120);
    let rarely = prop_oneof![15 => Just(Completes::Promptly), 1 => Just(Completes::Not)];
    let rare = prop::collection::vec((4_u64..8, rarely, prop::bool::weighted(0.3)), 1..150);
    let often = prop::collection::vec((1_u64..31, completion(), any::<bool>()), 1..60);
    prop_oneof![well, rare, often]
}

/// What three vantages see of three regions at one moment.
fn moment() -> impl Strategy<Value = Vec<Observation>> {
    let one = (0_u8..3, 0_u16..3, layers(), results())
        .prop_map(|(vantage, region, layer, result)| observation(vantage, region, layer, result));
    prop::collection::vec(one, 0..12)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_order_of_simultaneous_observations_gives_the_same_verdicts(
        trail in prop::collection::vec(moment().prop_flat_map(|seen| (Just(seen.clone()), Just(seen).prop_shuffle())), 1..60)
    ) {
        let (mut one, mut other) = (Court::new(3), Court::new(3));
        for (step, (seen, shuffled)) in (1..).zip(&trail) {
            let now = at(step * 7);
            prop_assert_eq!(one.take(seen, now), other.take(shuffled, now));
        }
    }

    #[test]
    fn more_failure_never_raises_a_weight(
        (trail, fault) in (
            prop::collection::vec(stretch(), 1..6).prop_map(|stretches| stretches.concat()),
            prop::sample::select(vec![FaultClass::Gateway, FaultClass::Capacity, FaultClass::Database]),
        )
    ) {
        let (mut less, mut more) = (Court::new(1), Court::new(1));
        let mut second = 0;
        for (step, (gap, seen, also)) in trail.into_iter().enumerate() {
            second += gap;
            let at_all = |also: bool| if also || seen == Completes::Not { Err(fault) } else { Ok(()) };
            let told = |also: bool| {
                let first = Reading::FirstToken(Duration::from_secs(if seen == Completes::Late { 7 } else { 1 }));
                let own = Observation { reading: first, ..observation(0, 0, Layer::Completion, at_all(also)) };
                let hard = (0..3).map(|region| observation(0, region, Layer::Liveliness, Ok(())));
                hard.chain((1..3).map(|region| observation(0, region, Layer::Completion, Ok(())))).chain([own]).collect()
            };
            let also = also && seen == Completes::Promptly;
            let (told_less, told_more): (Vec<_>, Vec<_>) = (told(false), told(also));
            less.take(&told_less, at(second));
            more.take(&told_more, at(second));
            let (less, more) = (less.worth(0), more.worth(0));
            prop_assert!(more <= less, "{more} where less failure gives {less}, in step {step} at {second} s");
        }
    }

    #[test]
    fn one_liar_of_five_vantages_changes_nothing(lies in prop::collection::vec(any::<bool>(), 120), dies in 20_usize..60) {
        let mut court = Court::new(5);
        for (step, lie) in lies.iter().enumerate() {
            let told = |up: bool| if up { Ok(()) } else { Err(FaultClass::Refused) };
            let seen: Vec<Observation> = (0..5)
                .flat_map(|vantage| (0..3).map(move |region| (vantage, region)))
                .map(|(vantage, region)| {
                    let truth = region != 0 || step < dies;
                    let up = if vantage == 4 { *lie } else { truth };
                    observation(vantage, region, Layer::Liveliness, told(up))
                })
                .collect();
            court.take(&seen, at(step as u64 * 5));
            let verdict = court.judgement.regions()[0].verdict();
            prop_assert!(step >= dies + 3 || verdict == Verdict::Up, "{verdict} at {step}, dead from {dies}");
            prop_assert!(step < dies + 8 || verdict == Verdict::Down, "{verdict} at {step}, dead from {dies}");
            prop_assert_eq!(court.judgement.regions()[1].verdict(), Verdict::Up);
        }
    }
}
