//! Sockets ↔ `answer()`: the edge that DNS comes in by.
//!
//! ```text
//!             ┌ worker (thread, UDP socket) ┐
//!   clients ──┼ worker (thread, UDP socket) ┼── Responder ── answer(snapshot, client, now, query, out)
//!             └ door (thread, TCP listeners)┘     └ Tally ── metrics
//! ```
//!
//! It knows bytes, addresses and limits, and nothing of DNS beyond the twelve octets of a header: what a
//! message means is `answer()`'s business. It gives the same meaning over every carrier, an answer from the
//! address that was asked, and a count of everything that it does not answer. It refuses to share a port with
//! a stranger, to wait for a slow client, and to hold more connections than its limits say.
//!
//! - One thread per UDP socket: `workers` for each listen address. Sockets may also come from outside
//!   ([`Dns::start`]), as many as there are.
//! - One thread for all of TCP, with tasks of its own, so that a flood of connections costs UDP at most one
//!   core.
//! - Nothing on a query's way locks or waits; a panic costs one query.
//! - Threads end when told, TCP drains under a deadline, and [`Dns::join`] sees all of them end.

mod batch;
mod holder;
mod pace;
mod problem;
mod respond;
mod socket;
mod tally;
mod tcp;
mod udp;

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::Instant;

pub use problem::{BindCause, BindProblem};
pub use socket::Sockets;
pub use tcp::TcpLimits;

use crate::client::Carrier;
use crate::clock::Clock;
use crate::snapshot::Snapshots;

/// A DNS server at work. Dropping it tells its threads to stop and does not wait for them.
#[derive(Debug)]
pub struct Dns {
    addresses: Vec<SocketAddr>,
    stop: Arc<AtomicBool>,
    drain: watch::Sender<Option<Instant>>,
    threads: Vec<Thread>,
}

/// A thread and the news of its end: the sender goes away with the thread.
#[derive(Debug)]
struct Thread {
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
}

impl Dns {
    /// Binds every address, over UDP and TCP, and serves. Returns when all of them listen, or with a problem
    /// for each that could not be bound, in which case nothing was started. Port 0 works.
    pub fn bind(
        listen: &[SocketAddr],
        workers: NonZeroUsize,
        limits: TcpLimits,
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
    pub fn start(sockets: Vec<Sockets>, limits: TcpLimits, source: &Source) -> io::Result<Self> {
        let (drain, draining) = watch::channel(None);
        let mut dns = Self {
            addresses: sockets.iter().map(|sockets| sockets.address).collect(),
            stop: Arc::default(),
            drain,
            threads: Vec::new(),
        };
        let (udp, tcp): (Vec<_>, Vec<_>) =
            sockets.into_iter().map(|sockets| (sockets.udp, sockets.tcp)).unzip();
        for (number, socket) in udp.into_iter().flatten().enumerate() {
            let worker = udp::Worker { socket, source: source.clone(), stop: Arc::clone(&dns.stop) };
            dns.threads.push(Thread::start(format!("udp-{number}"), move || worker.run())?);
        }
        let door = tcp::Entrance { listeners: tcp, limits, source: source.clone(), draining };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        dns.threads.push(Thread::start("tcp".to_owned(), move || door.run(&runtime))?);
        Ok(dns)
    }

    /// The addresses that are served, in the order of the list, with their real ports.
    #[must_use]
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// Tells everything to stop: UDP workers after the batch in hand, TCP connections when they are idle, or
    /// after `deadline`. Returns at once; [`Dns::join`] waits.
    pub fn shutdown(&self, deadline: Duration) {
        self.stop.store(true, Ordering::Relaxed);
        self.drain.send_replace(Some(Instant::now() + deadline));
    }

    /// Waits until every thread has ended. May be dropped and called again.
    pub async fn join(&mut self) {
        while let Some(thread) = self.threads.last_mut() {
            // An error is the news: the sender went away with its thread.
            let _ = (&mut thread.ended).await;
            if let Some(Thread { handle, .. }) = self.threads.pop()
                && handle.join().is_err()
            {
                tracing::error!("a DNS thread ended in a panic");
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
        let handle = std::thread::Builder::new().name(name).spawn(move || {
            run();
            drop(alive);
        })?;
        Ok(Self { ended, handle })
    }
}

/// A carrier's word in metrics and messages.
const fn transport(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::Udp => "udp",
        Carrier::Tcp => "tcp",
    }
}
