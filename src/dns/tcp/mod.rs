//! DNS over TCP (RFC 7766): two octets of length before each message.
//!
//! One thread with a runtime of its own runs the *door*, which accepts and knows who is inside, and one task
//! a *connection*. A connection answers in order as fast as its client reads; it never waits for another one.
//! Limits are kept by the door (how many) and by each connection (how long). At a cap the newcomer is let in
//! and the longest idle goes.

mod connection;
mod crowd;
mod desk;
mod door;

use std::net::TcpListener;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::Source;
use door::Door;

/// How much of TCP there may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpLimits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections of one client at a time: an IPv4 address, or a /64 of IPv6.
    pub per_client: usize,
    /// How long a connection may be silent between messages.
    pub idle: Duration,
    /// How long a message may take from its first octet to its last, and how long answers may wait to be
    /// read.
    pub message: Duration,
}

impl Default for TcpLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            per_client: 64,
            idle: Duration::from_secs(10),
            message: Duration::from_secs(5),
        }
    }
}

/// What the TCP thread starts with.
pub(super) struct Entrance {
    pub(super) listeners: Vec<TcpListener>,
    pub(super) limits: TcpLimits,
    pub(super) source: Source,
    pub(super) draining: watch::Receiver<Option<Instant>>,
}

impl Entrance {
    /// Serves until told to drain, and then until all connections have ended.
    pub(super) fn run(self, runtime: &Runtime) {
        LocalSet::new().block_on(runtime, async {
            match Door::open(self) {
                Ok(door) => door.run().await,
                Err(error) => tracing::error!(%error, "TCP is not served: its listeners cannot be watched"),
            }
        });
    }
}
