//! An issuer of certificates, and clients that trust it.

use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use meridian::certificate::Certificate;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

/// The name that servers of these tests have.
pub(crate) const NAME: &str = "ns1.example.net";

/// An issuer.
pub(crate) struct Issuer(CertifiedIssuer<'static, KeyPair>);

/// A chain and its key in PEM.
pub(crate) struct Pair {
    pub(crate) chain: String,
    pub(crate) key: String,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// A certificate for this name.
    pub(crate) fn issue(&self, name: &str) -> Pair {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let chain = params.signed_by(&key, &self.0).unwrap().pem();
        Pair { chain, key: key.serialize_pem() }
    }

    /// A client that trusts this issuer and asks for the protocol `alpn`.
    pub(crate) fn client(&self, alpn: &[u8]) -> Arc<ClientConfig> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![alpn.to_vec()];
        Arc::new(config)
    }

    /// Writes the issuer's own certificate, for programs that are to trust it.
    pub(crate) fn write(&self, path: &Path) {
        std::fs::write(path, self.0.pem()).unwrap();
    }
}

impl Pair {
    pub(crate) fn certificate(&self) -> Certificate {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        Certificate::read(self.chain.as_bytes(), self.key.as_bytes(), now).unwrap()
    }
}
