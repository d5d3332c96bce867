//! An operator's word: what it outranks, what it may not break, and what it does to TTLs.

use meridian::world::{Override, OverrideKind, Refusal, Rule};

use super::stage::{GERMAN, Stage};

const FAILOVER: &str = "
[services.\"api.example.com\"]
regions = [\"eu\", \"ie\", \"us\"]
strategy = \"failover\"
ttl = { min = \"5s\", max = \"30s\" }
[fences.gdpr]
clients = [\"@EEA\"]
jurisdictions = [\"EU\"]
unlocated = true
[safety]
min_regions = 1
";

const API: Option<&str> = Some("api.example.com");

#[test]
fn an_operators_word_outranks_the_probes() {
    let mut stage = Stage::new(FAILOVER);
    stage.fall("eu");
    assert_eq!(stage.region_of(GERMAN), "ie");
    stage.order("eu", OverrideKind::ForceUp, None, 600);
    assert_eq!(stage.region_of(GERMAN), "eu");
    stage.order("eu", OverrideKind::ForceDown, API, 600);
    assert_eq!(stage.region_of(GERMAN), "ie", "a word about the service outranks one about all");
    stage.order("eu", OverrideKind::ForceUp, API, 600);
    assert_eq!(stage.region_of(GERMAN), "eu");
    stage.order("eu", OverrideKind::Drain, None, 600);
    assert_eq!(stage.region_of(GERMAN), "ie", "a drain outranks a force");
}

#[test]
fn a_ttl_falls_towards_the_end_of_a_drain() {
    let mut stage = Stage::new(FAILOVER);
    assert_eq!(stage.ttl(GERMAN), 30);
    stage.order("eu", OverrideKind::Drain, None, 20);
    assert_eq!(stage.ttl(GERMAN), 20);
    stage.pass(12);
    assert_eq!(stage.ttl(GERMAN), 8);
    stage.pass(6);
    assert_eq!(stage.ttl(GERMAN), 5, "never under the minimum");
    assert_eq!(stage.ttl("8.8.8.0/24"), 5, "the drained region is theirs too");
    stage.pass(2);
    assert_eq!(stage.world.expire(stage.now).len(), 1);
    stage.publish();
    assert_eq!((stage.region_of(GERMAN), stage.ttl(GERMAN)), ("eu".to_owned(), 30));
}

#[test]
fn a_region_outside_the_fence_never_shortens_a_ttl() {
    let mut stage = Stage::new(FAILOVER);
    stage.order("us", OverrideKind::Drain, None, 10);
    assert_eq!((stage.ttl(GERMAN), stage.ttl("8.8.8.0/24")), (30, 10));
}

fn judge(stage: &Stage, order: &Override, rule: Option<&str>) -> Result<(), Refusal> {
    let through: Vec<Rule> = rule.into_iter().map(|name| name.parse().unwrap()).collect();
    stage.world.judge(std::slice::from_ref(order), &through, stage.now).map(drop)
}

#[test]
fn the_last_region_of_a_fence_is_not_drained_unless_the_rule_is_named() {
    let mut stage = Stage::new(FAILOVER);
    stage.order("eu", OverrideKind::Drain, None, 600);
    let second = stage.word("ie", OverrideKind::Drain, None, 600);
    let refusal = judge(&stage, &second, None).unwrap_err();
    assert_eq!(refusal.rule(), Some("min_regions"));
    assert!(refusal.to_string().contains("api.example.com would keep 0 eligible"), "{refusal}");
    assert_eq!(judge(&stage, &second, Some("min_regions")), Ok(()));
    let passed = stage.world.judge(std::slice::from_ref(&second), &[Rule::MinRegions], stage.now).unwrap();
    assert_eq!(passed[0].to_string(), refusal.to_string(), "what was gone through is told");
    assert!("everything".parse::<Rule>().unwrap_err().to_string().contains("the rules are min_regions, "));
    let other = stage.word("us", OverrideKind::Drain, None, 600);
    assert_eq!(judge(&stage, &other, None), Ok(()), "the fence keeps one");
}

#[test]
fn a_rule_that_is_broken_already_refuses_only_what_makes_it_worse() {
    let mut stage = Stage::new(FAILOVER);
    stage.fall("eu");
    stage.fall("ie");
    let down = stage.word("eu", OverrideKind::Drain, None, 600);
    assert_eq!(judge(&stage, &down, None), Ok(()), "it is out already");
    let up = stage.word("eu", OverrideKind::ForceUp, None, 600);
    assert_eq!(judge(&stage, &up, None), Ok(()));
}

#[test]
fn a_word_about_what_does_not_exist_is_refused_with_what_does() {
    let stage = Stage::new(FAILOVER);
    let nowhere = judge(&stage, &stage.word("mars", OverrideKind::Drain, None, 60), None).unwrap_err();
    assert!(nowhere.to_string().contains("the regions are us, eu, ie, sg"), "{nowhere}");
    let no_region = judge(&stage, &stage.word("sg", OverrideKind::Drain, API, 60), None).unwrap_err();
    assert!(no_region.to_string().contains("it serves none"), "{no_region}");
}
