//! The four regions: where they are, and one region's listener, which really closes and really comes back.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::gateway;
use super::gateways::TurnError;

/// What a simulated region does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Answers as a well gateway does.
    Serving,
    /// Listens no more: connections are refused.
    Stopped,
    /// Answers five seconds late: too late for a probe.
    Slow,
    /// Answers 500 with a web page, as a load balancer without a gateway does.
    Failing,
}

/// What the demo's config says of a region.
pub(super) struct Profile {
    pub(super) name: &'static str,
    pub(super) jurisdiction: &'static str,
    pub(super) coordinates: &'static str,
    pub(super) address: Ipv4Addr,
    /// IPv6 has one loopback address only; these are of the documentation block, and probed over IPv4.
    pub(super) published6: &'static str,
    pub(super) capacity: u32,
}

/// The regions of the sample config, on loopback.
pub(super) const PROFILES: [Profile; 4] = [
    Profile {
        name: "us-east",
        jurisdiction: "US",
        coordinates: "[38.95, -77.45]",
        address: Ipv4Addr::new(127, 0, 1, 10),
        published6: "2001:db8:1::10",
        capacity: 100,
    },
    Profile {
        name: "eu-west",
        jurisdiction: "EU",
        coordinates: "[53.35, -6.26]",
        address: Ipv4Addr::new(127, 0, 2, 10),
        published6: "2001:db8:2::10",
        capacity: 60,
    },
    Profile {
        name: "eu-central",
        jurisdiction: "EU",
        coordinates: "[50.11, 8.68]",
        address: Ipv4Addr::new(127, 0, 3, 10),
        published6: "2001:db8:3::10",
        capacity: 60,
    },
    Profile {
        name: "ap-southeast",
        jurisdiction: "SG",
        coordinates: "[1.35, 103.82]",
        address: Ipv4Addr::new(127, 0, 4, 10),
        published6: "2001:db8:4::10",
        capacity: 40,
    },
];

/// One region and its listener, if it has one.
pub(super) struct Region {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    server: Option<Server>,
}

struct Server {
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Region {
    pub(super) fn new(name: &'static str, listener: TcpListener, address: SocketAddr) -> Self {
        Self { name, address, server: Some(Server::start(listener, Mode::Serving)) }
    }

    /// Restarts the region in another mode; like any restart, this forgets a drain. Returns when it is so.
    pub(super) async fn turn(&mut self, mode: Mode) -> Result<(), TurnError> {
        if let Some(server) = self.server.take() {
            server.stop().await;
        }
        if mode == Mode::Stopped {
            return Ok(());
        }
        let listener = TcpListener::bind(self.address).await.map_err(|source| TurnError::Taken {
            region: self.name,
            address: self.address,
            source,
        })?;
        self.server = Some(Server::start(listener, mode));
        Ok(())
    }
}

impl Server {
    fn start(listener: TcpListener, mode: Mode) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let served = tokio::spawn(async move {
            let until = async move { stopped.await.unwrap_or(()) };
            let serving = axum::serve(listener, gateway::routes(mode)).with_graceful_shutdown(until);
            if let Err(error) = serving.await {
                tracing::error!(%error, "a simulated gateway ended");
            }
        });
        Self { stop, served }
    }

    /// Closes the listener at once, as SIGTERM does to a gateway, and gives requests under way a moment.
    async fn stop(self) {
        let Self { stop, mut served } = self;
        drop(stop);
        if timeout(GRACE, &mut served).await.is_err() {
            served.abort();
        }
    }
}

const GRACE: Duration = Duration::from_millis(500);
