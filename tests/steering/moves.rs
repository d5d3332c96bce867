//! How traffic moves away and back: at once, after a while, slowly, or on an operator's word only.

use meridian::steer::Reason;
use meridian::world::{Alarm, AlarmKind, OverrideKind};

use super::stage::{GERMAN, Stage, compiled};

const API: Option<&str> = Some("api.example.com");

fn service(more: &str) -> String {
    format!(
        "[services.\"api.example.com\"]\nregions = [\"eu\", \"ie\", \"us\"]\nstrategy = \"failover\"\n{more}\n"
    )
}

#[test]
fn traffic_comes_back_at_once_where_nothing_else_is_said() {
    let mut stage = Stage::new(&service(""));
    stage.fall("eu");
    stage.pass(10);
    stage.rise("eu");
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
    assert_eq!(stage.tick(100), 0, "nothing moves with time alone");
}

#[test]
fn traffic_waits_for_the_delay_of_the_failback() {
    let mut stage = Stage::new(&service("failback = { delay = \"60s\" }"));
    stage.fall("eu");
    stage.pass(10);
    stage.rise("eu");
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover));
    assert_eq!(stage.ttl(GERMAN), 30);
    assert_eq!(stage.tick(50), 0);
    assert_eq!(stage.ttl(GERMAN), 10, "the way back is pending");
    assert_eq!(stage.tick(10), 1);
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
}

#[test]
fn what_is_held_back_still_serves_before_a_last_resort() {
    let mut stage = Stage::new(&service("failback = { delay = \"60s\" }"));
    stage.fall("eu");
    stage.rise("eu");
    stage.fall("ie");
    stage.fall("us");
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
}

#[test]
fn a_region_that_flaps_waits_longer_each_time() {
    let mut stage = Stage::new(&service(""));
    let mut waits = Vec::new();
    for _ in 0..4 {
        stage.fall("eu");
        stage.rise("eu");
        let mut waited = 0;
        while stage.region_of(GERMAN) != "eu" {
            stage.tick(1);
            waited += 1;
        }
        waits.push(waited);
    }
    assert_eq!(waits, [0, 0, 30, 60]);
    let alarms = stage.world.status(stage.now).alarms;
    let flaps = |alarm: &Alarm| alarm.kind == AlarmKind::RegionFlaps && &*alarm.subject == "eu";
    assert!(alarms.iter().any(flaps), "{alarms:?}");
}

#[test]
fn a_slow_start_raises_the_share_second_by_second() {
    let mut stage = Stage::new(&service("slow_start = \"64s\""));
    stage.fall("eu");
    stage.rise("eu");
    assert_eq!(stage.slots(GERMAN).get("eu"), None, "it starts from nothing");
    assert_eq!(stage.ttl(GERMAN), 5, "while shares move nothing is kept for long");
    assert_eq!(stage.tick(16), 16);
    assert_eq!(stage.slots(GERMAN), [("eu".to_owned(), 1_024), ("ie".to_owned(), 3_072)].into());
    stage.tick(48);
    assert_eq!(stage.slots(GERMAN), [("eu".to_owned(), 4_096)].into());
    assert_eq!((stage.tick(100), stage.ttl(GERMAN)), (0, 30));
}

#[test]
fn a_manual_failover_waits_for_an_operator() {
    let mut stage = Stage::new(&service("failover = \"manual\""));
    stage.fall("eu");
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
    stage.order("eu", OverrideKind::ForceDown, API, 600);
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover));
}

#[test]
fn a_manual_failback_waits_for_an_operator_and_survives_a_restart() {
    let config = service("failback = { mode = \"manual\" }");
    let mut stage = Stage::new(&config);
    stage.fall("eu");
    assert!(
        stage
            .events
            .iter()
            .any(|event| event.to_string().starts_with("hold eu for api.example.com by meridian"))
    );
    stage.rise("eu");
    stage.tick(4_000);
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover));

    stage.restart(&config);
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover), "after a restart");

    let released = stage.world.impose(stage.word("eu", OverrideKind::ForceUp, API, 60), stage.now);
    assert_eq!(released.len(), 1);
    stage.publish();
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
    stage.pass(60);
    assert_eq!(stage.world.expire(stage.now).len(), 1);
    stage.publish();
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred), "it follows its verdict again");
    stage.fall("eu");
    stage.rise("eu");
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover), "and is held when it falls again");
}

#[test]
fn a_canary_gets_its_share_and_a_standby_its_trickle() {
    let stage = Stage::new(&service("canary = { region = \"us\", share = \"2%\" }\ntrickle = \"1%\""));
    let slots = stage.slots(GERMAN);
    assert_eq!(slots["us"], 82);
    assert!((36..=41).contains(&slots["ie"]), "{slots:?}");
    assert_eq!(slots.values().sum::<usize>(), 4_096);
}

#[test]
fn a_reload_keeps_what_a_region_did() {
    let config = service("failback = { delay = \"60s\" }");
    let mut stage = Stage::new(&config);
    stage.fall("eu");
    stage.rise("eu");
    stage.world.reload(compiled(&config, &[]), stage.now);
    stage.publish();
    assert_eq!(stage.region_of(GERMAN), "ie");
}

#[test]
fn a_restart_neither_shortens_a_wait_nor_skips_a_slow_start() {
    let config = service("failback = { delay = \"60s\" }\nslow_start = \"64s\"");
    let mut stage = Stage::new(&config);
    stage.fall("eu");
    stage.rise("eu");
    stage.tick(50);
    stage.restart(&config);
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover), "10 s are left");
    stage.tick(9);
    assert_eq!(stage.region_of(GERMAN), "ie");
    stage.tick(1 + 16);
    assert_eq!(stage.slots(GERMAN)["eu"], 1_024, "a quarter of the slow start");
    stage.restart(&config);
    assert_eq!(stage.slots(GERMAN)["eu"], 1_024, "where it was");
    stage.tick(48);
    assert_eq!(stage.slots(GERMAN)["eu"], 4_096);
}

#[test]
fn a_region_that_flaps_waits_as_long_after_a_restart() {
    let config = service("");
    let mut stage = Stage::new(&config);
    for _ in 0..4 {
        stage.fall("eu");
        stage.rise("eu");
    }
    stage.tick(20);
    stage.restart(&config);
    assert_eq!(stage.region_of(GERMAN), "ie", "60 s, of which 20 have passed");
    stage.tick(39);
    assert_eq!(stage.region_of(GERMAN), "ie");
    stage.tick(1);
    assert_eq!(stage.region_of(GERMAN), "eu");
    stage.fall("eu");
    stage.rise("eu");
    stage.tick(89);
    assert_eq!(stage.region_of(GERMAN), "ie", "the next wait is longer still");
    stage.tick(1);
    assert_eq!(stage.region_of(GERMAN), "eu");
}

#[test]
fn a_hold_ends_and_is_told_when_failback_is_manual_no_more() {
    let manual = service("failback = { mode = \"manual\" }");
    let mut stage = Stage::new(&manual);
    stage.fall("eu");
    stage.rise("eu");
    assert_eq!(stage.world.end_groundless_holds(), []);
    stage.world.reload(compiled(&service(""), &[]), stage.now);
    let ended = stage.world.end_groundless_holds();
    assert_eq!(ended.iter().map(|hold| hold.kind).collect::<Vec<_>>(), [OverrideKind::Hold]);
    stage.world.reload(compiled(&manual, &[]), stage.now);
    stage.publish();
    assert_eq!(stage.region_of(GERMAN), "eu", "and does not come back with the manual failback");
}

#[test]
fn a_standby_whose_database_is_behind_is_promoted_by_an_operator_only() {
    let config = service("max_lag = \"30s\"");
    let mut stage = Stage::new(&config);
    stage.lag("ie", 95);
    stage.lag("us", 5);
    stage.fall("eu");
    assert_eq!(stage.region_of(GERMAN), "us", "ie is passed over");
    stage.fall("us");
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::LastResort), "and is no last resort either");
    stage.restart(&config);
    stage.lag("ie", 0);
    assert_eq!(
        stage.region_of(GERMAN),
        "eu",
        "neither a restart nor a replica that has nothing to follow moves it"
    );
    stage.order("ie", OverrideKind::ForceUp, API, 3_600);
    assert_eq!(stage.region_of(GERMAN), "ie");
}

#[test]
fn a_hold_on_a_standby_ends_when_what_fell_is_back() {
    let mut stage = Stage::new(&service("max_lag = \"30s\""));
    stage.lag("ie", 95);
    stage.fall("eu");
    assert_eq!(stage.world.end_groundless_holds(), []);
    stage.rise("eu");
    let ended = stage.world.end_groundless_holds();
    assert_eq!(
        ended.iter().map(|hold| (hold.kind, &*hold.region)).collect::<Vec<_>>(),
        [(OverrideKind::Hold, "ie")]
    );
    stage.lag("ie", 0);
    stage.fall("eu");
    assert_eq!(stage.region_of(GERMAN), "ie", "one that is not behind is promoted at once");
}
