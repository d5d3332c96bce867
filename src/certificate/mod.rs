//! A certificate with its key: PEM octets → what TLS proves its name with, or why that pair cannot.
//!
//! It knows what a server must hold (a chain that begins with its own certificate, the key of just that one, a time
//! that has come and not passed). It does not judge names or issuers: clients do, each by its own trust. It reads no
//! file and no clock.

mod validity;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use thiserror::Error;

/// A chain and its key, ready to serve.
#[derive(Clone, Debug)]
pub struct Certificate {
    pair: Arc<CertifiedKey>,
    expires: u64,
}

/// Which file of the pair is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Half {
    /// The chain.
    Certificate,
    /// The private key.
    Key,
}

/// Why a pair cannot serve: what was found; what is allowed.
#[derive(Debug, Error)]
pub enum PairError {
    /// No certificate in the first file.
    #[error("holds no certificate{}; PEM, the server's own certificate first and then its issuers", swapped(.0))]
    NoCertificate(Option<Half>),
    /// No private key in the second file.
    #[error("holds no private key{}; PEM, PKCS #8, PKCS #1 or SEC 1, without a passphrase", swapped(.0))]
    NoKey(Option<Half>),
    /// Not PEM.
    #[error("is broken PEM ({1}); a whole file, as the issuer gave it")]
    Pem(Half, pem::Error),
    /// Not a certificate inside the PEM.
    #[error("certificate {0} cannot be read; X.509, as the issuer gave it")]
    Unreadable(usize),
    /// A key that cannot sign here.
    #[error("cannot be used ({0}); RSA of 2048 bits or more, ECDSA P-256 or P-384, or Ed25519")]
    UnusableKey(rustls::Error),
    /// The key belongs to a later certificate of the chain.
    #[error(
        "is in the wrong order: the key belongs to certificate {0} of it; the server's own first, then its issuers"
    )]
    WrongOrder(usize),
    /// The key belongs to none of them.
    #[error("does not belong to the certificate; the key that the certificate was issued for")]
    Mismatch,
    /// Its time has passed.
    #[error("expired at {}; a certificate that is valid now", time(*.0))]
    Expired(u64),
    /// Its time has not come.
    #[error("is not valid before {}; a certificate that is valid now, or is this host's clock wrong?", time(*.0))]
    NotYet(u64),
}

impl PairError {
    /// The file that is to be mended.
    #[must_use]
    pub const fn half(&self) -> Half {
        match self {
            Self::Pem(half, _) => *half,
            Self::NoKey(_) | Self::UnusableKey(_) | Self::Mismatch => Half::Key,
            Self::NoCertificate(_)
            | Self::Unreadable(_)
            | Self::WrongOrder(_)
            | Self::Expired(_)
            | Self::NotYet(_) => Half::Certificate,
        }
    }
}

impl Certificate {
    /// Reads a chain and its key, as they stand in their files, for use at `now` (Unix seconds).
    pub fn read(chain: &[u8], key: &[u8], now: u64) -> Result<Self, PairError> {
        let found = chain_of(chain)?;
        let key = ring::sign::any_supported_type(&key_of(key)?).map_err(PairError::UnusableKey)?;
        let own = position(&found, &key)?.ok_or(PairError::Mismatch)?;
        if own > 0 {
            return Err(PairError::WrongOrder(own + 1));
        }
        let first = found.first().ok_or(PairError::NoCertificate(None))?;
        let (begins, expires) = validity::of(first).ok_or(PairError::Unreadable(1))?;
        match now {
            now if now < begins => Err(PairError::NotYet(begins)),
            now if now > expires => Err(PairError::Expired(expires)),
            _ => Ok(Self { pair: Arc::new(CertifiedKey::new(found, key)), expires }),
        }
    }

    /// What TLS signs with.
    #[must_use]
    pub const fn pair(&self) -> &Arc<CertifiedKey> {
        &self.pair
    }

    /// The last moment at which clients accept it, in Unix seconds.
    #[must_use]
    pub const fn expires(&self) -> u64 {
        self.expires
    }
}

/// The first moment at which some certificate of a chain is expired, in Unix seconds; none where nothing can be read.
#[must_use]
pub fn expiry(chain: &[CertificateDer<'_>]) -> Option<u64> {
    chain.iter().filter_map(|certificate| validity::of(certificate)).map(|(_, ends)| ends).min()
}

fn chain_of(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, PairError> {
    let chain: Vec<_> = CertificateDer::pem_slice_iter(text)
        .collect::<Result<_, _>>()
        .map_err(|error| PairError::Pem(Half::Certificate, error))?;
    if chain.is_empty() {
        let other = PrivateKeyDer::from_pem_slice(text).ok();
        return Err(PairError::NoCertificate(other.map(|_| Half::Key)));
    }
    Ok(chain)
}

fn key_of(text: &[u8]) -> Result<PrivateKeyDer<'static>, PairError> {
    PrivateKeyDer::from_pem_slice(text).map_err(|error| match error {
        pem::Error::NoItemsFound => {
            let other = CertificateDer::from_pem_slice(text).ok();
            PairError::NoKey(other.map(|_| Half::Certificate))
        }
        error => PairError::Pem(Half::Key, error),
    })
}

/// Which certificate of the chain the key belongs to, from 0.
fn position(
    chain: &[CertificateDer<'static>],
    key: &Arc<dyn SigningKey>,
) -> Result<Option<usize>, PairError> {
    for (at, certificate) in chain.iter().enumerate() {
        match CertifiedKey::new(vec![certificate.clone()], Arc::clone(key)).keys_match() {
            Ok(()) => return Ok(Some(at)),
            Err(rustls::Error::InconsistentKeys(_)) => {}
            Err(_) => return Err(PairError::Unreadable(at + 1)),
        }
    }
    Ok(None)
}

fn swapped(other: &Option<Half>) -> &'static str {
    match other {
        None => "",
        Some(Half::Key) => " but a private key: are the two files swapped?",
        Some(Half::Certificate) => " but a certificate: are the two files swapped?",
    }
}

fn time(unix: u64) -> impl std::fmt::Display {
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(unix.min(LAST_TIME)))
}

/// The last second that RFC 3339 writes.
const LAST_TIME: u64 = 253_402_300_799;

#[cfg(test)]
mod tests;
