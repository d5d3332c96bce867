//! A panic on the way of one query, planted where only tests can, on each carrier that has a socket of its own here;
//! DoT is served by the same door, connection and desk as TCP.

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};

use super::*;
use crate::snapshot::Snapshot;

/// A query whose answering panics.
pub(super) const PANICS: &[u8] = b"\x12\x34\0\0\0\x01\0\0\0\0\0\0\x05panic\0\0\x01\0\x01";
/// One that is refused, as every name is where there are no zones.
pub(super) const GOOD: &[u8] = b"\x12\x35\0\0\0\x01\0\0\0\0\0\0\x05quiet\0\0\x01\0\x01";

/// Whether this is the query whose answering is to panic.
pub(super) fn is_planted(query: &[u8]) -> bool {
    query == PANICS
}

pub(super) fn source() -> Source {
    crate::metrics::install();
    Source::new(Snapshots::new(Arc::new(Snapshot::default())), Clock::start())
}

/// What the exposition says of a series.
pub(super) fn shown(series: &str) -> f64 {
    let text = crate::metrics::install().render();
    let line = text.lines().find_map(|line| line.strip_prefix(series));
    line.map_or(0.0, |number| number.trim().parse().unwrap())
}

fn start() -> Dns {
    let listen = ["127.0.0.1:0".parse().unwrap()];
    Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source()).unwrap()
}

const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn a_panic_costs_one_datagram_and_the_worker_goes_on() {
    let dns = start();
    let client = UdpSocket::bind("127.0.0.1:0").unwrap();
    client.set_read_timeout(Some(PATIENCE)).unwrap();
    let before = shown("meridian_worker_panics_total{transport=\"udp\"}");
    for query in [PANICS, GOOD, PANICS, GOOD] {
        client.send_to(query, dns.addresses()[0]).unwrap();
    }
    let mut answer = [0; 512];
    for _ in 0..2 {
        let length = client.recv(&mut answer).expect("the queries beside it are answered");
        assert_eq!((length, &answer[..2]), (GOOD.len(), &GOOD[..2]));
    }
    assert!(shown("meridian_worker_panics_total{transport=\"udp\"}") >= before + 2.0);
}

#[test]
fn a_panic_costs_one_message_of_a_stream_and_the_stream_goes_on() {
    let dns = start();
    let mut stream = TcpStream::connect(dns.addresses()[0]).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let before = shown("meridian_worker_panics_total{transport=\"tcp\"}");
    let framed = |query: &[u8]| [&(query.len() as u16).to_be_bytes(), query].concat();
    stream.write_all(&[framed(PANICS), framed(GOOD)].concat()).unwrap();
    let mut answer = vec![0; 2 + GOOD.len()];
    stream.read_exact(&mut answer).expect("the next message is answered");
    assert_eq!(answer[2..4], GOOD[..2]);
    assert_eq!(shown("meridian_worker_panics_total{transport=\"tcp\"}"), before + 1.0);
}
