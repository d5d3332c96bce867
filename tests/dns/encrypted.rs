//! A server that is reached inside TLS too, and clients that shake its hand.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;

use meridian::client::Carrier;
use meridian::dns::{Credentials, Dns, Source, TcpLimits, TlsSockets};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;

use super::pki::{Issuer, NAME};
use super::server::{PATIENCE, source};

/// A server with a certificate for [`NAME`].
pub(crate) struct Server {
    pub(crate) dns: Dns,
    pub(crate) issuer: Issuer,
    pub(crate) credentials: Credentials,
}

impl Server {
    pub(crate) fn start(limits: TcpLimits) -> Self {
        Self::start_from("127.0.0.1:0", limits, &source())
    }

    /// Serves inside TLS and QUIC at `listen`, and beside it without, from this source.
    pub(crate) fn start_from(listen: &str, limits: TcpLimits, source: &Source) -> Self {
        let issuer = Issuer::new();
        let credentials = Credentials::new(&issuer.issue(NAME).certificate());
        let plain = ["127.0.0.1:0".parse().unwrap()];
        let mut dns = Dns::bind(&plain, NonZeroUsize::MIN, limits, source).unwrap();
        let carriers = [Carrier::Tls, Carrier::Quic];
        let sockets = TlsSockets::complete(None, None, listen.parse().unwrap(), &carriers).unwrap();
        dns.encrypt(vec![sockets], &credentials, limits, source).unwrap();
        Self { dns, issuer, credentials }
    }

    /// Where it serves inside TLS.
    pub(crate) fn address(&self) -> SocketAddr {
        self.dns.encrypted_addresses()[0]
    }

    pub(crate) async fn plain(&self) -> TcpStream {
        TcpStream::connect(self.address()).await.unwrap()
    }

    pub(crate) async fn connect(&self) -> TlsStream<TcpStream> {
        self.connect_as(NAME, self.issuer.client(b"dot")).await.unwrap()
    }

    pub(crate) async fn connect_as(
        &self,
        name: &'static str,
        config: Arc<ClientConfig>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = self.plain().await;
        let handshake = TlsConnector::from(config).connect(name.try_into().unwrap(), stream);
        timeout(PATIENCE, handshake).await.expect("the handshake ends in time")
    }
}
