//! A client that others have written: `kdig` of Debian's knot-dnsutils.

use std::net::SocketAddr;
use std::process::Command;

use super::encrypted::Server;
use super::pki::{Issuer, NAME};
use super::server::PATIENT;

/// What `kdig` says to the SOA of the served zone, asked with these words.
fn kdig(address: SocketAddr, words: &[&str]) -> String {
    let output = Command::new("kdig")
        .arg(format!("@{}", address.ip()))
        .args(["-p", &address.port().to_string(), "+retry=0", "+timeout=5"])
        .args(words)
        .args(["other.test", "SOA"])
        .output()
        .expect("kdig is installed (Debian's knot-dnsutils)");
    let text = |octets| String::from_utf8_lossy(octets).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

fn trusting(issuer: &Issuer) -> (tempfile::TempDir, String) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("issuer.pem");
    issuer.write(&path);
    let trust = format!("+tls-ca={}", path.display());
    (directory, trust)
}

#[test]
fn kdig_trusts_the_server_over_tls_and_gets_its_answer() {
    let server = Server::start(PATIENT);
    let (_directory, trust) = trusting(&server.issuer);
    let hostname = format!("+tls-hostname={NAME}");
    let text = kdig(server.address(), &["+tls", &trust, &hostname]);
    assert!(text.contains("status: NOERROR") && text.contains("TLS session (TLS1.3)"), "{text}");
    assert!(text.contains("ns. host. 1 1 1 1 1"), "{text}");
}

#[test]
fn kdig_gets_its_answer_over_quic() {
    let server = Server::start(PATIENT);
    // Without +tls-ca: with it, kdig 3.2.6 dies before it sends anything over QUIC.
    let text = kdig(server.address(), &["+quic"]);
    assert!(text.contains("status: NOERROR") && text.contains("QUIC session"), "{text}");
    assert!(text.contains("ns. host. 1 1 1 1 1") && text.contains("id: 0"), "{text}");
}

#[test]
fn kdig_refuses_the_server_under_another_name() {
    let server = Server::start(PATIENT);
    let (_directory, trust) = trusting(&server.issuer);
    let text = kdig(server.address(), &["+tls", &trust, "+tls-hostname=ns2.example.net"]);
    assert!(!text.contains("status:") && text.to_lowercase().contains("certificate"), "{text}");
}
