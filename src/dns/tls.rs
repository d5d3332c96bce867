//! What TLS and QUIC prove their name with, and the sockets that they come in by.
//!
//! The certificate is looked up at each handshake, so that it can be replaced while serving: connections that are
//! open go on, new ones get the new one.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::server::{ClientHello, ResolvesServerCert, ServerConfig};
use rustls::sign::CertifiedKey;
use tokio::sync::watch;

use super::problem::BindProblem;
use super::socket;
use crate::certificate::Certificate;
use crate::client::Carrier;

/// The certificate of now. Clones see the same one.
#[derive(Clone, Debug)]
pub struct Credentials(Arc<watch::Sender<Arc<CertifiedKey>>>);

impl Credentials {
    /// Begins with this certificate.
    #[must_use]
    pub fn new(certificate: &Certificate) -> Self {
        Self(Arc::new(watch::Sender::new(Arc::clone(certificate.pair()))))
    }

    /// Handshakes from now on get this one.
    pub fn replace(&self, certificate: &Certificate) {
        self.0.send_replace(Arc::clone(certificate.pair()));
    }

    /// How DoT speaks TLS: 1.2 or 1.3 (RFC 9325), `dot` where the client names a protocol (RFC 7858 §3.1 and its
    /// registration).
    pub(super) fn config(&self) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("ring knows both versions")
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(self.clone()));
        config.alpn_protocols = vec![b"dot".to_vec()];
        Arc::new(config)
    }
}

impl ResolvesServerCert for Credentials {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0.borrow()))
    }
}

/// Bound sockets of one address of `server.tls`. May also come from outside.
#[derive(Debug)]
pub struct TlsSockets {
    /// The address, with the port that the system picked where 0 was asked for.
    pub address: SocketAddr,
    /// For DoT.
    pub dot: Option<TcpListener>,
    /// For DoQ.
    pub doq: Option<UdpSocket>,
}

impl TlsSockets {
    /// Serves one address from sockets that were bound by another process, and binds what `carriers` need and is
    /// missing. With port 0 a port is looked for that is free for all of them.
    pub fn complete(
        dot: Option<TcpListener>,
        doq: Option<UdpSocket>,
        configured: SocketAddr,
        carriers: &[Carrier],
    ) -> Result<Self, BindProblem> {
        let known = dot.as_ref().map(TcpListener::local_addr).or(doq.as_ref().map(UdpSocket::local_addr));
        let Some(address) = known else {
            let nothing = || Self { address: configured, dot: None, doq: None };
            return socket::until_free(configured, || nothing().filled(carriers));
        };
        let address = address.map_err(|error| BindProblem::new(configured, Carrier::Tls, error))?;
        Self { address, dot, doq }.filled(carriers)
    }

    fn filled(mut self, carriers: &[Carrier]) -> Result<Self, BindProblem> {
        if carriers.contains(&Carrier::Tls) && self.dot.is_none() {
            let problem = |error| BindProblem::new(self.address, Carrier::Tls, error);
            let listener = socket::bind_tcp(self.address).map_err(problem)?;
            self.address = listener.local_addr().map_err(problem)?;
            self.dot = Some(listener);
        }
        if carriers.contains(&Carrier::Quic) && self.doq.is_none() {
            let problem = |error| BindProblem::new(self.address, Carrier::Quic, error);
            let socket = socket::bind_quic(self.address).map_err(problem)?;
            self.address = socket.local_addr().map_err(problem)?;
            self.doq = Some(socket);
        }
        Ok(self)
    }
}
