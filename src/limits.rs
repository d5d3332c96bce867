//! How much of what clients may take: each limit with its default, written once for the config and the carriers.
//! Ground floor: numbers and nothing else.

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
