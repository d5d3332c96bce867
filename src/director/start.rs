//! From a stand to a director at work: remember, probe once, publish, test, answer; then the edges, wired to the loop.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;

use super::DRAIN;
use super::accepted::Keeper;
use super::alarms::Risen;
use super::certificate::{Held, Look};
use super::expiry::Expiries;
use super::gauges::Gauges;
use super::late::Late;
use super::levels::Levels;
use super::notices::Notices;
use super::orders::{Orders, Written};
use super::overview::Figures;
use super::probing::{Minute, Probing, controls};
use super::query_log;
use super::record::Record;
use super::reload::{Attempt, Prepared, Reloads, Settings};
use super::restore;
use super::run::Retired;
use super::stand::Stand;
use super::succession::Succession;
use super::watch::{Glance, Locations};
use super::wire::Edges;
use crate::admin::{self, Act, Admin, Refusal, Web};
use crate::client::Carrier;
use crate::clock::Clock;
use crate::config::{Files, Problem};
use crate::demo;
use crate::dns::{self, BindProblem, Dns};
use crate::guard::{Canaries, Miss};
use crate::handover::TakeoverError;
use crate::metrics::Exposition;
use crate::probe::{Controls, Prober, Round};
use crate::process::{Notifier, PrivilegeError};
use crate::snapshot::Snapshots;
use crate::store::StoreError;
use crate::world::{KeptReturn, KeptVerdict, ProofStatus, StampedEvent, World};

/// A director at work.
#[derive(Debug)]
pub(super) struct Director {
    pub(super) path: PathBuf,
    pub(super) clock: Clock,
    pub(super) world: World,
    /// Where some of the queries go, and who writes them.
    pub(super) queries: Option<dns::QueryLog>,
    pub(super) query_log: Option<dns::QueryLogWriter>,
    pub(super) snapshots: Snapshots,
    pub(super) retired: Retired,
    pub(super) dns: Dns,
    pub(super) admin: Option<Admin>,
    pub(super) web: Option<Web>,
    pub(super) prober: Prober,
    pub(super) record: Record,
    pub(super) orders: Orders,
    pub(super) gauges: Gauges,
    /// What the page's figures are made from.
    pub(super) figures: Figures,
    /// What is bound, for a reload to compare with.
    pub(super) settings: Settings,
    /// Overrides on their way to the disk.
    pub(super) writes: JoinSet<Written>,
    /// Reads of the store on their way back.
    pub(super) reads: JoinSet<()>,
    /// The load under way.
    pub(super) loads: JoinSet<Attempt>,
    pub(super) reloads: Reloads,
    /// What DoT and DoQ prove their name with; none where neither is served.
    pub(super) certificate: Option<Held>,
    /// Looks at its files under way.
    pub(super) looks: JoinSet<Option<Look>>,
    /// The location databases, and looks at their files under way.
    pub(super) locations: Locations,
    pub(super) glances: JoinSet<Option<Glance>>,
    /// What is accepted, on its way to the state directory.
    pub(super) keeper: Keeper,
    /// The last proof of what serves; none before the first reload.
    pub(super) proof: Option<ProofStatus>,
    /// Verdicts as they were last kept.
    pub(super) kept: Vec<KeptVerdict>,
    /// Returns as they were last kept.
    pub(super) kept_returns: Vec<KeptReturn>,
    /// Sequence of the last report of each vantage.
    pub(super) sequences: HashMap<Box<str>, u64>,
    pub(super) probing: Probing,
    /// Who is told of what happens.
    pub(super) notices: Notices,
    /// Where events go once they are kept.
    pub(super) told: broadcast::Sender<StampedEvent>,
    /// This vantage's own control targets; none: it is believed.
    pub(super) controls: Option<Controls>,
    /// The prober's last minute.
    pub(super) minute: Minute,
    /// Service levels since the start.
    pub(super) levels: Levels,
    /// When the endpoints' certificates expire.
    pub(super) expiries: Expiries,
    /// Alarms that rose and have not fallen.
    pub(super) risen: Risen,
    pub(super) acts: mpsc::Receiver<Act>,
    pub(super) rounds: mpsc::Receiver<Round>,
    pub(super) exposition: Exposition,
    /// How far a successor has come.
    pub(super) succession: Succession,
    /// Sockets of QUIC that a predecessor still reads.
    pub(super) late: Option<Late>,
    pub(super) notifier: Notifier,
}

/// Why a director did not start. Nothing is left running.
#[derive(Debug, Error)]
pub enum StartError {
    /// Config, zones or database.
    #[error("{} problem(s) in the config", .0.len())]
    Config(Vec<Problem>),
    /// The state directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Addresses that could not be bound.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Bind(Vec<BindProblem>),
    /// The admin socket or the page.
    #[error(transparent)]
    Admin(#[from] admin::BindError),
    /// The demo's gateways.
    #[error(transparent)]
    Gateways(#[from] demo::BindError),
    /// Rights could not be given up.
    #[error(transparent)]
    Privileges(#[from] PrivilegeError),
    /// The running process did not give its place up; it goes on.
    #[error(transparent)]
    Takeover(#[from] TakeoverError),
    /// The first picture does not answer as it should.
    #[error("self-test: {0}")]
    SelfTest(Miss),
    /// The file of the query log.
    #[error("server.query_log: {}: {error}; a file that this user may append to", path.display())]
    QueryLog {
        /// The file.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A question that a config cannot answer.
    #[error(transparent)]
    Refused(Refusal),
    /// Something the system refused.
    #[error("{0}")]
    System(#[source] io::Error),
}

impl StartError {
    /// Whether a running process was wanted and there is none.
    #[must_use]
    pub const fn is_absence(&self) -> bool {
        matches!(self, Self::Takeover(TakeoverError::Nobody { .. }))
    }
}

impl Director {
    /// Starts everything on the sockets of `stand`. Returns when it answers, which a predecessor then does no more.
    pub(super) async fn start(stand: Stand) -> Result<Self, StartError> {
        let clock = Clock::start();
        let exposition = crate::metrics::install();
        let Stand { path, prepared, fallback, ports, doors, copies, mut predecessor, notifier } = stand;
        let Prepared { settings, compiled, certificate, probing, hooks, warnings, origin, .. } = prepared;
        let Settings { server, state, .. } = settings.clone();
        let kept_in = state.map(|state| state.directory);
        let (store, kept) = restore::open(kept_in.clone()).await?;
        let first_time = kept.verdicts.is_empty();
        let mut world = World::new(compiled, kept, clock.now());
        let catalog = Arc::clone(world.catalog());
        let certificate = server.tls.zip(certificate).map(|(tls, certificate)| Held::new(tls, certificate));
        if first_time {
            for round in Prober::first_round(&probing.targets(&world)).await {
                world.observe_first(&round.observations, clock.now());
            }
        }
        let (first, events) = world.publish(clock.now());
        Canaries::new(&catalog).ask(&first, clock.now()).map_err(StartError::SelfTest)?;
        let snapshots = Snapshots::new(first);
        let (queries, query_log) = query_log::open(server.query_log.as_ref(), &snapshots)?.unzip();
        let source = dns::Source { queries, ..dns::Source::new(snapshots.clone(), clock) };
        let mut dns = Dns::start(ports.dns, server.limits, &source).map_err(StartError::System)?;
        let (tls, late) = Late::part(ports.tls, predecessor.is_some());
        let step_in = || {
            if let Some(held) = &certificate {
                dns.encrypt(tls, held.credentials(), server.limits.tcp, &source)
                    .map_err(StartError::System)?;
            }
            let edges = Edges::open(&settings, doors, ports.web, &exposition)?;
            if let Some(waiting) = &mut predecessor {
                tokio::task::block_in_place(|| waiting.serving())?;
            }
            Ok(edges)
        };
        let edges: Result<Edges, StartError> = step_in();
        if edges.is_err() {
            // The sockets are shared: what this process has taken from them nobody else can answer.
            dns.shutdown(DRAIN);
            dns.join().await;
        }
        let edges = edges?;
        let late = predecessor.map(|predecessor| late.after(predecessor));
        let (round_sender, rounds) = mpsc::channel(WAITING_ROUNDS);
        let prober = Prober::start(&probing.targets(&world), &round_sender);
        let Edges { acts, told, admin, web, door, asks } = edges;
        let mut director = Self {
            path,
            clock,
            world,
            queries: source.queries,
            query_log,
            snapshots,
            retired: Retired::default(),
            dns,
            admin,
            web,
            prober,
            notices: Notices::start(hooks, &told),
            record: Record::start(store, told.clone()),
            told,
            orders: Orders::default(),
            gauges: Gauges::default(),
            figures: Figures::default(),
            settings,
            writes: JoinSet::new(),
            reads: JoinSet::new(),
            loads: JoinSet::new(),
            reloads: Reloads::default(),
            certificate,
            looks: JoinSet::new(),
            locations: Locations::new(origin.databases.clone()),
            keeper: Keeper::new(kept_in.as_deref(), fallback),
            glances: JoinSet::new(),
            proof: None,
            kept: Vec::new(),
            kept_returns: Vec::new(),
            sequences: HashMap::new(),
            controls: controls(&catalog, probing.own),
            probing,
            minute: Minute::default(),
            levels: Levels::default(),
            expiries: Expiries::default(),
            risen: Risen::default(),
            acts,
            rounds,
            exposition,
            succession: Succession::new(door, asks, copies),
            late,
            notifier,
        };
        warnings.iter().for_each(|warning| tracing::warn!("{warning}"));
        director.announce();
        director.begun(origin);
        director.tell(events);
        director.gauges.show(&director.world, director.snapshots.load().epoch(), director.clock.now());
        director.notifier.ready();
        Ok(director)
    }

    /// Says where it listens and with what.
    fn announce(&self) {
        let catalog = self.world.catalog();
        for address in self.dns.addresses() {
            tracing::info!(%address, "answering DNS over UDP and TCP");
        }
        let carriers = self.settings.server.tls.as_ref().map_or(&[][..], |tls| &tls.carriers);
        for address in self.dns.encrypted_addresses() {
            match (carriers.contains(&Carrier::Tls), carriers.contains(&Carrier::Quic)) {
                (true, true) => tracing::info!(%address, "answering DNS over TLS and QUIC"),
                (true, false) => tracing::info!(%address, "answering DNS over TLS"),
                _ => tracing::info!(%address, "answering DNS over QUIC"),
            }
        }
        if let Some(admin) = &self.admin {
            tracing::info!(socket = %admin.path().display(), "listening to operators");
        }
        if let Some(web) = &self.web {
            tracing::info!(address = %web.address(), "serving the page and /metrics");
        }
        tracing::info!(
            zones = catalog.zones.iter().len(),
            services = catalog.services.len(),
            regions = catalog.regions.len(),
            fences = catalog.fences.len(),
            "serving"
        );
    }

    /// Addresses that answer DNS, with their real ports.
    #[must_use]
    pub(super) fn addresses(&self) -> &[SocketAddr] {
        self.dns.addresses()
    }

    /// Where the page listens.
    #[must_use]
    pub(super) fn web(&self) -> Option<SocketAddr> {
        self.web.as_ref().map(Web::address)
    }
}

/// Loads and compiles on a thread that may block.
pub(super) async fn load(path: &Path) -> Result<Prepared, StartError> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || super::reload::load(&Files::Disk, &path))
        .await
        .map_err(|error| StartError::System(io::Error::other(error)))?
        .map_err(StartError::Config)
}

/// Rounds that wait for the loop at most.
pub(super) const WAITING_ROUNDS: usize = 4096;
