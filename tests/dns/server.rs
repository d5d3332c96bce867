//! A server with nothing to say (every name is refused), and the one question that is asked of it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use meridian::clock::Clock;
use meridian::config::{Files, load_from};
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::metrics;
use meridian::snapshot::{Snapshot, Snapshots};
use meridian::world::{Compiled, Kept, World};

/// Long for a test, short for a hang.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

/// Limits that no test waits for by chance.
pub(crate) const PATIENT: TcpLimits = TcpLimits {
    connections: 100,
    per_client: 100,
    idle: Duration::from_secs(60),
    message: Duration::from_secs(60),
};
/// A source of answers.
pub(crate) fn source() -> Source {
    metrics::install();
    Source::new(Snapshots::new(picture()), Clock::start())
}

/// A picture of one small zone, which is not the one that tests ask for.
fn picture() -> Arc<Snapshot> {
    let config = "[server]\nlisten = [\"127.0.0.1:0\"]\n[zones]\ndirectory = \"zones\"\n";
    let long = "x".repeat(250);
    let zone = format!(
        "@ 60 IN SOA ns. host. 1 1 1 1 1\n@ 60 IN NS ns.example.net.\n@ 60 IN TXT {long} {long} {long}\n* 60 IN A 192.0.2.1\n"
    );
    let files = Files::Memory(BTreeMap::from([
        ("meridian.toml".into(), config.into()),
        ("zones/other.test.zone".into(), zone.into()),
    ]));
    let loaded = load_from(&files, "meridian.toml".as_ref()).unwrap();
    let compiled = Compiled::new(loaded.config.catalog).unwrap();
    let now = Clock::start().now();
    World::new(compiled, Kept::default(), now).publish(now).0
}

/// A server on `listen` with two workers.
pub(crate) fn start(listen: &[&str], limits: TcpLimits) -> Dns {
    let listen: Vec<SocketAddr> = listen.iter().map(|address| address.parse().unwrap()).collect();
    let workers = NonZeroUsize::new(2).unwrap();
    Dns::bind(&listen, workers, limits, &source()).unwrap()
}

/// `example.test A IN`, asked with this ID.
pub(crate) fn query(id: u16) -> Vec<u8> {
    let rest = b"\x01\x00\0\x01\0\0\0\0\0\0\x07example\x04test\0\0\x01\0\x01";
    [id.to_be_bytes().as_slice(), rest].concat()
}

/// With its length in front.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u16::try_from(message.len()).unwrap();
    [length.to_be_bytes().as_slice(), message].concat()
}

/// The ID of an answer, which is one, and says REFUSED.
pub(crate) fn refused(answer: &[u8]) -> u16 {
    assert!(answer.len() >= 12, "no whole header: {answer:?}");
    assert_eq!(answer[2] & 0x80, 0x80, "QR is set: {answer:?}");
    assert_eq!(answer[3] & 0x0f, 5, "REFUSED: {answer:?}");
    u16::from_be_bytes([answer[0], answer[1]])
}

/// What the exposition says of a series; 0 before it is seen.
pub(crate) fn shown(series: &str) -> f64 {
    let text = metrics::install().render();
    let number = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    number.map_or(0.0, |number| number.parse().unwrap())
}

/// Waits until the exposition says at least `least` of a series.
pub(crate) async fn shows(series: &str, least: f64) {
    let reached = async {
        while shown(series) < least {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let outcome = tokio::time::timeout(PATIENCE, reached).await;
    assert!(outcome.is_ok(), "{series} stays at {} instead of {least}", shown(series));
}
