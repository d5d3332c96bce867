//! The ways a question goes: to `answer()` by a desk of our own that holds the clock still, and to a real server's sockets.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use meridian::answer::{Outcome, answer};
use meridian::client::{Carrier, Client};
use meridian::clock::Clock;
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::metrics;
use meridian::now::Now;
use meridian::snapshot::{Snapshot, Snapshots};

use super::dig;

const LOOPBACK: &str = "127.0.0.1:0";
const LARGEST: usize = 65_535;

/// Asks `answer()` itself with what dig writes, and lets dig read what comes out.
pub(crate) fn through_answer(snapshot: &Snapshot, now: Now, carrier: Carrier, words: &[&str]) -> Vec<String> {
    let speak = |peer: SocketAddr, query: &[u8]| {
        let mut out = vec![0; LARGEST];
        let client = Client { address: peer.ip(), carrier, limit: u16::MAX };
        match answer(snapshot, &client, now, query, &mut out) {
            Outcome::Answered { length, .. } => out.truncate(length),
            Outcome::Dropped => out.clear(),
        }
        out
    };
    match carrier {
        Carrier::Tcp => over_tcp(words, speak),
        _ => over_udp(words, speak),
    }
}

fn over_udp(words: &[&str], speak: impl Fn(SocketAddr, &[u8]) -> Vec<u8> + Send) -> Vec<String> {
    let desk = UdpSocket::bind(LOOPBACK).unwrap();
    let address = desk.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let mut query = vec![0; LARGEST];
            let (length, peer) = desk.recv_from(&mut query).unwrap();
            let reply = speak(peer, &query[..length]);
            if !reply.is_empty() {
                desk.send_to(&reply, peer).unwrap();
            }
        });
        let lines = dig::ask(address, Carrier::Udp, words);
        // If dig asked nothing, the desk still waits.
        UdpSocket::bind(LOOPBACK).unwrap().send_to(&[], address).unwrap();
        lines
    })
}

fn over_tcp(words: &[&str], speak: impl Fn(SocketAddr, &[u8]) -> Vec<u8> + Send) -> Vec<String> {
    let desk = TcpListener::bind(LOOPBACK).unwrap();
    let address = desk.local_addr().unwrap();
    thread::scope(|scope| {
        scope.spawn(move || {
            let (mut stream, peer) = desk.accept().unwrap();
            let mut length = [0; 2];
            if stream.read_exact(&mut length).is_err() {
                return;
            }
            let mut query = vec![0; usize::from(u16::from_be_bytes(length))];
            stream.read_exact(&mut query).unwrap();
            let reply = speak(peer, &query);
            let length = u16::try_from(reply.len()).unwrap().to_be_bytes();
            stream.write_all(&[length.as_slice(), &reply].concat()).unwrap();
        });
        let lines = dig::ask(address, Carrier::Tcp, words);
        // If dig asked nothing, the desk still waits.
        drop(TcpStream::connect(address));
        lines
    })
}

/// A real server, whose clock runs on from the moment at which it was started.
pub(crate) struct Served {
    dns: Dns,
    snapshots: Snapshots,
    since: Instant,
}

impl Served {
    /// Serves `first` from `now` on.
    pub(crate) fn new(first: Arc<Snapshot>, now: Now) -> Self {
        metrics::install();
        let since = Instant::now();
        let snapshots = Snapshots::new(first);
        let clock = Clock::counting_from(since.checked_sub(now.monotonic).unwrap());
        let source = Source::new(snapshots.clone(), clock);
        let listen = [LOOPBACK.parse().unwrap()];
        let dns = Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source).unwrap();
        Self { dns, snapshots, since }
    }

    /// Serves another picture.
    pub(crate) fn publish(&self, next: Arc<Snapshot>) {
        self.snapshots.publish(next);
    }

    /// Asks the sockets; and how long the clock has run on at most.
    pub(crate) fn ask(&self, carrier: Carrier, words: &[&str]) -> (Vec<String>, Duration) {
        let lines = dig::ask(self.dns.addresses()[0], carrier, words);
        (lines, self.since.elapsed())
    }
}
