//! TLS on a connection: the peer proves its name, and shows until when.

use std::io;

use rustls::pki_types::{CertificateDer, ServerName};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::broken::Broken;
use super::trust::Trust;

/// A connection inside TLS.
#[derive(Debug)]
pub struct Secured {
    /// The connection.
    pub stream: TlsStream<TcpStream>,
    /// What the peer proved itself with, its own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
}

/// Shakes hands as a client that asks for `name`, a hostname or an address.
pub async fn secure(stream: TcpStream, trust: &Trust, name: &str) -> Result<Secured, Broken> {
    let name = ServerName::try_from(name.to_owned())
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidInput, "no name that TLS could ask for"))?;
    let connector = TlsConnector::from(trust.config());
    let stream = connector.connect(name, stream).await.map_err(told)?;
    let chain = stream.get_ref().1.peer_certificates().unwrap_or_default().to_vec();
    Ok(Secured { stream, chain })
}

/// Tokio's TLS wraps what rustls says into an I/O error.
fn told(error: io::Error) -> Broken {
    match error.downcast::<rustls::Error>() {
        Ok(tls) => Broken::Tls(tls),
        Err(error) => Broken::Io(error),
    }
}
