//! Octets → the text of a config: one that loads, with some lines changed, moved, doubled, lost or broken. Most are of a
//! small one, since a case has to be cheap; seldom of one that has every key.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::bytes::Bytes;
use super::mmdb;

/// A config's text.
pub(crate) fn text(data: &[u8]) -> String {
    let mut bytes = Bytes::new(data);
    if bytes.rarely(16) {
        return String::from_utf8_lossy(bytes.rest()).into_owned();
    }
    let base = if bytes.rarely(16) { *bytes.pick(&[FULL, FOUR]) } else { SMALL };
    let mut lines: Vec<String> = base.lines().map(str::to_owned).collect();
    for _ in 0..bytes.octet() % 4 {
        if bytes.is_empty() {
            break;
        }
        change(&mut bytes, &mut lines);
    }
    lines.join("\n") + "\n"
}

fn change(bytes: &mut Bytes<'_>, lines: &mut Vec<String>) {
    let at = usize::from(bytes.short()) % lines.len().max(1);
    let other = usize::from(bytes.octet()) % lines.len().max(1);
    let Some(line) = lines.get_mut(at) else { return };
    match bytes.octet() % 16 {
        0..6 => {
            if let Some((key, _)) = line.split_once(" = ") {
                *line = format!("{key} = {}", bytes.pick(&VALUES));
            }
        }
        6 | 7 => {
            if let Some((_, value)) = line.split_once(" = ") {
                *line = format!("{} = {value}", bytes.pick(&KEYS));
            }
        }
        8 => line.push_str(bytes.pick::<&str>(&[" # said", "  ", "\t", " = 1", "]", "\"", "\u{e9}"])),
        9 => lines.swap(at, other),
        10 => drop(lines.remove(at)),
        11 => {
            let doubled = line.clone();
            lines.insert(other, doubled);
        }
        12 => *line = format!("{} = {}", bytes.pick(&KEYS), bytes.pick(&VALUES)),
        13 => *line = format!("[{}]", bytes.pick(&TABLES)),
        14 => {
            let cut =
                line.char_indices().nth(usize::from(bytes.octet()) % 24).map_or(line.len(), |(at, _)| at);
            line.truncate(cut);
        }
        _ => *line = String::from_utf8_lossy(bytes.take(12)).into_owned(),
    }
}

/// The text with a database: without one it would mean the built-in one, which takes longer to unpack than a thousand
/// cases take.
pub(crate) fn with_database(text: String) -> String {
    let names_one = text.lines().any(|line| line.trim_start().starts_with("database"));
    match text.split_once("[geoip]\n") {
        _ if names_one => text,
        Some((before, after)) => format!("{before}[geoip]\n{DATABASE}{after}"),
        None => format!("{text}\n[geoip]\n{DATABASE}"),
    }
}

/// What the configs name beside themselves; the databases are small, since each case reads them.
pub(crate) fn files() -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files: BTreeMap<_, _> =
        FILES.iter().map(|(path, octets)| (path.into(), octets.to_vec())).collect();
    let [places, numbers] = mmdb::small();
    files.insert("../data/maxmind-test/GeoIP2-City-Test.mmdb".into(), places);
    files.insert("../data/maxmind-test/GeoLite2-ASN-Test.mmdb".into(), numbers);
    files
}

const DATABASE: &str = "database = \"../data/maxmind-test/GeoIP2-City-Test.mmdb\"\n";
const SMALL: &str = include_str!("../worlds/small.toml");
const FULL: &str = include_str!("../../tests/config/full.toml");
const FOUR: &str = include_str!("../worlds/four.toml");

const FILES: [(&str, &[u8]); 7] = [
    ("small/example.test.zone", include_bytes!("../worlds/small.zone")),
    ("zones/yourdomain.com.zone", include_bytes!("../../tests/config/zones/yourdomain.com.zone")),
    ("zones/example.test.zone", include_bytes!("../worlds/example.test.zone")),
    ("zones/sub.example.test.zone", include_bytes!("../worlds/sub.example.test.zone")),
    ("zones/example.org.zone", include_bytes!("../worlds/example.org.zone")),
    ("latency.csv", include_bytes!("../../tests/config/latency.csv")),
    ("secrets", include_bytes!("../../tests/config/secrets")),
];

const VALUES: [&str; 40] = [
    "true",
    "0",
    "1",
    "-1",
    "65536",
    "0.5",
    "1e400",
    "nan",
    "9223372036854775807",
    "\"\"",
    "\"1s\"",
    "\"0s\"",
    "\"5m\"",
    "\"1000000000000h\"",
    "\"2%\"",
    "\"101%\"",
    "\"us\"",
    "\"eu\"",
    "\"nearest\"",
    "\"geo\"",
    "\"failover\"",
    "\"weighted\"",
    "\"latency\"",
    "\"latency.csv\"",
    "\"../zones\"",
    "\"EU\"",
    "[]",
    "[\"us\"]",
    "[\"us\", \"us\"]",
    "[\"EU\", \"US\"]",
    "[\"@EEA\", \"CH\"]",
    "[\"192.0.2.1\"]",
    "[\"192.0.2.1\", \"2001:db8::1\"]",
    "[\"host.example.test.\"]",
    "[\"127.0.0.1:0\"]",
    "[38.95, -77]",
    "[1000, 0]",
    "{}",
    "{ min = \"1s\", max = \"24h\" }",
    "{ low = 0.7, high = 0.9 }",
];

const KEYS: [&str; 40] = [
    "listen",
    "regions",
    "endpoints",
    "jurisdiction",
    "coordinates",
    "strategy",
    "ttl",
    "weights",
    "geo.default",
    "geo.\"country:GB\"",
    "geo.\"203.0.113.0/24\"",
    "geo.\"continent:EU\"",
    "geo.\"@EU\"",
    "clients",
    "jurisdictions",
    "unlocated",
    "sink",
    "services",
    "min_regions",
    "canary",
    "trickle",
    "spill",
    "failback",
    "slow_start",
    "budget",
    "bias",
    "capacity",
    "min_endpoints",
    "probe",
    "port",
    "interval",
    "fall",
    "types",
    "https",
    "database",
    "overrides",
    "directory",
    "\"\"",
    "nsid",
    "workers",
];

const TABLES: [&str; 12] = [
    "server",
    "zones",
    "geoip",
    "safety",
    "regions.us",
    "regions.new",
    "services.\"api.example.test\"",
    "services.\"new.yourdomain.com\"",
    "fences.gdpr",
    "fences.new",
    "probes.http",
    "[regions]",
];
