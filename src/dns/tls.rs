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
    /// Binds every address of `listen` for `carriers`, or none; a problem for each that failed.
    pub fn bind_all(listen: &[SocketAddr], carriers: &[Carrier]) -> Result<Vec<Self>, Vec<BindProblem>> {
        let (mut bound, mut problems) = (Vec::new(), Vec::new());
        for address in listen {
            match socket::until_free(*address, || Self::bind_once(*address, carriers)) {
                Ok(sockets) => bound.push(sockets),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(bound) } else { Err(problems) }
    }

    fn bind_once(address: SocketAddr, carriers: &[Carrier]) -> Result<Self, BindProblem> {
        let mut sockets = Self { address, dot: None, doq: None };
        if carriers.contains(&Carrier::Tls) {
            let problem = |error| BindProblem::new(address, Carrier::Tls, error);
            let listener = socket::bind_tcp(address).map_err(problem)?;
            sockets.address = listener.local_addr().map_err(problem)?;
            sockets.dot = Some(listener);
        }
        if carriers.contains(&Carrier::Quic) {
            let problem = |error| BindProblem::new(sockets.address, Carrier::Quic, error);
            let socket = socket::bind_quic(sockets.address).map_err(problem)?;
            sockets.address = socket.local_addr().map_err(problem)?;
            sockets.doq = Some(socket);
        }
        Ok(sockets)
    }
}
