//! Gradual drains: the share goes evenly and for good, comes back by the slow start, and a restart changes nothing.

use std::sync::Arc;

use meridian::steer::{Reason, ServiceId};
use meridian::world::{Override, OverrideKind, Place, Push, PushedState, Ramp, Sort};
use proptest::prelude::*;

use super::stage::{GERMAN, Stage};

fn service(more: &str) -> String {
    format!(
        "[services.\"api.example.com\"]\nregions = [\"eu\", \"ie\", \"us\"]\nstrategy = \"failover\"\n\
         ttl = {{ min = \"5s\", max = \"30s\" }}\n{more}\n[safety]\nmin_regions = 2\n"
    )
}

/// A drain over `over` seconds as the director takes it.
fn drain(stage: &mut Stage, over: u64, seconds: u64) -> Override {
    let ramp = Ramp { since: stage.now.unix, gone: stage.now.unix + over };
    let word = stage.word("eu", OverrideKind::Drain, None, seconds);
    let word = stage.world.settle(Override { gradual: Some(ramp), ..word });
    stage.world.impose(word.clone(), stage.now);
    stage.publish();
    word
}

fn undrain(stage: &mut Stage) {
    let place = Place { region: "eu".into(), service: None, sort: Sort::Drain };
    stage.world.lift(&place, stage.now).unwrap();
    stage.publish();
}

fn of_eu(stage: &Stage) -> usize {
    stage.slots(GERMAN).get("eu").copied().unwrap_or_default()
}

#[test]
fn a_gradual_drain_takes_the_share_away_evenly() {
    let mut stage = Stage::new(&service(""));
    drain(&mut stage, 64, 3_600);
    assert_eq!(stage.ttl(GERMAN), 5, "while shares move nothing is kept for long");
    assert_eq!(stage.tick(16), 16);
    assert_eq!(stage.slots(GERMAN), [("eu".to_owned(), 3_072), ("ie".to_owned(), 1_024)].into());
    stage.tick(32);
    assert_eq!(of_eu(&stage), 1_024);
    stage.tick(16);
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover));
    assert_eq!((stage.tick(1_000), stage.ttl(GERMAN)), (0, 30), "nothing moves any more");
}

#[test]
fn a_restart_in_the_middle_goes_on_where_it_was() {
    let config = service("");
    let mut stage = Stage::new(&config);
    drain(&mut stage, 64, 3_600);
    stage.tick(16);
    let before = stage.holders(GERMAN);
    stage.restart(&config);
    assert_eq!(stage.holders(GERMAN), before);
    stage.pass(16);
    stage.restart(&config);
    assert_eq!(of_eu(&stage), 2_048, "also when the process was away for a while");
}

#[test]
fn a_drain_that_ends_gives_the_share_back_by_the_slow_start() {
    let config = service("slow_start = \"64s\"");
    let mut stage = Stage::new(&config);
    drain(&mut stage, 64, 3_600);
    stage.tick(32);
    undrain(&mut stage);
    assert_eq!(of_eu(&stage), 2_048, "from what is left");
    stage.tick(16);
    assert_eq!(of_eu(&stage), 3_072);
    stage.restart(&config);
    assert_eq!(of_eu(&stage), 3_072, "a restart neither skips nor repeats it");
    stage.tick(16);
    assert_eq!((of_eu(&stage), stage.tick(100)), (4_096, 0));

    stage.order("eu", OverrideKind::Drain, None, 100);
    stage.tick(99);
    assert_eq!(of_eu(&stage), 0);
    stage.tick(1);
    assert_eq!(of_eu(&stage), 0, "an expiry gives it back from nothing");
    stage.tick(16);
    assert_eq!(of_eu(&stage), 1_024);
}

#[test]
fn an_extended_drain_goes_on_as_it_does() {
    let mut stage = Stage::new(&service(""));
    let first = drain(&mut stage, 64, 100);
    stage.tick(32);
    let longer = drain(&mut stage, 64, 7_200);
    assert_eq!((longer.gradual, of_eu(&stage)), (first.gradual, 2_048));
    stage.tick(32);
    assert_eq!(of_eu(&stage), 0);
    let again = drain(&mut stage, 64, 7_200);
    assert_eq!(
        (again.gradual, of_eu(&stage)),
        (first.gradual, 0),
        "what is gone does not come back to go again"
    );
}

#[test]
fn a_gradual_drain_is_judged_by_its_end() {
    let mut stage = Stage::new(&service(""));
    let gradual = Some(Ramp { since: stage.now.unix, gone: stage.now.unix + 600 });
    let slowly = |stage: &Stage, region: &str| Override {
        gradual,
        ..stage.word(region, OverrideKind::Drain, None, 3_600)
    };
    let one = slowly(&stage, "eu");
    assert_eq!(stage.world.judge(std::slice::from_ref(&one), &[], stage.now), Ok(vec![]));
    stage.world.impose(one, stage.now);
    stage.publish();
    assert_eq!(of_eu(&stage), 4_095, "it still serves");
    let refusal = stage.world.judge(&[slowly(&stage, "ie")], &[], stage.now).unwrap_err();
    assert_eq!(refusal.rule(), Some("min_regions"));
}

#[test]
fn a_region_that_falls_while_it_is_drained_does_not_come_back() {
    let mut stage = Stage::new(&service(""));
    drain(&mut stage, 64, 3_600);
    stage.tick(16);
    stage.fall("eu");
    stage.rise("eu");
    assert_eq!(of_eu(&stage), 0);
}

#[test]
fn nothing_is_rebuilt_while_nothing_moves() {
    let mut stage = Stage::new(&service(""));
    stage.order("eu", OverrideKind::Drain, None, 3_600);
    stage.order("ie", OverrideKind::ForceUp, Some("api.example.com"), 3_600);
    let push = Push {
        region: "us".into(),
        source: "pod-7".into(),
        weight: None,
        load: None,
        state: Some(PushedState::Drain),
        sequence: None,
        until: stage.now.unix + 3_600,
    };
    stage.world.push(push, stage.now).unwrap();
    stage.publish();
    let board = Arc::clone(stage.snapshot.board(ServiceId(0)).unwrap());
    for millisecond in 0..50_u64 {
        // The two clocks are read together and turn their seconds at different moments.
        stage.now.monotonic += std::time::Duration::from_millis(137);
        stage.now.unix = 1_700_000_000 + (450 + (millisecond + 1) * 137) / 1_000;
        assert!(!stage.world.tick(stage.now).moved);
        stage.publish();
        assert!(
            Arc::ptr_eq(&board, stage.snapshot.board(ServiceId(0)).unwrap()),
            "publication {millisecond}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever else happens to a region on its way out, a slot that has left it stays away.
    #[test]
    fn no_slot_moves_twice_during_a_ramp(
        over in 10_u64..120,
        rising in 0_u64..80,
        spills in any::<bool>(),
        acts in prop::collection::vec((1_u64..20, 0_u8..6), 1..12),
    ) {
        let spill = if spills { "spill = { low = 0.5, high = 0.9 }" } else { "" };
        let config = service(&format!("slow_start = \"80s\"\n{spill}"));
        let mut stage = Stage::new(&config);
        stage.fall("eu");
        stage.rise("eu");
        stage.tick(rising);
        drain(&mut stage, over, 3_600);
        let eu = stage.region("eu");
        let mut before = stage.holders(GERMAN);
        for (seconds, act) in acts {
            match act {
                // What load has moved on is not kept: a restart learns it anew.
                0 if !spills => stage.restart(&config),
                1 => drop(drain(&mut stage, over, 3_600)),
                2 => stage.fall("eu"),
                3 => stage.rise("eu"),
                4 => stage.world.load(eu, 1.3, stage.now),
                _ => stage.world.load(eu, 0.1, stage.now),
            }
            for _ in 0..seconds {
                stage.tick(1);
                let now = stage.holders(GERMAN);
                let back = (0..4_096).find(|slot| before[*slot] != eu && now[*slot] == eu);
                prop_assert_eq!(back, None, "a slot came back after {}", act);
                before = now;
            }
        }
    }
}
