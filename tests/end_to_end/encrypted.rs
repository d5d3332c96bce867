//! TLS and QUIC of a running server: its certificate, and what it says of its carriers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Endpoint};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::home::Home;
use super::pki::{Issuer, NAME, Pair};
use super::server::{PATIENCE, Server};

fn home(pair: &Pair, carriers: &str) -> Home {
    let home = Home::new();
    put(&home, pair);
    let tls = format!(
        "tls = {{ listen = [\"127.0.0.1:0\"], carriers = {carriers}, certificate = \"chain.pem\", key = \"key.pem\" }}"
    );
    home.edit("workers = 1", &format!("workers = 1\n{tls}"));
    home
}

fn put(home: &Home, Pair { chain, key }: &Pair) {
    home.write("key.pem", key);
    home.write("chain.pem", chain);
}

fn address(line: &str) -> SocketAddr {
    line.split_once("address=").unwrap().1.parse().unwrap()
}

/// Whether a client that trusts `issuer` can shake hands: over TLS, and over QUIC.
async fn trusted(issuer: &Issuer, server: SocketAddr) -> [bool; 2] {
    let stream = TcpStream::connect(server).await.unwrap();
    let tls = TlsConnector::from(issuer.client(b"dot")).connect(NAME.try_into().unwrap(), stream);
    let tls = timeout(PATIENCE, tls).await.expect("a handshake ends").is_ok();
    let mut endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let config = QuicClientConfig::try_from(issuer.client(b"doq")).unwrap();
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(config)));
    let quic = timeout(PATIENCE, endpoint.connect(server, NAME).unwrap()).await;
    [tls, quic.expect("a handshake ends").is_ok()]
}

#[tokio::test]
async fn a_certificate_that_changes_on_disk_is_served_and_a_bad_one_keeps_the_old_and_is_told() {
    let (first, second) = (Issuer::new(), Issuer::new());
    let home = home(&first.issue(NAME), "[\"dot\", \"doq\"]");
    let mut server = Server::serve(&home);
    let at = address(&server.hear("answering DNS over TLS and QUIC"));
    assert_eq!((trusted(&first, at).await, trusted(&second, at).await), ([true; 2], [false; 2]));

    put(&home, &second.issue(NAME));
    let began = Instant::now();
    while trusted(&second, at).await != [true; 2] {
        assert!(began.elapsed() < PATIENCE, "the new certificate is not served");
    }
    assert_eq!(trusted(&first, at).await, [false; 2], "the old one is gone");

    home.write("chain.pem", "-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n");
    let said = server.hear_next("(the certificate in use stays)");
    assert!(said.contains("chain.pem"), "{said}");
    assert_eq!(trusted(&second, at).await, [true; 2]);
    server.stop();
}

#[test]
fn the_log_names_the_carriers_that_run_and_no_others() {
    for (carriers, expected) in [("[\"dot\"]", "over TLS"), ("[\"doq\"]", "over QUIC")] {
        let home = home(&Issuer::new().issue(NAME), carriers);
        let server = Server::serve(&home);
        let line = |line: &&str| line.contains("answering DNS over") && !line.contains("over UDP and TCP");
        let said = server.said();
        let lines: Vec<&str> = said.lines().filter(line).collect();
        assert!(matches!(lines.as_slice(), [one] if one.contains(&format!("{expected} "))), "{lines:?}");
        server.stop();
    }
}
