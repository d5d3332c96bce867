//! DNS over TLS (RFC 7858).

use std::time::{Duration, Instant};

use meridian::dns::TcpLimits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;

use super::encrypted::Server;
use super::pki::{Issuer, NAME};
use super::server::{PATIENCE, PATIENT, framed, query, refused, shows};

async fn next(stream: &mut TlsStream<TcpStream>) -> u16 {
    let read = async {
        let mut answer = vec![0; usize::from(stream.read_u16().await.unwrap())];
        stream.read_exact(&mut answer).await.unwrap();
        refused(&answer)
    };
    timeout(PATIENCE, read).await.expect("an answer comes in time")
}

async fn ask(stream: &mut TlsStream<TcpStream>, id: u16) {
    stream.write_all(&framed(&query(id))).await.unwrap();
    assert_eq!(next(stream).await, id);
}

/// The end, announced as TLS wants it (a bare one reads as an error).
async fn ends(stream: &mut TlsStream<TcpStream>) {
    let read = timeout(PATIENCE, stream.read(&mut [0])).await.expect("the server closes in time");
    assert_eq!(read.unwrap(), 0, "nothing more is said");
}

#[tokio::test]
async fn a_pipeline_is_answered_inside_one_session() {
    let server = Server::start(PATIENT);
    let mut stream = server.connect().await;
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"dot"[..]));
    let pipeline: Vec<u8> = (0..500).flat_map(|id| framed(&query(id))).collect();
    stream.write_all(&pipeline).await.unwrap();
    for id in 0..500 {
        assert_eq!(next(&mut stream).await, id);
    }
    shows("meridian_dns_queries_total{transport=\"dot\",rcode=\"REFUSED\"}", 500.0).await;
}

#[tokio::test]
async fn a_client_that_wants_another_name_or_protocol_gets_no_session() {
    let server = Server::start(PATIENT);
    for (name, alpn) in [("ns2.example.net", &b"dot"[..]), (NAME, b"h2")] {
        assert!(server.connect_as(name, server.issuer.client(alpn)).await.is_err(), "{name} {alpn:?}");
    }
    assert!(server.connect_as(NAME, Issuer::new().client(b"dot")).await.is_err(), "another issuer");
    ask(&mut server.connect().await, 1).await;
}

#[tokio::test]
async fn a_new_certificate_serves_newcomers_and_leaves_open_connections_alone() {
    let server = Server::start(PATIENT);
    let mut before = server.connect().await;
    ask(&mut before, 1).await;
    let next = Issuer::new();
    server.credentials.replace(&next.issue("ns9.example.net").certificate());
    ask(&mut before, 2).await;
    assert!(server.connect_as(NAME, server.issuer.client(b"dot")).await.is_err(), "the old name is gone");
    let mut after = server.connect_as("ns9.example.net", next.client(b"dot")).await.unwrap();
    ask(&mut after, 3).await;
    ask(&mut before, 4).await;
}

#[tokio::test]
async fn stalled_handshakes_hold_up_neither_newcomers_nor_tcp_and_are_closed() {
    const SHORT: Duration = Duration::from_millis(300);
    let server = Server::start(TcpLimits { message: SHORT, ..PATIENT });
    let mut stalled = Vec::new();
    for _ in 0..50 {
        let mut stream = server.plain().await;
        stream.write_all(&[0x16, 3, 1, 2, 0, 1]).await.unwrap(); // the head of a hello, and no more
        stalled.push(stream);
    }
    let started = Instant::now();
    ask(&mut server.connect().await, 1).await;
    let mut tcp = TcpStream::connect(server.dns.addresses()[0]).await.unwrap();
    tcp.write_all(&framed(&query(2))).await.unwrap();
    assert!(timeout(PATIENCE, tcp.read_u16()).await.is_ok());
    assert!(started.elapsed() < SHORT, "newcomers took {:?}", started.elapsed());
    for mut stream in stalled {
        let end = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
        assert!(end.is_ok(), "a stalled handshake is closed in time");
    }
    shows("meridian_dns_connections_closed_total{transport=\"dot\",why=\"handshake\"}", 50.0).await;
}

#[tokio::test]
async fn handshakes_count_against_the_cap_and_the_longest_idle_goes() {
    let server = Server::start(TcpLimits { connections: 3, ..PATIENT });
    let mut stalled = server.plain().await;
    let mut streams = Vec::new();
    for id in 0..3 {
        let mut stream = server.connect().await;
        ask(&mut stream, id).await;
        streams.push(stream);
    }
    let end = timeout(PATIENCE, stalled.read_u8()).await.expect("the fourth sends the first away");
    assert!(end.is_err());
    for stream in &mut streams {
        ask(stream, 9).await;
    }
    shows("meridian_dns_connections_closed_total{transport=\"dot\",why=\"crowded\"}", 1.0).await;
}

#[tokio::test]
async fn silence_is_closed_with_a_farewell() {
    let server = Server::start(TcpLimits { idle: Duration::from_millis(50), ..PATIENT });
    ends(&mut server.connect().await).await;
    shows("meridian_dns_connections_closed_total{transport=\"dot\",why=\"idle\"}", 1.0).await;
}

#[tokio::test]
async fn shutdown_finishes_a_message_in_hand_and_waits_for_no_handshake() {
    let mut server = Server::start(PATIENT);
    let (mut idle, mut busy) = (server.connect().await, server.connect().await);
    let mut stalled = server.plain().await;
    ask(&mut idle, 1).await;
    ask(&mut busy, 2).await;
    let message = framed(&query(3));
    let (head, tail) = message.split_at(20);
    busy.write_all(&[framed(&query(0)), head.to_vec()].concat()).await.unwrap();
    assert_eq!(next(&mut busy).await, 0); // so the head has come as well
    server.dns.shutdown(PATIENCE);
    ends(&mut idle).await;
    assert!(timeout(PATIENCE, stalled.read_u8()).await.expect("in time").is_err());
    busy.write_all(tail).await.unwrap();
    assert_eq!(next(&mut busy).await, 3);
    ends(&mut busy).await;
    timeout(PATIENCE / 2, server.dns.join()).await.expect("all threads end before the deadline");
}
