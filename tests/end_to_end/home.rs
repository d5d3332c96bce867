//! A folder with all that a server needs, and the small world in it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use super::server::{Said, meridian, run};

/// A folder with a config, a zone, a socket and a state directory.
#[derive(Debug)]
pub(crate) struct Home {
    directory: TempDir,
}

impl Home {
    /// A small world on free ports: three regions without probes, a fence, a safety rule.
    pub(crate) fn new() -> Self {
        let home = Self { directory: tempfile::tempdir().unwrap() };
        std::fs::create_dir(home.path().join("zones")).unwrap();
        home.write("zones/example.com.zone", ZONE);
        home.write("meridian.toml", CONFIG);
        home
    }

    /// The repository's own sample, on free ports.
    pub(crate) fn sample() -> Self {
        let home = Self::new();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |path: &str| std::fs::read_to_string(repository.join(path)).unwrap();
        let listens = [r#"["127.0.0.1:5353", "[::1]:5353"]"#, r#""127.0.0.1:8053""#];
        let free = [r#"["127.0.0.1:0"]"#, r#""127.0.0.1:0""#];
        let mut config = read("meridian.toml");
        for (listen, free) in listens.iter().zip(free) {
            assert_eq!(config.matches(listen).count(), 1, "the sample listens on {listen}");
            config = config.replace(listen, free);
        }
        home.write("meridian.toml", &config);
        std::fs::remove_file(home.path().join("zones/example.com.zone")).unwrap();
        home.write("zones/yourdomain.com.zone", &read("zones/yourdomain.com.zone"));
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path().join("meridian.toml")
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path().join("run/meridian.sock")
    }

    /// Puts a file in its place at once, so that no load finds half of it.
    pub(crate) fn write(&self, file: &str, text: &str) {
        let beside = self.path().join("beside");
        std::fs::write(&beside, text).unwrap();
        std::fs::rename(beside, self.path().join(file)).unwrap();
    }

    /// The same for a file of octets.
    pub(crate) fn place(&self, file: &str, octets: &[u8]) {
        let beside = self.path().join("octets");
        std::fs::write(&beside, octets).unwrap();
        std::fs::rename(beside, self.path().join(file)).unwrap();
    }

    /// Changes the config.
    pub(crate) fn edit(&self, found: &str, instead: &str) {
        let text = std::fs::read_to_string(self.config()).unwrap();
        assert!(text.contains(found), "{found:?} in\n{text}");
        self.write("meridian.toml", &text.replace(found, instead));
    }

    /// Starts a server that must refuse to; what it said.
    pub(crate) fn refused(&self) -> Said {
        run(meridian().arg("serve").arg("--config").arg(self.config()))
    }
}

const CONFIG: &str = r#"[server]
listen = ["127.0.0.1:0"]
workers = 1

[admin]
socket = "run/meridian.sock"

[web]
listen = "127.0.0.1:0"

[state]
directory = "state"

[zones]
directory = "zones"

[regions.us]
jurisdiction = "US"
coordinates = [39, -77]
endpoints = ["192.0.2.1"]

[regions.eu-west]
jurisdiction = "EU"
coordinates = [53, -6]
endpoints = ["192.0.2.2"]

[regions.eu-central]
jurisdiction = "EU"
coordinates = [50, 8]
endpoints = ["192.0.2.3"]

[services."api.example.com"]
regions = ["us", "eu-west", "eu-central"]
strategy = "nearest"
ttl = { min = "5s", max = "30s" }

[fences.gdpr]
clients = ["@EEA"]
jurisdictions = ["EU"]
unlocated = true

[safety]
min_regions = 1
"#;

const ZONE: &str = "$TTL 60\n@ SOA ns host 1 2 3 4 60\n@ NS ns\nns A 192.0.2.53\n";

/// Clients of the small world, as dig's words.
pub(crate) const AMERICAN: [&str; 2] = ["api.example.com", "+subnet=12.0.0.0/24"];
pub(crate) const GERMAN: [&str; 2] = ["api.example.com", "+subnet=91.10.0.0/24"];
pub(crate) const US: &str = "192.0.2.1";
pub(crate) const EU_WEST: &str = "192.0.2.2";
pub(crate) const EU_CENTRAL: &str = "192.0.2.3";
