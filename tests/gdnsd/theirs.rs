//! gdnsd's side: a config in a folder of its own, and its offline tool fed with addresses.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::IpAddr;
use std::process::{Command, Stdio};
use std::thread;

use tempfile::TempDir;

use super::{CONTINENTS, COUNTRIES, DEFAULT, REGIONS, Said};

/// The tool, ready to be asked.
#[derive(Debug)]
pub(crate) struct Theirs {
    directory: TempDir,
}

impl Theirs {
    pub(crate) fn start(database: &[u8]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        for folder in ["geoip", "zones", "run"] {
            std::fs::create_dir(path(folder)).unwrap();
        }
        std::fs::write(path("geoip/country.mmdb"), database).unwrap();
        let mut map = String::new();
        for continent in CONTINENTS {
            let own = COUNTRIES.iter().filter(|(key, _)| {
                meridian::geo::Country::from_code(key)
                    .is_some_and(|country| country.continent().code() == continent.0)
            });
            let own: String = own.fold(String::new(), |mut own, (key, region)| {
                write!(own, "{key} => [{region}], ").unwrap();
                own
            });
            writeln!(map, "{} => {{ {own}default => [{}] }}", continent.0, continent.1).unwrap();
        }
        let dcmap: Vec<String> = REGIONS
            .iter()
            .enumerate()
            .map(|(at, region)| format!("{region} => 192.0.2.{}", at + 1))
            .collect();
        let run = path("run");
        let run = run.display();
        let config = format!(
            "options => {{ run_dir => \"{run}\", state_dir => \"{run}\" }}\n\
             plugins => {{ geoip => {{\n maps => {{ m => {{ geoip2_db => country.mmdb, datacenters => [{}],\n\
             map => {{ {map} default => [{DEFAULT}] }} }} }}\n\
             resources => {{ r => {{ map => m, dcmap => {{ {} }} }} }} }} }}\n",
            REGIONS.join(", "),
            dcmap.join(", ")
        );
        std::fs::write(path("config"), config).unwrap();
        Self { directory }
    }

    /// What it says of each address, in order.
    pub(crate) fn ask(&self, addresses: &[IpAddr]) -> Vec<Said> {
        let mut tool = Command::new("gdnsd_geoip_test");
        tool.arg("-c")
            .arg(self.directory.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = tool.spawn().expect("gdnsd_geoip_test is there (Debian: gdnsd)");
        let mut input = child.stdin.take().unwrap();
        let questions: String = addresses.iter().map(|address| format!("m {address}\n")).collect();
        let asking = thread::spawn(move || input.write_all(questions.as_bytes()));
        let output = child.wait_with_output().unwrap();
        asking.join().unwrap().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let said: Vec<Said> = text.lines().filter_map(answer).collect();
        assert!(!said.is_empty(), "{text}\n{}", String::from_utf8_lossy(&output.stderr));
        said
    }
}

/// `m => 81.2.69.160/27 => ie`
fn answer(line: &str) -> Option<Said> {
    let (asked, region) = line.strip_prefix("m => ")?.split_once(" => ")?;
    let (_, scope) = asked.split_once('/')?;
    Some(Said { region: region.trim().to_owned(), scope: scope.trim().parse().ok()? })
}
