//! Sockets ↔ `answer()`: the edge that DNS comes in by.
//!
//! ```text
//!             ┌ worker (thread, UDP socket) ┐
//!   clients ──┼ worker (thread, UDP socket) ┼── Responder ── answer(snapshot, client, now, query, out)
//!             ├ door (thread, TCP listeners)┤     └ Tally ── metrics
//!             ├ door (thread, DoT listeners)┤
//!             └ front (thread, DoQ sockets) ┘
//! ```
//!
//! It knows bytes, addresses and limits, and nothing of DNS beyond the twelve octets of a header: what a
//! message means is `answer()`'s business. It gives the same meaning over every carrier, an answer from the
//! address that was asked, and a count of everything that it does not answer. It refuses to share a port with
//! a stranger, to wait for a slow client, and to hold more connections than its limits say.
//!
//! - One thread per UDP socket: `workers` for each listen address. Sockets may also come from outside
//!   ([`Dns::start`]), as many as there are.
//! - One thread each for all of TCP, DoT and DoQ, with tasks of its own, so that a flood of connections costs UDP
//!   at most one core.
//! - Nothing on a query's way locks or waits; a panic costs one query.
//! - Some queries may be logged (`query_log`); a log that cannot keep up loses lines, never an answer.
//! - By UDP, where addresses can be forged, a prefix gets only so many like answers (`limit`).
//! - Threads end when told, TCP drains under a deadline, and [`Dns::join`] sees all of them end.

mod batch;
mod crowd;
mod holder;
mod limit;
mod pace;
mod problem;
mod query_log;
mod quic;
mod respond;
mod socket;
mod tally;
mod tcp;
mod tls;
mod udp;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::runtime::{self, Runtime};
use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

use limit::Limiter;
pub use problem::{BindCause, BindProblem};
pub use query_log::{QueryLog, QueryLogWriter};
pub use socket::Sockets;
pub use tls::{Credentials, TlsSockets};

use crate::client::Carrier;
use crate::clock::Clock;
pub use crate::limits::{Limits, RateLimit, RateMode, TcpLimits};
use crate::snapshot::Snapshots;

/// A DNS server at work. Dropping it tells its threads to stop and does not wait for them.
#[derive(Debug)]
pub struct Dns {
    addresses: Vec<SocketAddr>,
    encrypted: Vec<SocketAddr>,
    stop: Arc<AtomicBool>,
    drain: watch::Sender<Option<Instant>>,
    threads: Vec<Thread>,
}

/// A thread and the news of its end: the sender goes away with the thread.
#[derive(Debug)]
struct Thread {
    name: String,
    ended: oneshot::Receiver<()>,
    handle: JoinHandle<()>,
}

/// What answers are made from.
#[derive(Clone, Debug)]
pub struct Source {
    /// The pictures.
    pub snapshots: Snapshots,
    /// The clock that every edge shares.
    pub clock: Clock,
    /// Where some of the queries are logged; none: nowhere.
    pub queries: Option<QueryLog>,
}

impl Source {
    /// What answers, and no query log.
    #[must_use]
    pub const fn new(snapshots: Snapshots, clock: Clock) -> Self {
        Self { snapshots, clock, queries: None }
    }
}

impl Dns {
    /// Binds every address, over UDP and TCP, and serves. Returns when all of them listen, or with a problem
    /// for each that could not be bound, in which case nothing was started. Port 0 works.
    pub fn bind(
        listen: &[SocketAddr],
        workers: NonZeroUsize,
        limits: impl Into<Limits>,
        source: &Source,
    ) -> Result<Self, Vec<BindProblem>> {
        let sockets = Sockets::bind_all(listen, workers)?;
        let first = sockets.first().map(|sockets| sockets.address);
        Self::start(sockets, limits, source).map_err(|error| {
            let address = first.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
            vec![BindProblem::new(address, Carrier::Tcp, error)]
        })
    }

    /// Serves from sockets that are bound already.
    pub fn start(sockets: Vec<Sockets>, limits: impl Into<Limits>, source: &Source) -> io::Result<Self> {
        let Limits { tcp: limits, rate } = limits.into();
        let limiter = rate.map(Limiter::new);
        let (drain, draining) = watch::channel(None);
        let mut dns = Self {
            addresses: sockets.iter().map(|sockets| sockets.address).collect(),
            encrypted: Vec::new(),
            stop: Arc::default(),
            drain,
            threads: Vec::new(),
        };
        let (udp, tcp): (Vec<_>, Vec<_>) =
            sockets.into_iter().map(|sockets| (sockets.udp, sockets.tcp)).unzip();
        for (number, socket) in udp.into_iter().flatten().enumerate() {
            let (source, limiter, stop) = (source.clone(), limiter.clone(), Arc::clone(&dns.stop));
            let worker = udp::Worker { socket, source, limiter, stop };
            dns.threads.push(Thread::start(format!("udp-{number}"), move || worker.run())?);
        }
        let door = tcp::Entrance { listeners: tcp, tls: None, limits, source: source.clone(), draining };
        dns.open("tcp", move |runtime| door.run(runtime))?;
        Ok(dns)
    }

    /// Serves inside TLS and QUIC as well, with the certificate that `credentials` hold at each handshake. May be called
    /// again with other sockets.
    pub fn encrypt(
        &mut self,
        sockets: Vec<TlsSockets>,
        credentials: &Credentials,
        limits: TcpLimits,
        source: &Source,
    ) -> io::Result<()> {
        let (mut listeners, mut datagrams) = (Vec::new(), Vec::new());
        for TlsSockets { address, dot, doq } in sockets {
            if !self.encrypted.contains(&address) {
                self.encrypted.push(address);
            }
            listeners.extend(dot);
            datagrams.extend(doq);
        }
        let (source, draining) = (source.clone(), self.drain.subscribe());
        if !datagrams.is_empty() {
            let (source, draining, credentials) = (source.clone(), draining.clone(), credentials.clone());
            let front = quic::Entrance { sockets: datagrams, credentials, limits, source, draining };
            self.open(QUIC, move |runtime| front.run(runtime))?;
        }
        if !listeners.is_empty() {
            let tls = Some(credentials.config().into());
            let door = tcp::Entrance { listeners, tls, limits, source, draining };
            self.open("dot", move |runtime| door.run(runtime))?;
        }
        Ok(())
    }

    /// Starts a thread with a runtime of its own.
    fn open(&mut self, name: &str, run: impl FnOnce(&Runtime) + Send + 'static) -> io::Result<()> {
        let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
        self.threads.push(Thread::start(name.to_owned(), move || run(&runtime))?);
        Ok(())
    }

    /// The addresses that are served, in the order of the list, with their real ports.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The addresses that are served inside TLS and QUIC, likewise.
    #[must_use]
    pub fn encrypted_addresses(&self) -> &[SocketAddr] {
        &self.encrypted
    }

    /// Tells everything to stop: UDP workers after the batch in hand, TCP connections when they are idle, or
    /// after `deadline`. Returns at once; [`Dns::join`] waits.
    pub fn shutdown(&self, deadline: Duration) {
        self.stop.store(true, Ordering::Relaxed);
        self.drain.send_replace(Some(Instant::now() + deadline));
    }

    /// Waits until nothing reads the sockets of QUIC any more. May be dropped and called again.
    pub async fn quic_ended(&mut self) {
        while let Some(at) = self.threads.iter().position(|thread| thread.name == QUIC) {
            // An error is the news: the sender went away with its thread.
            let _ = (&mut self.threads[at].ended).await;
            self.threads.remove(at).join();
        }
    }

    /// Waits until every thread has ended. May be dropped and called again.
    pub async fn join(&mut self) {
        while let Some(thread) = self.threads.last_mut() {
            // An error is the news: the sender went away with its thread.
            let _ = (&mut thread.ended).await;
            if let Some(thread) = self.threads.pop() {
                thread.join();
            }
        }
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.shutdown(Duration::ZERO);
    }
}

impl Thread {
    fn start(name: String, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (alive, ended) = oneshot::channel();
        let handle = std::thread::Builder::new().name(name.clone()).spawn(move || {
            run();
            drop(alive);
        })?;
        Ok(Self { name, ended, handle })
    }

    fn join(self) {
        if self.handle.join().is_err() {
            tracing::error!(thread = self.name, "a DNS thread ended in a panic");
        }
    }
}

/// Name of the thread that serves QUIC.
const QUIC: &str = "doq";
/// How often counts are shown while no query comes.
const FLUSH: Duration = Duration::from_millis(250);

/// A carrier's word in metrics and messages.
const fn transport(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Udp => "udp",
        Carrier::Tcp => "tcp",
        Carrier::Tls => "dot",
        Carrier::Quic => "doq",
    }
}

#[cfg(test)]
mod tests;
