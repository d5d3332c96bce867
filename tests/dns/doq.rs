//! DNS over QUIC (RFC 9250).

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use meridian::dns::TcpLimits;
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, ConnectionError, Endpoint};
use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::encrypted::Server;
use super::pki::NAME;
use super::server::{PATIENCE, PATIENT, framed, query, refused, shows, source};

/// A client's end at this address of loopback.
pub(crate) fn endpoint(server: &Server, from: Ipv4Addr) -> Endpoint {
    let tls = QuicClientConfig::try_from(server.issuer.client(b"doq")).unwrap();
    let mut endpoint = Endpoint::client((from, 0).into()).unwrap();
    endpoint.set_default_client_config(ClientConfig::new(Arc::new(tls)));
    endpoint
}

pub(crate) async fn connect(server: &Server, endpoint: &Endpoint) -> Result<Connection, ConnectionError> {
    let connecting = endpoint.connect(server.address(), NAME).unwrap();
    timeout(PATIENCE, connecting).await.expect("the handshake ends in time")
}

/// What comes back on a stream of its own.
pub(crate) async fn exchange(connection: &Connection, message: &[u8]) -> Vec<u8> {
    let (mut send, mut receive) = connection.open_bi().await.unwrap();
    send.write_all(&framed(message)).await.unwrap();
    send.finish().unwrap();
    let answer = timeout(PATIENCE, receive.read_to_end(usize::from(u16::MAX) + 2)).await;
    answer.expect("the stream ends in time").unwrap()
}

async fn ask(connection: &Connection) {
    let answer = exchange(connection, &query(0)).await;
    let (length, answer) = answer.split_at(2);
    assert_eq!(usize::from(u16::from_be_bytes([length[0], length[1]])), answer.len());
    assert_eq!(refused(answer), 0);
}

/// The first datagram of a client that wants to shake hands.
async fn hello(server: &Server) -> Vec<u8> {
    let trap = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let client = endpoint(server, Ipv4Addr::LOCALHOST);
    let _connecting = client.connect(trap.local_addr().unwrap(), NAME).unwrap();
    let mut datagram = vec![0; 2048];
    let length = timeout(PATIENCE, trap.recv(&mut datagram)).await.expect("it begins").unwrap();
    datagram.truncate(length);
    datagram
}

/// Begins a handshake from this address, and never goes on.
async fn stall(server: &Server, from: Ipv4Addr, hello: &[u8]) -> UdpSocket {
    let socket = UdpSocket::bind((from, 0)).await.unwrap();
    socket.send_to(hello, server.address()).await.unwrap();
    let answer = timeout(PATIENCE, socket.recv(&mut [0; 2048])).await;
    assert!(answer.expect("the server goes on with its part").unwrap() > 0);
    socket
}

#[tokio::test]
async fn many_streams_of_one_connection_are_all_answered() {
    let server = Server::start(PATIENT);
    let client = endpoint(&server, Ipv4Addr::LOCALHOST);
    let connection = connect(&server, &client).await.unwrap();
    for _ in 0..20 {
        ask(&connection).await;
    }
    let together = (0..20).map(|_| ask(&connection));
    futures_util::future::join_all(together).await;
    shows("meridian_dns_queries_total{transport=\"doq\",rcode=\"REFUSED\"}", 40.0).await;
    shows("meridian_dns_connections{transport=\"doq\"}", 1.0).await;
}

#[tokio::test]
async fn a_client_of_a_wildcard_address_is_answered_from_the_address_it_asked() {
    let server = Server::start_from("0.0.0.0:0", PATIENT, &source());
    let client = endpoint(&server, Ipv4Addr::LOCALHOST);
    let asked = SocketAddr::from(([127, 0, 0, 77], server.address().port()));
    let connecting = client.connect(asked, NAME).unwrap();
    let connection = timeout(PATIENCE, connecting).await.expect("in time").unwrap();
    ask(&connection).await;
}

#[tokio::test]
async fn an_identifier_and_a_keepalive_option_break_the_protocol_and_get_no_answer() {
    let server = Server::start(PATIENT);
    let client = endpoint(&server, Ipv4Addr::LOCALHOST);
    let connection = connect(&server, &client).await.unwrap();
    let mut keepalive = query(0);
    keepalive[11] = 1; // one additional record: OPT, 1232 octets, with the option and no data
    keepalive.extend([0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 4, 0, 11, 0, 0]);
    for broken in [query(7), keepalive] {
        assert!(exchange(&connection, &broken).await.is_empty());
    }
    ask(&connection).await;
    shows("meridian_dns_dropped_total{transport=\"doq\",why=\"protocol\"}", 2.0).await;
}

#[tokio::test]
async fn a_new_certificate_serves_newcomers_and_leaves_open_connections_alone() {
    let server = Server::start(PATIENT);
    let client = endpoint(&server, Ipv4Addr::LOCALHOST);
    let before = connect(&server, &client).await.unwrap();
    ask(&before).await;
    server.credentials.replace(&server.issuer.issue("ns9.example.net").certificate());
    ask(&before).await;
    let other = endpoint(&server, Ipv4Addr::LOCALHOST);
    let refusal = connect(&server, &other).await.unwrap_err();
    assert!(refusal.to_string().contains("certificate"), "{refusal}");
    ask(&before).await;
}

#[tokio::test]
async fn a_client_that_stalls_its_handshakes_holds_up_nobody_else() {
    let server = Server::start(PATIENT);
    let hello = hello(&server).await;
    let mut stalled = Vec::new();
    for _ in 0..4 {
        stalled.push(stall(&server, Ipv4Addr::new(127, 0, 0, 9), &hello).await);
    }
    let fifth = UdpSocket::bind("127.0.0.9:0").await.unwrap();
    fifth.send_to(&hello, server.address()).await.unwrap();
    shows("meridian_dns_connections_refused_total{transport=\"doq\",why=\"handshakes\"}", 1.0).await;
    let started = Instant::now();
    for _ in 0..8 {
        let client = endpoint(&server, Ipv4Addr::LOCALHOST);
        ask(&connect(&server, &client).await.unwrap()).await;
    }
    assert!(started.elapsed() < Duration::from_secs(4), "hickory alone waits 5 s: {:?}", started.elapsed());
}

#[tokio::test]
async fn handshakes_that_stall_are_forgotten_in_time() {
    let limits = TcpLimits { message: Duration::from_millis(200), ..PATIENT };
    let server = Server::start(limits);
    let hello = hello(&server).await;
    let _stalled = stall(&server, Ipv4Addr::LOCALHOST, &hello).await;
    shows("meridian_dns_connections_closed_total{transport=\"doq\",why=\"handshake\"}", 1.0).await;
}

#[tokio::test]
async fn junk_takes_no_flow() {
    let server = Server::start(PATIENT);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    for junk in [vec![0xff; 100], vec![0x40; 1400], query(0), vec![]] {
        socket.send_to(&junk, server.address()).await.unwrap();
    }
    let client = endpoint(&server, Ipv4Addr::LOCALHOST);
    ask(&connect(&server, &client).await.unwrap()).await;
    shows("meridian_dns_connections{transport=\"doq\"}", 1.0).await;
}

#[tokio::test]
async fn at_the_caps_the_longest_idle_goes_of_the_same_client_first() {
    let server = Server::start(TcpLimits { connections: 4, per_client: 2, ..PATIENT });
    let mut kept = Vec::new();
    for (from, count) in [(8, 2), (9, 4)] {
        let client = endpoint(&server, Ipv4Addr::new(127, 0, 0, from));
        for _ in 0..count {
            // One socket is one flow: each connection comes from a socket of its own.
            let client = endpoint(&server, Ipv4Addr::new(127, 0, 0, from));
            let connection = connect(&server, &client).await.unwrap();
            ask(&connection).await;
            kept.push((client, connection));
        }
        drop(client);
    }
    for (_client, connection) in kept.iter().take(2).chain(kept.iter().skip(4)) {
        ask(connection).await; // both of the first client, and the newest of the second
    }
    shows("meridian_dns_connections_closed_total{transport=\"doq\",why=\"client_crowded\"}", 2.0).await;
}

#[tokio::test]
async fn shutdown_says_goodbye() {
    let mut server = Server::start(PATIENT);
    let client = endpoint(&server, Ipv4Addr::LOCALHOST);
    let connection = connect(&server, &client).await.unwrap();
    ask(&connection).await;
    server.dns.shutdown(PATIENCE);
    let why = timeout(PATIENCE, connection.closed()).await.expect("the end is told");
    assert!(
        matches!(why, ConnectionError::ApplicationClosed(_) | ConnectionError::ConnectionClosed(_)),
        "{why}"
    );
    timeout(PATIENCE, server.dns.join()).await.expect("all threads end");
}
