//! A budget of queries: what is asked more often may be kept for longer, and says so.

use meridian::answer::{Question, explain};
use meridian::steer::{ServiceId, TtlBounds};
use meridian::world::{AlarmKind, OverrideKind};
use meridian::zone::Rtype;

use super::stage::{GERMAN, Stage, compiled};

const CONFIG: &str = "
[services.\"api.example.com\"]
regions = [\"eu\", \"ie\", \"us\"]
strategy = \"nearest\"
budget = 1000
ttl = { min = \"5s\", max = \"60s\" }
[services.\"other.example.com\"]
regions = [\"eu\", \"ie\", \"us\"]
strategy = \"nearest\"
ttl = { min = \"5s\", max = \"60s\" }
";
const API: ServiceId = ServiceId(0);
const OTHER: ServiceId = ServiceId(1);

impl Stage {
    /// Tells of a load, then publishes where that moved something; whether it did.
    fn ask(&mut self, service: ServiceId, load: f64) -> bool {
        let moved = self.world.ask(service, load, self.now);
        if moved {
            self.publish();
        }
        moved
    }

    fn alarms(&self) -> Vec<String> {
        let alarms = self.world.status(self.now).alarms.into_iter();
        let of_budgets = alarms.filter(|alarm| alarm.kind == AlarmKind::BudgetExceeded);
        of_budgets.map(|alarm| alarm.evidence.into()).collect()
    }
}

#[test]
fn a_load_above_the_budget_raises_the_ttl_of_an_answer_that_is_about_to_change() {
    let mut stage = Stage::new(CONFIG);
    stage.order("eu", OverrideKind::Drain, None, 8);
    assert_eq!(stage.ttl(GERMAN), 8, "the drain ends then");
    assert!(!stage.ask(API, 1_000.0), "the budget is not exceeded by what it allows");
    assert_eq!((stage.ttl(GERMAN), stage.alarms()), (8, vec![]));

    assert!(stage.ask(API, 4_000.0));
    assert_eq!(stage.ttl(GERMAN), 20);
    assert_eq!(
        stage.alarms(),
        [
            "api.example.com was asked more than its budget of 1000 queries a second, now 4000: its TTL is at least 20 s"
        ]
    );
    let question = Question {
        name: "api.example.com",
        rtype: Rtype::A,
        client: GERMAN.parse().unwrap(),
        resolver: None,
    };
    let why = explain(&stage.snapshot, &question, stage.now).unwrap();
    assert_eq!(why.ttl, 20);
    assert_eq!(&*why.grounds.ttl, "the load is above the budget, so no less; the override of eu ends in 8 s");
    assert_eq!(stage.snapshot.bounds(OTHER), Some(TtlBounds { min: 5, max: 60 }), "of this service alone");
    assert!(!stage.ask(OTHER, 1e9), "a service without a budget has none to exceed");
}

#[test]
fn it_goes_no_higher_than_the_maximum_and_comes_back_with_the_load() {
    let mut stage = Stage::new(CONFIG);
    assert!(stage.ask(API, 1e9));
    assert_eq!(stage.snapshot.bounds(API), Some(TtlBounds { min: 60, max: 60 }));
    assert!(stage.alarms()[0].ends_with("at least 60 s, the maximum: a change may take as long to be seen"));
    let mut least = Vec::new();
    for _ in 0..100 {
        stage.pass(5);
        if stage.ask(API, 10.0) {
            least.push(stage.snapshot.bounds(API).unwrap().min);
        }
    }
    assert_eq!(least, [30, 15, 8, 5]);
    assert_eq!(stage.alarms(), [] as [String; 0]);
}

#[test]
fn nothing_pending_is_answered_with_the_maximum_whatever_the_load() {
    let mut stage = Stage::new(CONFIG);
    assert!(stage.ask(API, 2_000.0));
    assert_eq!(stage.ttl(GERMAN), 60);
}

#[test]
fn a_reload_keeps_what_is_known_within_the_new_bounds() {
    let mut stage = Stage::new(CONFIG);
    assert!(stage.ask(API, 4_000.0));
    stage.world.reload(compiled(&CONFIG.replace("max = \"60s\"", "max = \"15s\""), &[]), stage.now);
    stage.publish();
    assert_eq!(stage.snapshot.bounds(API), Some(TtlBounds { min: 15, max: 15 }));
    stage.world.reload(compiled(&CONFIG.replace("budget = 1000\n", ""), &[]), stage.now);
    stage.publish();
    assert_eq!(stage.snapshot.bounds(API), Some(TtlBounds { min: 5, max: 60 }), "without a budget, none");
    assert_eq!(stage.world.asked().count(), 0);
}

/// The same loads at the same moments make the same pictures, on any machine.
#[test]
fn two_worlds_with_the_same_loads_have_the_same_bounds() {
    let run = || {
        let mut stage = Stage::new(CONFIG);
        let mut bounds = Vec::new();
        for second in 0..400_u32 {
            stage.pass(5);
            stage.ask(API, f64::from(second % 97) * 40.0);
            bounds.push(stage.snapshot.bounds(API));
        }
        bounds
    };
    assert_eq!(run(), run());
}
