//! `[server]`: where DNS is served, and within which limits.

use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::time::Duration;

use super::host;
use super::item::Item;
use super::section::Section;
use super::tls::{self, Pair, Tls};
use crate::limits::{Limits, RateLimit, RateMode, TcpLimits};

/// `[server]` as used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Server {
    /// Addresses that take UDP and TCP; never empty, port 0 takes any free port.
    pub listen: Vec<SocketAddr>,
    /// UDP workers an address; 0: one a core.
    pub workers: usize,
    /// Limits of connections, and of answers by UDP.
    pub limits: Limits,
    /// Where some of the queries are logged; none: nowhere.
    pub query_log: Option<QueryLog>,
    /// Whom the process becomes once its ports are bound; none: it stays who it is.
    pub user: Option<Box<str>>,
    /// DNS inside TLS and QUIC; none: neither is served.
    pub tls: Option<Tls>,
}

/// `server.query_log`: one query in so many, as JSON lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryLog {
    /// Appended to; made where it does not exist.
    pub file: PathBuf,
    /// How many queries a line stands for.
    pub one_in: NonZeroU32,
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
pub(super) fn read(mut section: Section<'_>) -> Option<Written<'_>> {
    let listen = section.need("listen", listen_addresses);
    let workers = section.or("workers", 0, |item| item.integer(0..=MOST_WORKERS));
    let host = host::read(&mut section);
    let tcp = section.table("tcp", tcp);
    let vantage = section.maybe("vantage", |item| Some((item.clone(), item.text()?)));
    let probing = section.or("probing", true, Item::boolean);
    let rate = section.table("rrl", rate);
    let query_log = section.table("query_log", query_log);
    let user = section.maybe("user", user);
    let plain = listen.as_deref().unwrap_or_default();
    let tls = section.table("tls", |section| tls::read(section, plain));
    section.finish();
    let (tls, pair) = tls?.unzip();
    let limits = Limits { tcp: tcp?.unwrap_or_default(), rate: rate? };
    let (query_log, user) = (query_log?, user?);
    let server = Server { listen: listen?, workers: workers?, limits, query_log, user, tls };
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

/// `server.rrl`: how many like answers a prefix gets by UDP.
fn rate(mut section: Section<'_>) -> Option<RateLimit> {
    let rate = section.need("rate", |item| {
        let rate = item.integer(1..=u64::from(RateLimit::MOST))?;
        NonZeroU32::new(rate)
    });
    let slip = section.or("slip", SLIP, |item| item.integer(0..=MOST_SLIP));
    let dry_run = section.or("dry_run", false, |item| item.boolean());
    section.finish();
    let mode = if dry_run? { RateMode::DryRun } else { RateMode::Limit };
    Some(RateLimit { rate: rate?, slip: slip?, mode })
}

/// `server.query_log`: where, and how few.
fn query_log(mut section: Section<'_>) -> Option<QueryLog> {
    let file = section.need("file", Item::path);
    let one_in = section.or("one_in", ONE_IN, |item| NonZeroU32::new(item.integer(1..=1_000_000)?));
    section.finish();
    Some(QueryLog { file: file?, one_in: one_in? })
}

/// `server.user`: a name as `/etc/passwd` may hold it; whether this host knows it is seen at the start.
fn user(item: &Item<'_>) -> Option<Box<str>> {
    item.parse("the name of a user, such as \"meridian\"", |text| account_name(text).then(|| text.into()))
}

/// Whether a user or a group may be called so.
pub(super) fn account_name(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    !text.is_empty() && text.len() <= LONGEST_USER && text.chars().all(plain)
}

/// What a busy server can log without a thought.
const ONE_IN: NonZeroU32 = NonZeroU32::new(1_000).expect("a thousand is not zero");
/// Every second answer above the rate is truncated, as with BIND and NSD.
const SLIP: u32 = 2;
const MOST_SLIP: u64 = 10;
/// As `useradd` has it.
const LONGEST_USER: usize = 32;
const MOST_WORKERS: u64 = 1024;
const SHORTEST_IDLE: Duration = Duration::from_millis(100);
const LONGEST_IDLE: Duration = Duration::from_secs(3600);
