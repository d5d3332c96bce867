//! What one task of the prober asks: one endpoint of one region.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use crate::health::{ProbePlan, Verdict};
use crate::region::RegionId;

/// An endpoint to probe.
#[derive(Clone, Debug)]
pub struct Target {
    /// Whose endpoint it is.
    pub region: RegionId,
    /// The region's name, for metrics and the place on the beat.
    pub name: Arc<str>,
    /// Position in the region's endpoints.
    pub endpoint: u16,
    /// Where it is probed.
    pub address: IpAddr,
    /// How it is probed.
    pub plan: Arc<ProbePlan>,
    /// What is held of it when the prober starts; rounds that speak against it are re-checked faster.
    pub held: Verdict,
}

impl Target {
    /// Address and port to connect to; as text, the authority of the request.
    pub(super) fn socket(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.plan.port)
    }

    /// A number that is its own and the same in every run (FNV-1a over name and position).
    pub(super) fn seed(&self) -> u64 {
        let endpoint = self.endpoint.to_be_bytes();
        self.name
            .bytes()
            .chain(endpoint)
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
    }
}
