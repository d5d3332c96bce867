//! A connection's octets: as they are over TCP, inside TLS over DoT. What differs stays here.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::connection::Closed;

/// An open connection.
pub(super) enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Shakes hands where `tls` is spoken, within `limit`.
    pub(super) async fn open(
        stream: TcpStream,
        tls: Option<TlsAcceptor>,
        limit: Duration,
    ) -> Result<Self, Closed> {
        let Some(acceptor) = tls else { return Ok(Self::Plain(stream)) };
        match timeout(limit, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => Ok(Self::Tls(Box::new(stream))),
            Ok(Err(_)) | Err(_) => Err(Closed::Handshake),
        }
    }

    /// Appends to `input` what has come, at least an octet. Over TCP it takes no memory before something has.
    pub(super) async fn read(&mut self, input: &mut Vec<u8>) -> Result<(), Closed> {
        match self {
            Self::Plain(stream) => read_plain(stream, input).await,
            Self::Tls(stream) => {
                input.reserve(READ);
                match stream.read_buf(input).await {
                    Ok(1..) => Ok(()),
                    Ok(0) | Err(_) => Err(Closed::ByClient),
                }
            }
        }
    }

    /// Sends all of `output`, in as few records and segments as it takes.
    pub(super) async fn write(&mut self, output: &[u8]) -> io::Result<()> {
        match self {
            Self::Plain(stream) => stream.write_all(output).await,
            Self::Tls(stream) => {
                stream.write_all(output).await?;
                stream.flush().await
            }
        }
    }

    /// Says that this is the end: inside TLS a silent one may be an attacker's (RFC 8446 §6.1).
    pub(super) async fn end(&mut self) {
        if let Self::Tls(stream) = self {
            // It fits into the socket's buffer, or nobody reads.
            let _ = timeout(FAREWELL, stream.shutdown()).await;
        }
    }
}

async fn read_plain(stream: &TcpStream, input: &mut Vec<u8>) -> Result<(), Closed> {
    loop {
        stream.readable().await.map_err(|_| Closed::ByClient)?;
        input.reserve(READ);
        match stream.try_read_buf(input) {
            Ok(1..) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return Err(Closed::ByClient),
        }
    }
}

/// Octets of input taken at once; a longer message takes several reads.
const READ: usize = 4 << 10;
const FAREWELL: Duration = Duration::from_millis(100);
