//! The demo's config and zone: ordinary files, as a user would write them, with short intervals.

use std::fmt::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::gateways::Gateways;
use super::region::PROFILES;

/// Where the demo's server listens and keeps its things.
#[derive(Clone, Debug)]
pub struct Places {
    /// DNS, over UDP and TCP.
    pub dns: SocketAddr,
    /// The page and `/metrics`.
    pub web: SocketAddr,
    /// The admin socket.
    pub socket: PathBuf,
    /// The state directory.
    pub state: PathBuf,
    /// The directory that holds [`ZONE`] under the name [`ZONE_FILE`].
    pub zones: PathBuf,
}

/// Name of the zone's master file.
pub const ZONE_FILE: &str = "yourdomain.com.zone";

/// The zone that the demo serves.
pub const ZONE: &str = "\
$ORIGIN yourdomain.com.
$TTL 300
@       IN SOA  ns1 hostmaster 1 7200 900 1209600 60
        IN NS   ns1
        IN NS   ns2
        IN MX   10 mail
        IN TXT  \"the demo of Meridian\"
ns1     IN A    127.0.0.1
ns2     IN A    127.0.0.2
mail    IN A    192.0.2.25
www     IN CNAME api
";

/// A config for the demo, as `meridian.toml` is written.
#[must_use]
pub fn config_text(places: &Places, gateways: &Gateways) -> String {
    let mut text = format!(
        r#"# The config that `meridian demo` runs with.

[server]
listen = ["{dns}"]
nsid = "demo"

[admin]
socket = {socket}

[web]
listen = "{web}"

[state]
directory = {state}

[zones]
directory = {zones}

[geoip]
overrides = {{ "198.51.100.0/24" = "DE", "2001:db8:de::/48" = "DE" }}
unlocated = ["203.0.113.53/32"]

[probes.gateway]
scheme = "http"
port = {port}
interval = "1s"
fast_interval = "500ms"
timeout = "500ms"
fall = 3
rise = 2
liveliness = {{ path = "/health/liveliness" }}
"#,
        dns = places.dns,
        socket = quoted(&places.socket),
        web = places.web,
        state = quoted(&places.state),
        zones = quoted(&places.zones),
        port = gateways.port(),
    );
    for profile in &PROFILES {
        let _ = write!(
            text,
            r#"
[regions.{name}]
jurisdiction = "{jurisdiction}"
coordinates = {coordinates}
endpoints = ["{address}", "{published6}"]
probe_endpoints = ["{address}", "{address}"]   # nothing answers at a documentation address
capacity = {capacity}
probe = "gateway"
"#,
            name = profile.name,
            jurisdiction = profile.jurisdiction,
            coordinates = profile.coordinates,
            address = profile.address,
            published6 = profile.published6,
            capacity = profile.capacity,
        );
    }
    text + POLICY
}

const POLICY: &str = r#"
[services."api.yourdomain.com"]
regions = ["us-east", "eu-west", "eu-central", "ap-southeast"]
strategy = "nearest"
ttl = { min = "5s", max = "30s" }

[services."batch.yourdomain.com"]
regions = ["us-east", "eu-central"]
strategy = "geo"
geo = { "continent:EU" = ["eu-central"], "country:GB" = ["eu-central", "us-east"], default = ["us-east", "eu-central"] }
ttl = { min = "5s", max = "60s" }

[fences.gdpr]
clients = ["@EEA", "CH"]
jurisdictions = ["EU"]
unlocated = true

[safety]
min_regions = 1
"#;

/// A path as a TOML basic string.
fn quoted(path: &Path) -> String {
    let mut text = String::from('"');
    for character in path.to_string_lossy().chars() {
        match character {
            '"' | '\\' => text.extend(['\\', character]),
            character if character.is_control() => {
                let _ = write!(text, "\\u{:04X}", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn text_with(state: &str) -> (String, u16) {
        let gateways = Gateways::bind(0, "127.0.0.1:0".parse().unwrap()).await.unwrap();
        let places = Places {
            dns: "127.0.0.1:5353".parse().unwrap(),
            web: "[::1]:8053".parse().unwrap(),
            socket: "run/m.sock".into(),
            state: state.into(),
            zones: "zones".into(),
        };
        let text = config_text(&places, &gateways);
        let port = gateways.port();
        gateways.shutdown().await;
        (text, port)
    }

    #[tokio::test]
    async fn the_config_is_toml_and_says_where_everything_is() {
        let (text, port) = text_with("state").await;
        let config: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(config["probes"]["gateway"]["port"].as_integer(), Some(i64::from(port)));
        assert_eq!(config["web"]["listen"].as_str(), Some("[::1]:8053"));
        let regions = config["regions"].as_table().unwrap();
        assert_eq!(regions.len(), 4);
        for (name, region) in regions {
            let count = |key: &str| region[key].as_array().unwrap().len();
            assert_eq!(count("endpoints"), count("probe_endpoints"), "one for one in {name}");
        }
    }

    #[tokio::test]
    async fn any_path_survives_the_quoting() {
        let odd = "C:\\a \"b\"\n'c' ü";
        let (text, _) = text_with(odd).await;
        let config: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(config["state"]["directory"].as_str(), Some(odd));
    }
}
