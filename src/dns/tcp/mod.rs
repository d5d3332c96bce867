//! DNS over TCP (RFC 7766) and TLS (RFC 7858): two octets of length before each message.
//!
//! Each of the two has a thread, caps and counts of its own, so that a flood of handshakes costs TCP nothing.
//!
//! A thread with a runtime of its own runs the *door*, which accepts and knows who is inside, and one task
//! a *connection*. A connection answers in order as fast as its client reads; it never waits for another one.
//! Limits are kept by the door (how many) and by each connection (how long). At a cap the newcomer is let in
//! and the longest idle goes.

mod connection;
mod desk;
mod door;
mod stream;

use std::net::TcpListener;

use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use super::{Source, TcpLimits};
use crate::client::Carrier;
use door::Door;

/// What a thread of connections starts with.
pub(super) struct Entrance {
    pub(super) listeners: Vec<TcpListener>,
    /// None: plain TCP.
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: TcpLimits,
    pub(super) source: Source,
    pub(super) draining: watch::Receiver<Option<Instant>>,
}

impl Entrance {
    /// What carries the messages.
    fn carrier(&self) -> Carrier {
        if self.tls.is_some() { Carrier::Tls } else { Carrier::Tcp }
    }

    /// Serves until told to drain, and then until all connections have ended.
    pub(super) fn run(self, runtime: &Runtime) {
        LocalSet::new().block_on(runtime, async {
            match Door::open(self) {
                Ok(door) => door.run().await,
                Err(error) => {
                    tracing::error!(%error, "connections are not served: their listeners cannot be watched");
                }
            }
        });
    }
}
