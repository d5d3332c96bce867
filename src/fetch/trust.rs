//! Whose certificates are believed: the system's roots, or those of one file.

use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use thiserror::Error;

/// A set of roots, ready to check chains with. Clones share it.
#[derive(Clone, Debug)]
pub struct Trust(Arc<ClientConfig>);

/// Why there is nothing to trust: what was found; what is allowed.
#[derive(Debug, Error)]
pub enum TrustError {
    /// No PEM.
    #[error("is broken PEM ({0}); a whole file of certificates")]
    Pem(rustls::pki_types::pem::Error),
    /// PEM without a certificate that can be a root.
    #[error("holds no certificate that can be trusted; PEM, one or more issuers")]
    Nothing,
    /// The system has none.
    #[error(
        "this system has no root certificates{0}; install ca-certificates, or name a file of your own with ca_file"
    )]
    NoSystem(String),
}

impl Trust {
    /// The system's roots; blocks while it reads them.
    pub fn system() -> Result<Self, TrustError> {
        let found = rustls_native_certs::load_native_certs();
        let why = || found.errors.first().map(|error| format!(" ({error})")).unwrap_or_default();
        Self::of(found.certs.clone()).ok_or_else(|| TrustError::NoSystem(why()))
    }

    /// The roots in a PEM text, and no others.
    pub fn from_pem(text: &[u8]) -> Result<Self, TrustError> {
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text).collect();
        Self::of(found.map_err(TrustError::Pem)?).ok_or(TrustError::Nothing)
    }

    fn of(found: Vec<CertificateDer<'static>>) -> Option<Self> {
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(found);
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // A resumed session shows no certificate: a changed one would go unseen.
        config.resumption = Resumption::disabled();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        (added > 0).then(|| Self(Arc::new(config)))
    }

    pub(super) fn config(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.0)
    }
}
