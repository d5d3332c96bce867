//! What the config makes of a client: order, fence, sink, scope, and what is shared.

use std::sync::Arc;

use meridian::answer::whereabouts;
use meridian::steer::{Reason, Route, ServiceId};
use meridian::world::{Compiled, OverrideKind};

use super::stage::{GERMAN, Stage, compiled};

const NEAREST: &str = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\", \"ie\", \"sg\"]
strategy = \"nearest\"
";

const FENCED: &str = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\", \"ie\"]
strategy = \"failover\"
[fences.gdpr]
clients = [\"@EEA\"]
jurisdictions = [\"EU\"]
unlocated = true
";

#[test]
fn the_nearest_region_is_preferred_and_the_next_one_follows() {
    let mut stage = Stage::new(NEAREST);
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
    stage.fall("eu");
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::Failover));
    stage.fall("ie");
    assert_eq!(stage.answer(GERMAN), ("us".to_owned(), Reason::Failover));
    stage.rise("eu");
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::Preferred));
    assert_eq!(stage.slots(GERMAN), [("eu".to_owned(), 4096)].into());
}

#[test]
fn a_fence_is_not_left_when_all_of_it_is_down() {
    let mut stage = Stage::new(FENCED);
    stage.fall("eu");
    stage.fall("ie");
    assert_eq!(stage.answer(GERMAN), ("eu".to_owned(), Reason::LastResort));
    assert_eq!(stage.answer("8.8.8.0/24"), ("us".to_owned(), Reason::Preferred));
    assert!(stage.events.iter().any(|event| event.word() == "last_resort"), "{:?}", stage.events);
}

#[test]
fn the_last_resort_spares_what_an_operator_took_out() {
    let mut stage = Stage::new(FENCED);
    stage.order("eu", OverrideKind::Drain, None, 600);
    stage.fall("ie");
    assert_eq!(stage.answer(GERMAN), ("ie".to_owned(), Reason::LastResort));
}

#[test]
fn a_block_of_several_countries_is_held_to_all_their_fences() {
    let stage = Stage::new(&format!(
        "{FENCED}[geoip]\noverrides = {{ \"198.18.0.0/25\" = \"US\", \"198.18.0.128/25\" = \"DE\" }}\n"
    ));
    assert_eq!(stage.region_of("198.18.0.0/24"), "eu", "a quantum that is half German");
    assert_eq!(stage.region_of("5.0.0.0/8"), "eu", "a short source with German space in it");
}

#[test]
fn services_of_one_policy_share_a_board_and_one_with_its_own_override_does_not() {
    let twin = NEAREST.replace("api.", "twin.");
    let mut stage = Stage::new(&format!("{NEAREST}{twin}"));
    let boards = |stage: &Stage| [0, 1].map(|id| Arc::clone(stage.snapshot.board(ServiceId(id)).unwrap()));
    let [api, twin] = boards(&stage);
    assert!(Arc::ptr_eq(&api, &twin));
    stage.order("eu", OverrideKind::Drain, Some("twin.example.com"), 600);
    let [api_then, twin] = boards(&stage);
    assert!(Arc::ptr_eq(&api, &api_then), "what did not change is shared with the picture before");
    assert!(!Arc::ptr_eq(&api_then, &twin));
    assert_eq!(stage.region_of(GERMAN), "eu", "the drain is the other service's");
}

#[test]
fn views_with_the_same_eligible_order_share_their_table() {
    let stage = Stage::new(
        "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\", \"ie\"]
strategy = \"weighted\"
weights = { us = 1, eu = 1, ie = 2 }
[fences.gdpr]
clients = [\"DE\"]
jurisdictions = [\"EU\"]
[fences.union]
clients = [\"FR\"]
jurisdictions = [\"EU\"]
",
    );
    let policy = stage.snapshot.plan().policy(ServiceId(0)).unwrap();
    let board = stage.snapshot.board(ServiceId(0)).unwrap();
    let tables: Vec<_> = (0..policy.views().len())
        .filter_map(|view| match board.route(view) {
            Route::Slots(slots) if !slots.iter().any(|(region, _)| region.0 == 0) => Some(slots),
            _ => None,
        })
        .collect();
    assert!(tables.len() >= 2, "a view for each fence, and one for both");
    assert!(tables.iter().all(|table| Arc::ptr_eq(table, tables[0])));
}

#[test]
fn a_scope_reaches_as_far_as_the_answer_does() {
    let mut stage = Stage::new(NEAREST);
    let one = stage.decide(GERMAN).scope;
    assert!(one < 24, "many neighbours get the same: /{one}");
    for region in ["eu", "ie", "sg"] {
        stage.fall(region);
    }
    assert_eq!(stage.decide(GERMAN).scope, 0, "everyone gets the one region that is left");
}

#[test]
fn a_table_of_slots_is_told_to_quanta_only() {
    let stage = Stage::new(
        "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\"]
strategy = \"weighted\"
weights = { us = 1, eu = 1 }
",
    );
    assert!(stage.decide("5.9.0.0/16").scope >= 24);
    assert_eq!(stage.decide(GERMAN).scope, 24);
}

#[test]
fn a_config_whose_fences_leave_nothing_compiles_only_with_a_sink() {
    let fence = |sink: &str| {
        format!(
            "{NEAREST}jurisdictions = [\"US\"]\n[fences.gdpr]\nclients = [\"DE\"]\njurisdictions = [\"EU\"]\n{sink}"
        )
    };
    assert!(!super::stage::problems(&fence(""), &[]).is_empty());
    let _compiles: Compiled = compiled(&fence("sink = [\"192.0.2.99\"]\n"), &[]);
    assert_eq!(
        Stage::new(&fence("sink = [\"192.0.2.99\"]\n")).answer(GERMAN),
        ("sink".to_owned(), Reason::Sink)
    );
}

#[test]
fn a_gateway_is_told_which_regions_its_client_belongs_to() {
    let stage = Stage::new(FENCED);
    let at = |client: &str| {
        let found = whereabouts(&stage.snapshot, client.parse().unwrap(), None);
        let countries: Vec<&str> = found.countries.iter().map(|country| country.code()).collect();
        let allowed: Vec<u16> = found.allowed.iter().map(|region| region.0).collect();
        (countries.join(","), found.fences.len(), allowed, found.chosen.map(|region| region.0))
    };
    assert_eq!(at("5.9.0.7/32"), ("DE".to_owned(), 1, vec![1, 2], Some(1)));
    assert_eq!(at("8.8.8.8/32"), ("US".to_owned(), 0, vec![0, 1, 2], Some(0)), "no service has the fourth");
}

#[test]
fn a_block_is_never_led_by_clients_that_no_quantum_in_it_is_answered_as() {
    // Germany leads the /23 and neither half: each half is led by a country whose clients get ie.
    let quantum = |at: u8, lead: &str, other: &str| {
        let parts = [
            (0, 26, lead),
            (64, 26, "DE"),
            (128, 26, other),
            (192, 27, lead),
            (224, 28, "DE"),
            (240, 28, other),
        ];
        parts
            .map(|(from, length, country)| format!("\"198.18.{at}.{from}/{length}\" = \"{country}\""))
            .join(", ")
    };
    let stage = Stage::new(&format!(
        "
[services.\"api.example.com\"]
regions = [\"eu\", \"ie\"]
strategy = \"geo\"
geo = {{ \"country:FR\" = [\"ie\"], \"country:IT\" = [\"ie\"], default = [\"eu\"] }}
[geoip]
overrides = {{ {}, {} }}
",
        quantum(0, "FR", "NL"),
        quantum(1, "IT", "PL")
    ));
    for block in ["198.18.0.0/24", "198.18.1.0/24", "198.18.0.0/23"] {
        assert_eq!(stage.region_of(block), "ie", "{block}");
    }
}
