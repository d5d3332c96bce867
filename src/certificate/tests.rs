//! Pairs as issuers and operators get them right and wrong.

use proptest::prelude::*;
use rcgen::{CertificateParams, CertifiedIssuer, DistinguishedName, KeyPair, date_time_ymd};

use super::*;

/// Inside of the time of [`pair`].
const NOW: u64 = 1_790_000_000;

/// A certificate that is valid from 2026 to 2028, and its key, both in PEM.
fn pair() -> (String, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(vec!["ns1.example.net".to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(2026, 1, 1), date_time_ymd(2028, 1, 1));
    (params.self_signed(&key).unwrap().pem(), key.serialize_pem())
}

fn refusal(chain: &str, key: &str, now: u64) -> (Half, String) {
    let error = Certificate::read(chain.as_bytes(), key.as_bytes(), now).unwrap_err();
    (error.half(), error.to_string())
}

#[test]
fn a_pair_is_read_with_its_end() {
    let (chain, key) = pair();
    let certificate = Certificate::read(chain.as_bytes(), key.as_bytes(), NOW).unwrap();
    assert_eq!(certificate.expires(), 1_830_297_600, "2028-01-01T00:00:00Z");
    assert_eq!(certificate.pair().cert.len(), 1);
}

#[test]
fn a_pair_serves_only_in_its_time() {
    let (chain, key) = pair();
    for (now, expected) in [
        (1_767_225_599, "is not valid before 2026-01-01T00:00:00Z"),
        (1_830_297_601, "expired at 2028-01-01T00:00:00Z"),
    ] {
        let (half, text) = refusal(&chain, &key, now);
        assert_eq!(half, Half::Certificate);
        assert!(text.starts_with(expected), "{text}");
    }
    for now in [1_767_225_600, 1_830_297_600] {
        assert!(Certificate::read(chain.as_bytes(), key.as_bytes(), now).is_ok(), "at {now}");
    }
}

#[test]
fn each_wrong_pair_says_which_file_to_mend() {
    let ((chain, key), (other, _)) = (pair(), pair());
    let whole = chain.len();
    let table = [
        (&*other, &*key, Half::Key, "does not belong to the certificate"),
        (&*format!("{other}{chain}"), &*key, Half::Certificate, "the key belongs to certificate 2"),
        ("", &*key, Half::Certificate, "holds no certificate;"),
        (&*chain, "nothing", Half::Key, "holds no private key;"),
        (&*key, &*chain, Half::Certificate, "are the two files swapped?"),
        (&*chain, &*chain, Half::Key, "holds no private key but a certificate"),
        (&chain[..whole - 30], &*key, Half::Certificate, "is broken PEM"),
    ];
    for (chain, key, half, expected) in table {
        let found = refusal(chain, key, NOW);
        assert!(found.0 == half && found.1.contains(expected), "{found:?} instead of {half:?} {expected}");
    }
}

#[test]
fn a_chain_may_bring_its_issuers_behind_the_servers_own() {
    let mut issuer = CertificateParams::default();
    issuer.distinguished_name = DistinguishedName::new();
    issuer.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(issuer, KeyPair::generate().unwrap()).unwrap();
    let key = KeyPair::generate().unwrap();
    let own = CertificateParams::new(vec!["ns1.example.net".to_owned()]).unwrap();
    let chain = format!("{}{}", own.signed_by(&key, &issuer).unwrap().pem(), issuer.pem());
    let certificate = Certificate::read(chain.as_bytes(), key.serialize_pem().as_bytes(), NOW).unwrap();
    assert_eq!(certificate.pair().cert.len(), 2);
}

proptest! {
    #[test]
    fn no_octets_in_a_certificates_place_panic(at in 0usize..400, octet: u8, cut in 0usize..600) {
        let (chain, key) = pair();
        let mut der = CertificateDer::from_pem_slice(chain.as_bytes()).unwrap().to_vec();
        let length = der.len();
        der[at % length] = octet;
        let _ = validity::of(&der[..cut.min(length)]);
        let _ = Certificate::read(&chain.as_bytes()[..cut.min(chain.len())], key.as_bytes(), NOW);
    }
}
