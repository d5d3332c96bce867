//! Unbound → a relay that counts → Meridian, each on a loopback port of its own.

use std::collections::BTreeMap;
use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use meridian::catalog::Catalog;
use meridian::clock::Clock;
use meridian::config::{Files, load_from};
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::metrics;
use meridian::snapshot::Snapshots;
use meridian::world::{Compiled, Kept, Supposed, World};
use tempfile::TempDir;

use super::loopback::free_address;

/// How long the relay waits for an answer.
const PATIENCE: Duration = Duration::from_millis(500);

/// The name that clients ask for.
pub(crate) const SERVICE: &str = "api.yourdomain.com.";

/// A director's server whose pictures the test decides, and the relay in front of it.
pub(crate) struct Meridian {
    pub(crate) address: SocketAddr,
    pub(crate) relay: Relay,
    world: World,
    source: Source,
    _dns: Dns,
}

impl Meridian {
    pub(crate) fn start() -> Self {
        let files = [("meridian.toml", CONFIG), ("zones/yourdomain.com.zone", ZONE)];
        let files = files.map(|(path, text)| (path.into(), text.into()));
        let loaded = load_from(&Files::Memory(BTreeMap::from(files)), "meridian.toml".as_ref()).unwrap();
        let clock = Clock::start();
        let mut world =
            World::new(Compiled::new(loaded.config.catalog).unwrap(), Kept::default(), clock.now());
        metrics::install();
        let source = Source::new(Snapshots::new(world.publish(clock.now()).0), clock);
        let listen = ["127.0.0.1:0".parse().unwrap()];
        let dns = Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source).unwrap();
        let address = dns.addresses()[0];
        Self { address, relay: Relay::start(address), world, source, _dns: dns }
    }

    pub(crate) fn catalog(&self) -> &Catalog {
        self.world.catalog()
    }

    /// Serves the picture with these states of the regions.
    pub(crate) fn publish(&self, state: impl Fn(usize) -> Supposed) {
        let regions = self.catalog().regions.iter().enumerate();
        let supposed: Vec<_> = regions.map(|(at, region)| (region.name.clone(), state(at))).collect();
        let snapshot = self.world.suppose(&supposed, self.source.clock.now()).unwrap();
        self.source.snapshots.publish(Arc::new(snapshot));
    }
}

/// Hands datagrams on, one at a time, and counts them.
pub(crate) struct Relay {
    pub(crate) address: SocketAddr,
    queries: Arc<AtomicU64>,
}

impl Relay {
    fn start(to: SocketAddr) -> Self {
        let front = UdpSocket::bind("127.0.0.1:0").unwrap();
        let back = UdpSocket::bind("127.0.0.1:0").unwrap();
        back.connect(to).unwrap();
        back.set_read_timeout(Some(PATIENCE)).unwrap();
        let (address, queries) = (front.local_addr().unwrap(), Arc::new(AtomicU64::new(0)));
        let counter = Arc::clone(&queries);
        thread::spawn(move || {
            let mut octets = [0; 4096];
            loop {
                let (length, from) = front.recv_from(&mut octets).unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                back.send(&octets[..length]).unwrap();
                // A stranger's datagram to a port that was its own before has no answer.
                if let Ok(length) = back.recv(&mut octets) {
                    front.send_to(&octets[..length], from).unwrap();
                }
            }
        });
        Self { address, queries }
    }

    pub(crate) fn queries(&self) -> u64 {
        self.queries.load(Ordering::SeqCst)
    }
}

/// An Unbound that asks the relay for `yourdomain.com`; it ends when this is dropped.
pub(crate) struct Unbound {
    pub(crate) address: SocketAddr,
    process: Child,
    _directory: TempDir,
}

impl Unbound {
    pub(crate) fn start(upstream: SocketAddr) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let address = free_address();
        let config = directory.path().join("unbound.conf");
        fs::write(&config, unbound_config(address, upstream)).unwrap();
        let path = format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default());
        let mut command = Command::new("unbound");
        command.env("PATH", path).arg("-d").arg("-c").arg(config).stdin(Stdio::null());
        let process = command.spawn().unwrap_or_else(|error| {
            panic!("unbound: {error}; install Debian's package unbound (tests/run does it)")
        });
        Self { address, process, _directory: directory }
    }
}

impl Drop for Unbound {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

fn unbound_config(address: SocketAddr, upstream: SocketAddr) -> String {
    format!(
        "server:
  verbosity: 0
  interface: {ip}@{port}
  port: {port}
  do-daemonize: no
  num-threads: 1
  use-syslog: no
  chroot: \"\"
  username: \"\"
  pidfile: \"\"
  module-config: \"subnetcache iterator\"
  send-client-subnet: 127.0.0.0/8
  client-subnet-always-forward: yes
  max-ecs-tree-size-ipv4: 1000
  max-ecs-tree-size-ipv6: 1000
  do-not-query-localhost: no
stub-zone:
  name: yourdomain.com
  stub-addr: {up}@{up_port}
",
        ip = address.ip(),
        port = address.port(),
        up = upstream.ip(),
        up_port = upstream.port(),
    )
}

const ZONE: &str = "$TTL 300\n@ SOA ns1 host 1 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.53\n";
const CONFIG: &str = r#"
[server]
listen = ["127.0.0.1:0"]

[zones]
directory = "zones"

[regions.us]
jurisdiction = "US"
coordinates = [38.95, -77.45]
endpoints = ["198.18.1.1", "198.18.1.2"]

[regions.eu-west]
jurisdiction = "EU"
coordinates = [53.35, -6.26]
endpoints = ["198.18.2.1"]

[regions.eu-central]
jurisdiction = "EU"
coordinates = [50.11, 8.68]
endpoints = ["198.18.3.1"]

[regions.sg]
jurisdiction = "SG"
coordinates = [1.35, 103.82]
endpoints = ["198.18.4.1"]

[services."api.yourdomain.com"]
regions = ["us", "eu-west", "eu-central", "sg"]
strategy = "nearest"
ttl = { min = "60s", max = "5m" }

[fences.gdpr]
clients = ["@EEA", "CH"]
jurisdictions = ["EU"]
unlocated = true
"#;
