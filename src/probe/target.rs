//! What the prober asks: one endpoint of one region, seen from one vantage.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::fetch::Trust;
use crate::health::{Layer, ProbePlan, Scheme, VantageId, Verdict};
use crate::region::RegionId;

/// An endpoint to probe.
#[derive(Clone, Debug)]
pub struct Target {
    /// Who looks.
    pub origin: Arc<Origin>,
    /// Whose endpoint it is.
    pub region: RegionId,
    /// The region's name, for metrics and the place on the beat.
    pub name: Arc<str>,
    /// Position in the region's endpoints.
    pub endpoint: u16,
    /// Where it is probed.
    pub address: IpAddr,
    /// The name that clients ask for there: in the Host header, and in TLS. An address where the region has no name.
    pub host: Arc<str>,
    /// How it is probed.
    pub plan: Arc<ProbePlan>,
    /// Whose certificates are believed; there where the plan speaks TLS.
    pub trust: Option<Trust>,
    /// What is held of it when the prober starts; rounds that speak against it are re-checked faster.
    pub held: Verdict,
}

/// A vantage, as its requests show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its position in the catalog.
    pub vantage: VantageId,
    /// What its requests say of who asks.
    agent: Box<str>,
    /// Whether it is the one that asks what one asking is enough for: providers, and figures.
    pub elected: bool,
}

impl Origin {
    /// The vantage called `name`.
    #[must_use]
    pub fn new(vantage: VantageId, name: &str, elected: bool) -> Self {
        let agent = format!("meridian-probe/{} ({name})", env!("CARGO_PKG_VERSION"));
        Self { vantage, agent: agent.into(), elected }
    }

    /// By this name operators find the probe in their logs, and can leave it out of their figures.
    #[must_use]
    pub const fn agent(&self) -> &str {
        &self.agent
    }
}

impl Target {
    /// Address and port to connect to.
    pub(super) fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.plan.port)
    }

    /// What the Host header says: the name, with the port that is not the scheme's own.
    pub(super) fn authority(&self) -> String {
        let host = if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.to_string() };
        match (self.plan.scheme, self.plan.port) {
            (Scheme::Http, 80) | (Scheme::Https, 443) => host,
            (_, port) => format!("{host}:{port}"),
        }
    }

    /// A number that is its own and the same in every run (FNV-1a over name, position and layer). Vantages differ too,
    /// so that they do not ask in the same instant.
    pub(super) fn seed(&self, layer: Layer) -> u64 {
        let endpoint = self.endpoint.to_be_bytes();
        self.name
            .bytes()
            .chain(endpoint)
            .chain([layer as u8, self.origin.vantage.0])
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}
