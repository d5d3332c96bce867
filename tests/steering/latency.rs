//! The `latency` strategy, and named groups of the config's own.

use super::stage::{GERMAN, Stage};

const SERVICE: &str = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\", \"sg\"]
strategy = \"latency\"
latency = \"tables/latency.csv\"
";

#[test]
fn measured_round_trips_decide_and_distance_stands_in_for_what_is_missing() {
    let table = "# rows\nDE,us,20\nDE,eu,30\n5.9.8.0/24,sg,5\n";
    let stage = Stage::with(SERVICE, &[("tables/latency.csv", table)]);
    assert_eq!(stage.region_of(GERMAN), "us", "20 ms and 30 ms were measured, Singapore is far");
    assert_eq!(stage.region_of("5.9.8.0/24"), "sg", "a network of its own");
    assert_eq!(stage.region_of("8.8.8.0/24"), "us", "nobody measured: by distance");
}

#[test]
fn a_group_of_the_config_takes_the_place_of_a_built_in_one() {
    let fence = "
[services.\"api.example.com\"]
regions = [\"us\", \"eu\"]
strategy = \"failover\"
[fences.gdpr]
clients = [\"@EU\"]
jurisdictions = [\"EU\"]
[geoip]
overrides = { \"198.18.0.0/24\" = \"CH\" }
";
    assert_eq!(Stage::new(fence).region_of("198.18.0.0/24"), "us");
    let wider = format!("{fence}groups = {{ \"@EU\" = [\"@EU\", \"CH\"] }}\n");
    assert_eq!(Stage::new(&wider).region_of("198.18.0.0/24"), "eu");
    assert_eq!(Stage::new(&wider).region_of(GERMAN), "eu");
}
