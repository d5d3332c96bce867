//! Listeners of hickory on loopback. Each shakes one hand at a time, so that newcomers go where the fewest wait.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use hickory_server::Server;
use tokio::net::UdpSocket;

use super::super::tls::Credentials;
use super::adapter::Adapter;

/// All lanes.
pub(super) struct Lanes {
    server: Server<Adapter>,
    addresses: Vec<SocketAddr>,
}

impl Lanes {
    /// Opens them; a connection that asks nothing for `idle` is closed.
    pub(super) async fn open(
        adapter: Adapter,
        credentials: &Credentials,
        idle: Duration,
    ) -> io::Result<Self> {
        let mut server = Server::new(adapter);
        let mut addresses = Vec::with_capacity(LANES);
        for _ in 0..LANES {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            addresses.push(socket.local_addr()?);
            server.register_quic_listener(socket, idle, Arc::new(credentials.clone()))?;
        }
        Ok(Self { server, addresses })
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.addresses.len()
    }

    /// Where one listens.
    pub(super) fn address(&self, number: usize) -> SocketAddr {
        self.addresses[number]
    }

    /// Tells all connections that this is the end.
    pub(super) fn close(&self) {
        self.server.shutdown_token().cancel();
    }
}

/// How many hands are shaken at a time.
const LANES: usize = 16;
