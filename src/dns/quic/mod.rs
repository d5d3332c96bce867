//! DNS over QUIC (RFC 9250), carried by hickory-server behind a front of our own.
//!
//! ```text
//!            ┌ front ────────────────────┐      ┌ hickory ─┐
//!  clients ──┤ caps · a flow a client    ├─ lo ─┤ a lane   ├── adapter ── desk ── answer()
//!            │ a lane without handshakes │      │ a lane … │
//!            └───────────────────────────┘      └──────────┘
//! ```
//!
//! hickory speaks QUIC and frames messages; it has no cap on connections and shakes one hand after the other, up to
//! five seconds each. So the front stands before it: it owns the public sockets, gives each client a *flow* (a socket
//! of its own towards hickory), keeps the caps, and spreads newcomers over several *lanes* (listeners of hickory on
//! loopback), the emptiest first. Flows are never decrypted: what the front
//! knows is addresses, sizes and, from the adapter, whose queries have come.
//!
//! What remains, since it cannot be had from outside:
//!
//! - Addresses are not validated before a handshake begins, so that forged ones can keep all lanes waiting. A Retry
//!   (RFC 9000 §8.1.2) of the front's would not help: the client holds the server's transport parameters against it
//!   (§7.3), and these are sealed by hickory, which cannot be told of a Retry nor asked for one.
//! - A connection serves one query after the other, a hundred at most: both are hickory's loop over its streams.
//! - A query that breaks the protocol (an ID, a keepalive option) ends its stream without an answer; its connection is
//!   not closed with `DOQ_PROTOCOL_ERROR` (RFC 9250 §4.2.1, §5.5.2), since the handler never sees the connection.
//! - What hickory's decoder refuses never reaches `answer()`.

mod adapter;
mod desk;
mod flow;
mod front;
mod lanes;
mod public;

use std::net::UdpSocket;

use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::tls::Credentials;
use super::{Source, TcpLimits};
use front::Front;

/// What the QUIC thread starts with.
pub(super) struct Entrance {
    pub(super) sockets: Vec<UdpSocket>,
    pub(super) credentials: Credentials,
    pub(super) limits: TcpLimits,
    pub(super) source: Source,
    pub(super) draining: watch::Receiver<Option<Instant>>,
}

impl Entrance {
    /// Serves until told to drain, and then until connections had time to say goodbye.
    pub(super) fn run(self, runtime: &Runtime) {
        LocalSet::new().block_on(runtime, async {
            match Front::open(self).await {
                Ok(front) => front.run().await,
                Err(error) => tracing::error!(%error, "QUIC is not served: its sockets cannot be watched"),
            }
        });
    }
}
