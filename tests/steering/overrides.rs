//! An operator's word: what it outranks, what it may not break, and what it does to TTLs.

use meridian::world::{Demand, Override, OverrideKind, Portion, Refusal, Rule};

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

fn canary(percent: u16) -> OverrideKind {
    OverrideKind::Canary(Portion::of_hundredths(percent * 100).unwrap())
}

#[test]
fn an_operators_canary_gets_its_part_of_every_client_that_may_have_it() {
    let mut stage = Stage::new(FAILOVER);
    let part =
        |stage: &Stage, client: &str, region: &str| stage.slots(client).get(region).copied().unwrap_or(0);
    let two = (0.02_f64 * 4_096.0).round() as usize;
    stage.order("ie", canary(2), None, 600);
    assert_eq!((part(&stage, GERMAN, "ie"), part(&stage, GERMAN, "eu")), (two, 4_096 - two));
    stage.order("us", canary(50), API, 600);
    assert_eq!(part(&stage, GERMAN, "us"), 0, "no word widens a fence");
    assert_eq!(part(&stage, GERMAN, "ie"), 0, "the service's own word outranks the one for all");
    assert_eq!(part(&stage, "8.8.8.0/24", "us"), 2_048);
    stage.order("us", OverrideKind::Drain, None, 600);
    assert_eq!(part(&stage, "8.8.8.0/24", "us"), 0, "a drain outranks it");
}

#[test]
fn a_canary_that_grows_moves_only_what_it_grows_by_and_ends_by_itself() {
    let mut stage = Stage::new(FAILOVER);
    let before = stage.holders(GERMAN);
    stage.order("ie", canary(2), API, 600);
    let two = stage.holders(GERMAN);
    stage.order("ie", canary(5), API, 20);
    let five = stage.holders(GERMAN);
    let ie = stage.region("ie");
    assert!(two.iter().zip(&five).all(|(was, is)| was == is || *is == ie), "all of it towards the canary");
    let moved = two.iter().zip(&five).filter(|(was, is)| was != is).count();
    assert!((120..=125).contains(&moved), "3 % of 4096 slots: {moved}");
    assert_eq!(stage.ttl(GERMAN), 20, "the end is pending");
    stage.pass(20);
    assert_eq!(stage.world.expire(stage.now).len(), 1);
    stage.publish();
    assert_eq!(stage.holders(GERMAN), before);
}

#[test]
fn a_canary_is_refused_where_another_is_or_where_none_can_be() {
    let mut stage = Stage::new(FAILOVER);
    stage.order("ie", canary(2), None, 600);
    let refused = |stage: &Stage, region: &str| {
        let word = stage.word(region, canary(1), None, 600);
        judge(stage, &word, None).unwrap_err().to_string()
    };
    let said = refused(&stage, "us");
    assert_eq!(said, "us cannot be a canary: ie is the canary already; `meridian uncanary ie` first");
    assert_eq!(judge(&stage, &stage.word("ie", canary(5), None, 600), None), Ok(()), "its part may change");
    let weighted = FAILOVER.replace("strategy = \"failover\"", "strategy = \"weighted\"");
    let weighted = weighted.replace("ttl =", "weights = { eu = 1, ie = 1, us = 1 }\nttl =");
    let said = refused(&Stage::new(&weighted), "us");
    assert!(said.contains("a weighted service has weights for that"), "{said}");
}

#[test]
fn a_canary_is_under_the_rules_and_foreseen() {
    let stage = Stage::new(&FAILOVER.replace("min_regions = 1", "max_move = \"10%\""));
    let word = |percent| stage.word("us", canary(percent), None, 600);
    assert_eq!(judge(&stage, &word(50), None).unwrap_err().rule(), Some("max_move"));
    assert_eq!(judge(&stage, &word(2), None), Ok(()));
    let foreseen = stage.world.foresee(std::slice::from_ref(&word(2)), &Demand::default(), stage.now);
    let moved = foreseen.services[0].moved;
    assert!(moved > 0.0 && moved < 0.02, "2 % of those outside the fence: {moved}");
}

#[test]
fn what_would_move_is_told_in_users_and_in_queries_as_they_were_counted() {
    let stage = Stage::new(&FAILOVER.replace("failover", "nearest"));
    let word = stage.word("eu", OverrideKind::Drain, None, 600);
    let foresee = |demand: &Demand| {
        stage.world.foresee(std::slice::from_ref(&word), demand, stage.now).services.remove(0)
    };
    let mut demand = Demand::default();
    assert_eq!(foresee(&demand).queries, None, "none was counted");
    for (region, queries) in [("eu", 50.0), ("ie", 9.0), ("us", 40.0), ("gone", 1000.0)] {
        demand.add("api.example.com", region, queries);
    }
    assert_eq!(foresee(&demand).queries, None, "99 say nothing");
    demand.add("api.example.com", "eu", 101.0);
    let foreseen = foresee(&demand);
    let (part, counted) = foreseen.queries.unwrap();
    assert!(
        (part - 0.755).abs() < 1e-9 && counted == 200.0,
        "151 of 200 were answered with eu: {part} of {counted}"
    );
    let shifts: f64 = foreseen.shifts.iter().map(|shift| shift.queries.unwrap()).sum();
    assert!((shifts - 0.755).abs() < 1e-9 && (foreseen.moved - 0.755).abs() > 0.01, "{foreseen:?}");
}

#[test]
fn a_region_is_forgotten_a_ttl_after_no_answer_names_it_any_more() {
    let mut stage = Stage::new(FAILOVER);
    let forgotten = |stage: &Stage, name: &str| {
        let status = stage.world.status(stage.now);
        status.regions.iter().find(|region| &*region.name == name).unwrap().forgotten
    };
    assert_eq!(forgotten(&stage, "eu"), None, "it is handed out");
    let drained_at = stage.now.unix;
    stage.order("eu", OverrideKind::Drain, None, 600);
    assert_eq!(forgotten(&stage, "eu"), Some(drained_at + 30 + 2), "the longest TTL, and a margin");
    stage.pass(5);
    stage.publish();
    assert_eq!(forgotten(&stage, "eu"), Some(drained_at + 32), "counted from the first picture without it");
    stage.order("ie", OverrideKind::Drain, None, 600);
    assert_eq!(forgotten(&stage, "eu"), None, "the last resort hands it out again");
}
