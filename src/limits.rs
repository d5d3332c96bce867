//! How much of what clients may take: each limit with its default, written once for the config and the carriers.
//! Ground floor: numbers and nothing else.

use std::num::NonZeroU32;
use std::time::Duration;

/// How much of connections there may be, for each carrier that has them: TCP, DoT and DoQ count apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TcpLimits {
    /// Connections at a time.
    pub connections: usize,
    /// Connections of one client at a time: an IPv4 address, or a /64 of IPv6.
    pub per_client: usize,
    /// How long a connection may be silent between messages (RFC 7766 §6.2.3).
    pub idle: Duration,
    /// How long a message may take from its first octet to its last, how long answers may wait to be read, and how
    /// long a handshake of TLS may take.
    pub message: Duration,
}

impl Default for TcpLimits {
    fn default() -> Self {
        Self {
            connections: 1024,
            per_client: 64,
            idle: Duration::from_secs(10),
            message: Duration::from_secs(5),
        }
    }
}

/// How many like answers a prefix gets by UDP, where addresses can be forged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Like answers of up to 512 octets a second for a /24 of IPv4 or a /56 of IPv6, at most [`RateLimit::MOST`]; a larger
    /// one counts once for each 512 that it begins.
    pub rate: NonZeroU32,
    /// One in so many of the answers above the rate goes out truncated, so that an honest client can ask again by TCP;
    /// 0: none does.
    pub slip: u32,
    /// Whether to limit at all.
    pub mode: RateMode,
}

/// Whether answers above the rate are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RateMode {
    /// They are.
    Limit,
    /// They are only counted.
    DryRun,
}

impl RateLimit {
    /// The highest rate that is kept to within 5 %.
    pub const MOST: u32 = 10_000;
}

/// All limits of the carriers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of connections.
    pub tcp: TcpLimits,
    /// Of answers by UDP; none: as many as are asked for.
    pub rate: Option<RateLimit>,
}

impl From<TcpLimits> for Limits {
    fn from(tcp: TcpLimits) -> Self {
        Self { tcp, rate: None }
    }
}
