//! The wall clock jumps, the monotonic one does not: no verdict and no answer changes. What ends at a wall time (an
//! operator's word) ends when the wall clock says so: that is what its `until` means.

use meridian::health::FaultClass;
use meridian::world::OverrideKind;

use super::stage::{GERMAN, Stage};

const CONFIG: &str = "
[services.\"api.example.com\"]
regions = [\"eu\", \"ie\", \"us\"]
strategy = \"failover\"
failback = { mode = \"auto\", delay = \"60s\" }
ttl = { min = \"5s\", max = \"30s\" }
[fences.gdpr]
clients = [\"@EEA\"]
jurisdictions = [\"EU\"]
unlocated = true
";

const YEAR: i64 = 31_557_600;

/// What clients get, for how long, and what is held of each region.
fn picture(stage: &Stage) -> Vec<String> {
    let answers = [GERMAN, "8.8.8.0/24", "203.0.113.0/24"]
        .map(|client| format!("{client} {:?} for {}", stage.answer(client), stage.ttl(client)));
    let status = stage.world.status(stage.now);
    let verdicts =
        status.regions.iter().map(|region| format!("{} {:?} {}", region.name, region.verdict, region.weight));
    answers.into_iter().chain(verdicts).collect()
}

/// A day in the life: a region falls, comes back, waits for its traffic, gets it; with a jump of the wall clock before
/// each step.
fn day(jumps: [i64; 5]) -> Vec<Vec<String>> {
    let mut stage = Stage::new(CONFIG);
    let mut pictures = Vec::new();
    for (step, jump) in jumps.into_iter().enumerate() {
        stage.now.unix = stage.now.unix.saturating_add_signed(jump);
        stage.tick(3);
        pictures.push(picture(&stage));
        match step {
            0 => stage.see("eu", Err(FaultClass::Refused)),
            2 => stage.rise("eu"),
            1 | 3 => {
                stage.tick(70);
            }
            _ => stage.fall("us"),
        }
        pictures.push(picture(&stage));
    }
    pictures
}

#[test]
fn a_wall_clock_that_jumps_changes_no_verdict_and_no_answer() {
    let steady = day([0; 5]);
    assert_ne!(steady[1], steady[0], "the region that falls is seen to");
    assert_ne!(steady[7], steady[5], "and gets its traffic back");
    for jumps in [
        [3_600, -3_600, 86_400, -86_400, 1],
        [20 * YEAR, -40 * YEAR, 20 * YEAR, 5 * YEAR, -5 * YEAR],
        [-100 * YEAR, 0, 0, 200 * YEAR, 0],
        [i64::MAX, i64::MIN, 7, -7, i64::MAX],
    ] {
        assert_eq!(day(jumps), steady, "{jumps:?}");
    }
}

#[test]
fn an_operators_word_ends_by_the_wall_clock_and_not_before() {
    let mut stage = Stage::new(CONFIG);
    stage.order("eu", OverrideKind::Drain, None, 600);
    assert_eq!(stage.region_of(GERMAN), "ie");
    stage.now.unix -= 3_600;
    stage.tick(1);
    assert_eq!(stage.region_of(GERMAN), "ie", "a clock that was put back makes it longer, not shorter");
    stage.now.unix += 3_600 + 597;
    stage.tick(1);
    assert_eq!(stage.region_of(GERMAN), "ie", "a second is left");
    stage.tick(1);
    assert_eq!(stage.region_of(GERMAN), "eu", "its end is a wall time");
    assert!(stage.world.overrides().next().is_none());
}
