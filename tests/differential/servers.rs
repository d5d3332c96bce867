//! The three servers over one directory of zone files, each on a loopback port of its own.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs::{self, File};
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use meridian::clock::Clock;
use meridian::config::{Files, load_from};
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::metrics;
use meridian::snapshot::Snapshots;
use meridian::world::{Compiled, Kept, World};

use super::loopback::free_address;

/// A name server at work; it ends when this is dropped.
pub(crate) struct Server {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    _work: Work,
}

/// What keeps a server going.
#[expect(dead_code, reason = "held to be dropped")]
enum Work {
    Inside(Dns),
    Process(Daemon),
}

/// A process that ends with the test.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Server {
    /// Meridian: config and zones from the disk, real sockets, in this process.
    pub(crate) fn meridian(directory: &Path) -> Self {
        let config = directory.join("meridian.toml");
        fs::write(&config, "[server]\nlisten = [\"127.0.0.1:0\"]\n[zones]\ndirectory = \"zones\"\n").unwrap();
        let loaded = load_from(&Files::Disk, &config).unwrap_or_else(|problems| panic!("{problems:?}"));
        let now = Clock::start().now();
        let compiled = Compiled::new(loaded.config.catalog).unwrap();
        let picture = World::new(compiled, Kept::default(), now).publish(now).0;
        metrics::install();
        let source = Source::new(Snapshots::new(picture), Clock::start());
        let listen = ["127.0.0.1:0".parse().unwrap()];
        let dns = Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source).unwrap();
        Self { name: "Meridian", address: dns.addresses()[0], _work: Work::Inside(dns) }
    }

    /// Knot DNS.
    pub(crate) fn knot(directory: &Path, apexes: &BTreeSet<String>) -> Self {
        let (own, address) = (directory.join("knot"), free_address());
        fs::create_dir(&own).unwrap();
        let mut config = format!(
            "server:\n  rundir: {own}\n  listen: {ip}@{port}\n  udp-workers: 1\n  tcp-workers: 1\n\
             log:\n  - target: stderr\n    any: warning\ndatabase:\n  storage: {own}\n\
             template:\n  - id: default\n    storage: {zones}\n    file: \"%s.zone\"\n    zonefile-sync: -1\n    \
             journal-content: none\nzone:\n",
            own = own.display(),
            ip = address.ip(),
            port = address.port(),
            zones = directory.join("zones").display(),
        );
        for apex in apexes {
            writeln!(config, "  - domain: {apex}").unwrap();
        }
        let file = own.join("knot.conf");
        fs::write(&file, config).unwrap();
        let work = daemon("knotd", "knot", &own, |command| command.arg("-c").arg(file));
        Self { name: "Knot", address, _work: work }
    }

    /// NSD.
    pub(crate) fn nsd(directory: &Path, apexes: &BTreeSet<String>) -> Self {
        let (own, address) = (directory.join("nsd"), free_address());
        fs::create_dir(&own).unwrap();
        let mut config = format!(
            "server:\n  ip-address: {ip}@{port}\n  server-count: 1\n  username: \"\"\n  chroot: \"\"\n  \
             zonesdir: {zones}\n  database: \"\"\n  pidfile: {own}/nsd.pid\n  zonelistfile: {own}/list\n  \
             xfrdfile: {own}/xfrd\n  xfrdir: {own}\n  minimal-responses: yes\n  refuse-any: no\n  \
             rrl-ratelimit: 0\n  rrl-whitelist-ratelimit: 0\nremote-control:\n  control-enable: no\n",
            own = own.display(),
            ip = address.ip(),
            port = address.port(),
            zones = directory.join("zones").display(),
        );
        for apex in apexes {
            writeln!(config, "zone:\n  name: {apex}\n  zonefile: {apex}.zone").unwrap();
        }
        let file = own.join("nsd.conf");
        fs::write(&file, config).unwrap();
        let work = daemon("nsd", "nsd", &own, |command| command.arg("-d").arg("-c").arg(file));
        Self { name: "NSD", address, _work: work }
    }
}

fn daemon(
    name: &str,
    package: &str,
    own: &Path,
    arguments: impl FnOnce(&mut Command) -> &mut Command,
) -> Work {
    let log = File::create(own.join("log")).unwrap();
    let path = format!("{}:/usr/sbin:/usr/bin", std::env::var("PATH").unwrap_or_default());
    let mut command = Command::new(name);
    command.env("PATH", path).stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
    match arguments(&mut command).spawn() {
        Ok(child) => Work::Process(Daemon(child)),
        Err(error) => panic!("{name}: {error}; install Debian's package {package} (tests/run does it)"),
    }
}
