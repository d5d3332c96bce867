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
    assert_eq!(images.len(), 4, "{images:?}");
    for image in images {
        let tag = image.rsplit_once(':').unwrap_or_else(|| panic!("{image} has no tag")).1;
        assert!(tag.chars().filter(|c| *c == '.').count() == 2, "{image} may move; name a whole version");
    }
}

/// The directors answer the same, each with a state of its own, as ordinary users in images that are only read.
#[test]
fn directors_share_a_config_and_nothing_else() {
    let (one, other) = (service("director"), service("director-b"));
    let state = |text: &str| text.lines().find(|line| line.contains(":/var/lib/meridian")).map(str::to_owned);
    assert_ne!(state(&one), state(&other));
    for director in [&one, &other] {
        assert!(
            director.contains("./deploy/compose/meridian.toml:/etc/meridian/meridian.toml:ro"),
            "{director}"
        );
        assert!(director.contains("<<: *director"), "{director}");
    }
    let shared = COMPOSE.split_once("x-director:").unwrap().1.split_once("\n\n").unwrap().0;
    for locked in ["read_only: true", "cap_drop: [ALL]", "no-new-privileges:true", "tmpfs:"] {
        assert!(shared.contains(locked), "{locked} in {shared}");
    }
    let image = include_str!("../Dockerfile");
    assert!(image.contains("\nUSER meridian\n") && image.contains("--uid 10053"), "the image runs as a user");
}

/// Prometheus scrapes each director and each gateway, and promtool understands its config.
#[test]
fn prometheus_scrapes_everyone_with_the_projects_own_rules() {
    let scraped = include_str!("../deploy/compose/prometheus.yml");
    for director in ["director", "director-b"] {
        let text = service(director);
        let address = text.split_once("ipv4_address: ").unwrap().1.split('}').next().unwrap().to_owned();
        assert!(scraped.contains(&format!("\"{address}:8053\"")), "{director} at {address} is not scraped");
    }
    let config: toml::Table = CONFIG.parse().unwrap();
    for (name, region) in config["regions"].as_table().unwrap() {
        let endpoint = region["endpoints"][0].as_str().unwrap();
        let line = format!("{{targets: [\"{endpoint}:4000\"], labels: {{region: {name}}}}}");
        assert!(scraped.contains(&line), "no line {line}");
    }
    let directory = tempfile::tempdir().unwrap();
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/prometheus/meridian.rules.yml");
    let file = directory.path().join("prometheus.yml");
    std::fs::write(&file, scraped.replace("/etc/prometheus/meridian.rules.yml", rules)).unwrap();
    let checked = std::process::Command::new("promtool").args(["check", "config"]).arg(&file).output();
    let checked = checked.expect("promtool is installed (package prometheus)");
    assert!(checked.status.success(), "{}", String::from_utf8_lossy(&checked.stderr));
}

/// Grafana is given the dashboard, and a data source at Prometheus' address.
#[test]
fn grafana_finds_its_dashboard_and_its_data() {
    let (grafana, prometheus) = (service("grafana"), service("prometheus"));
    assert!(grafana.contains("./deploy/grafana/meridian.json:/etc/grafana/dashboards/meridian.json:ro"));
    let address = prometheus.split_once("ipv4_address: ").unwrap().1.split('}').next().unwrap().to_owned();
    let source = include_str!("../deploy/compose/grafana/datasource.yml");
    assert!(source.contains(&format!("http://{address}:9090")), "{source}");
    let provider = include_str!("../deploy/compose/grafana/dashboards.yml");
    assert!(provider.contains("/etc/grafana/dashboards"), "{provider}");
}
