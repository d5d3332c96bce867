//! A small world, served: two zones, one inside the other, two regions and a fence; and the three ways to ask it.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use meridian::answer::{Outcome, answer};
use meridian::client::{Carrier, Client};
use meridian::clock::Clock;
use meridian::config::{Files, load_from};
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::metrics;
use meridian::snapshot::{Snapshot, Snapshots};
use meridian::world::{Compiled, Kept, World};

use super::{Ask, Reply, ask};

/// Answers over UDP and TCP, each equal to what `answer()` says of the same octets.
pub(crate) struct Both {
    pub(crate) udp: Reply,
    pub(crate) tcp: Reply,
}

impl Both {
    /// Both, for what holds over either.
    pub(crate) fn each(&self) -> [&Reply; 2] {
        [&self.udp, &self.tcp]
    }
}

impl Ask {
    /// Asks all three ways.
    pub(crate) fn send(&self) -> Both {
        both(&self.octets())
    }
}

/// Asks these octets all three ways; an answer has to come.
pub(crate) fn both(query: &[u8]) -> Both {
    let [udp, tcp] = maybe_both(query).map(|octets| octets.expect("an answer, not silence"));
    Both { udp: Reply::read(udp), tcp: Reply::read(tcp) }
}

/// Asks these octets all three ways; nothing comes back where `answer()` drops them.
pub(crate) fn maybe_both(query: &[u8]) -> [Option<Vec<u8>>; 2] {
    [Carrier::Udp, Carrier::Tcp].map(|carrier| {
        // A fresh cookie holds the time: the second may turn between the two.
        for _ in 0..5 {
            let meant = by_call(carrier, LOOPBACK, query);
            let came = if carrier == Carrier::Udp { by_udp(query) } else { by_tcp(query) };
            if meant == came {
                return came;
            }
        }
        panic!("{carrier:?} does not carry what answer() says of {query:?}");
    })
}

/// What `answer()` says to a client at `address`.
pub(crate) fn by_call(carrier: Carrier, address: IpAddr, query: &[u8]) -> Option<Vec<u8>> {
    match outcome(carrier, address, query) {
        (Outcome::Answered { length, .. }, mut octets) => {
            octets.truncate(length);
            Some(octets)
        }
        (Outcome::Dropped, _) => None,
    }
}

/// The outcome of a query, and the buffer it was answered into.
pub(crate) fn outcome(carrier: Carrier, address: IpAddr, query: &[u8]) -> (Outcome, Vec<u8>) {
    let limit = if carrier == Carrier::Udp { 1232 } else { u16::MAX };
    let mut out = vec![0; usize::from(limit)];
    let client = Client { address, carrier, limit };
    let outcome = answer(&SERVER.snapshot, &client, SERVER.clock.now(), query, &mut out);
    (outcome, out)
}

fn by_udp(query: &[u8]) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind((LOOPBACK, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.connect(SERVER.address()).unwrap();
    socket.send(query).unwrap();
    // Datagrams of a socket reach one worker in order: what comes before the second answer is the first.
    socket.send(&sentinel()).unwrap();
    let mut answers = Vec::new();
    loop {
        let mut octets = vec![0; 65_535];
        let length = socket.recv(&mut octets).expect("an answer in time");
        octets.truncate(length);
        if octets[..2] == SENTINEL.to_be_bytes() {
            assert!(answers.len() < 2, "more than one answer");
            return answers.pop();
        }
        answers.push(octets);
    }
}

fn by_tcp(query: &[u8]) -> Option<Vec<u8>> {
    let mut stream = connect();
    stream.write_all(&[framed(query), framed(&sentinel())].concat()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let first = next(&mut stream)?;
    (first[..2] != SENTINEL.to_be_bytes()).then_some(first)
}

/// A connection to the server.
pub(crate) fn connect() -> TcpStream {
    let stream = TcpStream::connect(SERVER.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// The next message of a connection; none at its end.
pub(crate) fn next(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut length = [0; 2];
    stream.read_exact(&mut length).ok()?;
    let mut octets = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut octets).unwrap();
    Some(octets)
}

/// A message behind its length.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    [&u16::try_from(message.len()).unwrap().to_be_bytes(), message].concat()
}

fn sentinel() -> Vec<u8> {
    ask("www.example.test", "A").id(SENTINEL).octets()
}

/// The picture that is served.
pub(crate) fn snapshot() -> &'static Snapshot {
    &SERVER.snapshot
}

/// A picture of a config and zones in memory; with `supposed`, one region after the other is down.
pub(crate) fn picture(config: &str, zones: &[(&str, &str)]) -> World {
    let mut files: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::from([
        ("meridian.toml".into(), config.into()),
        ("country.mmdb".into(), include_bytes!("../data/maxmind-test/GeoIP2-Country-Test.mmdb").into()),
        ("secrets".into(), b"e5e973e5a6b2a43f48e7dc849e37bfcf\n".into()),
    ]);
    files.extend(zones.iter().map(|(name, text)| (format!("zones/{name}").into(), (*text).into())));
    let loaded = load_from(&Files::Memory(files), "meridian.toml".as_ref())
        .unwrap_or_else(|problems| panic!("{problems:#?}"));
    let compiled = Compiled::new(loaded.config.catalog).unwrap();
    World::new(compiled, Kept::default(), Clock::start().now())
}

struct Server {
    snapshot: Arc<Snapshot>,
    clock: Clock,
    dns: Dns,
}

impl Server {
    fn address(&self) -> SocketAddr {
        self.dns.addresses()[0]
    }
}

static SERVER: LazyLock<Server> = LazyLock::new(|| {
    metrics::install();
    let clock = Clock::start();
    let zones = [("example.test.zone", ZONE), ("child.example.test.zone", CHILD)];
    let snapshot = picture(CONFIG, &zones).publish(clock.now()).0;
    let source = Source::new(Snapshots::new(Arc::clone(&snapshot)), clock);
    let listen = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0))];
    let dns = Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source).unwrap();
    Server { snapshot, clock, dns }
});

/// The config of the world.
pub(crate) const CONFIG: &str = include_str!("meridian.toml");
/// Its outer zone.
pub(crate) const ZONE: &str = include_str!("example.test.zone");
/// Its inner zone.
pub(crate) const CHILD: &str = include_str!("child.example.test.zone");
/// Where tests ask from.
pub(crate) const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// Long for a test, short for a hang.
const PATIENCE: Duration = Duration::from_secs(10);
const SENTINEL: u16 = 0xffee;
