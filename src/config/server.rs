//! `[server]`: where DNS is served, and within which limits.

use std::net::SocketAddr;
use std::time::Duration;

use super::host;
use super::item::Item;
use super::section::Section;
use super::tls::{self, Pair, Tls};
use crate::limits::TcpLimits;

/// `[server]` as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Addresses that take UDP and TCP; never empty, port 0 takes any free port.
    pub listen: Vec<SocketAddr>,
    /// UDP workers an address; 0: one a core.
    pub workers: usize,
    /// Limits of connections.
    pub tcp: TcpLimits,
    /// DNS inside TLS and QUIC; none: neither is served.
    pub tls: Option<Tls>,
}

/// `[server]` as written.
pub(super) struct Written<'a> {
    pub server: Server,
    /// What answers say of it.
    pub host: host::Written<'a>,
    /// Where the files of `tls` are named.
    pub pair: Option<Pair<'a>>,
    /// Which vantage it is.
    pub vantage: Option<(Item<'a>, &'a str)>,
    /// Whether it probes.
    pub probing: bool,
}

/// Reads `[server]`.
pub(super) fn read(section: Section<'_>) -> Option<Written<'_>> {
    let mut section = section.later(&["rrl", "user"]);
    let listen = section.need("listen", listen_addresses);
    let workers = section.or("workers", 0, |item| item.integer(0..=MOST_WORKERS));
    let host = host::read(&mut section);
    let tcp = section.table("tcp", tcp);
    let vantage = section.maybe("vantage", |item| Some((item.clone(), item.text()?)));
    let probing = section.or("probing", true, Item::boolean);
    let plain = listen.as_deref().unwrap_or_default();
    let tls = section.table("tls", |section| tls::read(section, plain));
    section.finish();
    let (tls, pair) = tls?.unzip();
    let server = Server { listen: listen?, workers: workers?, tcp: tcp?.unwrap_or_default(), tls };
    Some(Written { server, host: host?, pair, vantage: vantage?, probing: probing? })
}

/// An address with its port.
pub(super) fn socket_address(item: &Item<'_>) -> Option<SocketAddr> {
    item.parse("an address and a port, such as \"127.0.0.1:5353\" or \"[::1]:5353\"", |text| {
        text.parse().ok()
    })
}

/// Port 0 may be there more than once: each takes a port of its own.
pub(super) fn listen_addresses(item: &Item<'_>) -> Option<Vec<SocketAddr>> {
    let mut free = 0;
    let addresses = item.list_of_once(|item| {
        let address = socket_address(item)?;
        free += usize::from(address.port() == 0);
        Some((address, if address.port() == 0 { free } else { 0 }))
    })?;
    Some(addresses.into_iter().map(|(address, _)| address).collect())
}

/// `server.tcp`: limits of connections.
fn tcp(mut section: Section<'_>) -> Option<TcpLimits> {
    let default = TcpLimits::default();
    let connections = section.or("connections", default.connections, |item| item.integer(1..=1_000_000));
    let per_client = section.or("per_client", default.per_client, |item| item.integer(1..=1_000_000));
    let idle = section.or("idle", default.idle, |item| item.duration(SHORTEST_IDLE..=LONGEST_IDLE));
    section.finish();
    Some(TcpLimits { connections: connections?, per_client: per_client?, idle: idle?, ..default })
}

const MOST_WORKERS: u64 = 1024;
const SHORTEST_IDLE: Duration = Duration::from_millis(100);
const LONGEST_IDLE: Duration = Duration::from_secs(3600);
