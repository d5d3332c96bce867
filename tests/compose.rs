//! The compose example: its director steers to the gateways that its compose file starts.

#![allow(clippy::unwrap_used)] // every line here is a test

const COMPOSE: &str = include_str!("../docker-compose.yml");
const CONFIG: &str = include_str!("../deploy/compose/meridian.toml");

/// The lines of one service of the compose file.
fn service(name: &str) -> String {
    let opening = format!("  {name}:");
    let body: Vec<&str> = COMPOSE
        .lines()
        .skip_while(|line| *line != opening)
        .skip(1)
        .take_while(|line| line.starts_with("    ") || line.trim().is_empty())
        .collect();
    assert!(!body.is_empty(), "docker-compose.yml has no service {name}");
    body.join("\n")
}

#[test]
fn each_region_of_the_director_is_a_gateway_with_two_providers() {
    let config: toml::Table = CONFIG.parse().unwrap();
    let regions = config["regions"].as_table().unwrap();
    assert_eq!(regions.len(), 4);
    for (name, region) in regions {
        let gateway = service(&format!("{name}-gateway"));
        let endpoint = region["endpoints"][0].as_str().unwrap();
        let address = format!("{{ipv4_address: {endpoint}}}");
        assert!(gateway.contains(&address), "{name} answers {endpoint}:\n{gateway}");
        for letter in ["a", "b"] {
            let provider = service(&format!("{name}-provider-{letter}"));
            let address = provider.split_once("ipv4_address: ").and_then(|(_, rest)| rest.split('}').next());
            let base =
                format!("PROVIDER_{}_BASE: http://{}:8080/v1", letter.to_uppercase(), address.unwrap());
            assert!(gateway.contains(&base), "no line {base} in:\n{gateway}");
        }
    }
}

#[test]
fn images_are_pinned() {
    let images: Vec<&str> = COMPOSE.lines().filter_map(|line| line.trim().strip_prefix("image: ")).collect();
    assert_eq!(images.len(), 2, "{images:?}");
    for image in images {
        let tag = image.rsplit_once(':').unwrap_or_else(|| panic!("{image} has no tag")).1;
        assert!(tag.chars().filter(|c| *c == '.').count() == 2, "{image} may move; name a whole version");
    }
}
