//! TLS and QUIC of a running server: its certificate, and what it says of its carriers.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Instant;

use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use super::home::Home;
use super::pki::{Issuer, NAME, Pair};
use super::server::{PATIENCE, Server};
use super::takeover::succeed;

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
    let quic = timeout(PATIENCE, endpoint(issuer).connect(server, NAME).unwrap()).await;
    [tls, quic.expect("a handshake ends").is_ok()]
}

/// A client's end of QUIC.
fn endpoint(issuer: &Issuer) -> Endpoint {
    let mut endpoint = Endpoint::client((Ipv4Addr::LOCALHOST, 0).into()).unwrap();
    let config = QuicClientConfig::try_from(issuer.client(b"doq")).unwrap();
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(config)));
    endpoint
}

/// Asks over a stream of its own; none: the connection was closed instead.
async fn ask(connection: &Connection) -> Option<Vec<u8>> {
    let question = b"\0\0\0\0\0\x01\0\0\0\0\0\0\x03api\x07example\x03com\0\0\x01\0\x01";
    let (mut send, mut receive) = connection.open_bi().await.ok()?;
    send.write_all(&[&[0, question.len() as u8], question.as_slice()].concat()).await.ok()?;
    send.finish().ok()?;
    receive.read_to_end(usize::from(u16::MAX)).await.ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn quic_passes_to_a_successor_and_who_comes_meanwhile_is_answered_by_one_of_them() {
    let issuer = Issuer::new();
    let home = Arc::new(home(&issuer.issue(NAME), "[\"doq\"]"));
    let mut server = Server::serve(&home);
    let at = address(&server.hear("answering DNS over QUIC"));
    let client = endpoint(&issuer);
    let open = client.connect(at, NAME).unwrap().await.unwrap();
    assert!(ask(&open).await.is_some_and(|answer| answer.len() > 40));

    let coming = tokio::task::spawn_blocking({
        let home = Arc::clone(&home);
        move || succeed(&home)
    });
    let mut closed = 0;
    while !coming.is_finished() || open.close_reason().is_none() {
        let newcomer = timeout(PATIENCE, client.connect(at, NAME).unwrap()).await.expect("a handshake ends");
        let answer = match newcomer {
            Ok(newcomer) => timeout(PATIENCE, ask(&newcomer)).await.expect("a stream ends"),
            Err(_) => None,
        };
        closed += usize::from(answer.is_none());
    }
    let mut successor = coming.await.unwrap();
    assert!(server.end().success());
    assert_eq!(address(&successor.hear("answering DNS over QUIC")), at, "the same socket");
    assert!(closed <= 2, "{closed} newcomers were turned away; a moment's at most");
    let newcomer = timeout(PATIENCE, client.connect(at, NAME).unwrap()).await.expect("a handshake ends");
    let answer = timeout(PATIENCE, ask(&newcomer.unwrap())).await.expect("a stream ends");
    assert!(answer.is_some_and(|answer| answer.len() > 40), "the successor answers");
    successor.stop();
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
