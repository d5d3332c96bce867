//! How a service's traffic moves when its regions change: whether a machine may move it away and back, and how fast.

use std::time::Duration;

use super::spill::Spill;

/// The moves that a service allows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Motion {
    /// Away from a region that the probes call down.
    pub failover: Failover,
    /// Back to a region that has recovered.
    pub failback: Failback,
    /// How long a region takes from its return to its full share; zero: no time.
    pub slow_start: Duration,
    /// On from a region under load.
    pub spill: Option<Spill>,
    /// On to a standby: not by a machine where its database is further behind its primary than this.
    pub max_lag: Option<Duration>,
}

/// Whether a machine may move traffic away.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Failover {
    /// A region that is down is not answered with.
    #[default]
    Auto,
    /// The verdict moves nothing: a drain or a force does.
    Manual,
}

/// Whether a machine may move traffic back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failback {
    /// This long after the recovery.
    Auto(Duration),
    /// Never: an operator's `force up` ends the hold.
    Manual,
}

impl Default for Failback {
    fn default() -> Self {
        Self::Auto(Duration::ZERO)
    }
}
