//! Why an address could not be bound, in words that say what to do.

use std::io;
use std::net::SocketAddr;

use thiserror::Error;

use super::{holder, transport};
use crate::client::Carrier;

/// One listen address that cannot be served.
#[derive(Debug, Error)]
#[error("cannot listen on {address} ({}): {cause}", transport(*carrier))]
pub struct BindProblem {
    /// The address as configured.
    pub address: SocketAddr,
    /// Which of its sockets failed.
    pub carrier: Carrier,
    /// Why.
    pub cause: BindCause,
}

/// Why a socket could not be bound.
#[derive(Debug, Error)]
pub enum BindCause {
    /// Another socket is there.
    #[error("in use by {0}")]
    InUse(String),
    /// A low port, without the right to it.
    #[error(
        "not permitted: a port below 1024 needs CAP_NET_BIND_SERVICE; start as root, grant it (setcap or systemd's \
         AmbientCapabilities), or lower net.ipv4.ip_unprivileged_port_start"
    )]
    NotPermitted,
    /// The host lacks the address.
    #[error("this host has no such address; `ip address` lists those it has")]
    NoSuchAddress,
    /// Anything else.
    #[error("{0}")]
    Other(io::Error),
}

impl BindProblem {
    pub(super) fn new(address: SocketAddr, carrier: Carrier, error: io::Error) -> Self {
        let cause = match error.kind() {
            io::ErrorKind::AddrInUse => BindCause::InUse(holder::of(address.port(), carrier)),
            io::ErrorKind::PermissionDenied => BindCause::NotPermitted,
            io::ErrorKind::AddrNotAvailable => BindCause::NoSuchAddress,
            _ => BindCause::Other(error),
        };
        Self { address, carrier, cause }
    }

    /// Whether another socket is there.
    #[must_use]
    pub const fn is_in_use(&self) -> bool {
        matches!(self.cause, BindCause::InUse(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_says_what_to_do() {
        let address: SocketAddr = "127.0.0.1:53".parse().unwrap();
        for (kind, expected) in [
            (io::ErrorKind::PermissionDenied, "needs CAP_NET_BIND_SERVICE"),
            (io::ErrorKind::AddrNotAvailable, "this host has no such address"),
            (io::ErrorKind::AddrInUse, "in use by"),
            (io::ErrorKind::OutOfMemory, "out of memory"),
        ] {
            let text = BindProblem::new(address, Carrier::Udp, kind.into()).to_string();
            assert!(text.starts_with("cannot listen on 127.0.0.1:53 (udp): "), "{text}");
            assert!(text.contains(expected), "{kind:?}: {text}");
        }
    }
}
