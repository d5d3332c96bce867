//! What keeps an exchange from its whole answer.

use std::error::Error;
use std::io;

/// Why there is no whole answer.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The connection, or this machine.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// The handshake: chain, name, date, or no TLS at all.
    #[error("TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// No HTTP.
    #[error("HTTP: {0}")]
    Http(hyper::Error),
    /// More octets than the cap.
    #[error("the answer has more than {0} octets")]
    Long(usize),
}

impl From<hyper::Error> for Broken {
    /// An I/O error inside is told as such.
    fn from(error: hyper::Error) -> Self {
        let mut cause = error.source();
        while let Some(inner) = cause {
            if let Some(inner) = inner.downcast_ref::<io::Error>() {
                return Self::Io(
                    inner.raw_os_error().map_or_else(|| inner.kind().into(), io::Error::from_raw_os_error),
                );
            }
            cause = inner.source();
        }
        Self::Http(error)
    }
}
