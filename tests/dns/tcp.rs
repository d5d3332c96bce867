//! DNS over TCP (RFC 7766).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use meridian::dns::{Dns, TcpLimits};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::server::{PATIENCE, PATIENT, framed, query, refused, shows, start};

/// A limit that a test waits for.
const SHORT: Duration = Duration::from_millis(50);

async fn connect(dns: &Dns) -> TcpStream {
    let stream = TcpStream::connect(dns.addresses()[0]).await.unwrap();
    stream.set_nodelay(true).unwrap();
    stream
}

/// The ID of the next answer.
async fn next(stream: &mut TcpStream) -> u16 {
    let read = async {
        let length = stream.read_u16().await.expect("an answer comes before the end");
        let mut answer = vec![0; usize::from(length)];
        stream.read_exact(&mut answer).await.unwrap();
        refused(&answer)
    };
    timeout(PATIENCE, read).await.expect("an answer comes in time")
}

/// Whether the server ends the connection without another octet.
async fn ends(stream: &mut TcpStream) -> bool {
    let end = timeout(PATIENCE, stream.read_u8()).await.expect("the server closes in time");
    end.is_err()
}

async fn ask(stream: &mut TcpStream, id: u16) {
    stream.write_all(&framed(&query(id))).await.unwrap();
    assert_eq!(next(stream).await, id);
}

#[tokio::test]
async fn segments_may_be_cut_anywhere() {
    let dns = start(&["127.0.0.1:0"], PATIENT);
    let mut stream = connect(&dns).await;
    for octet in framed(&query(1)) {
        stream.write_all(&[octet]).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(next(&mut stream).await, 1);
    let both = [framed(&query(2)), framed(&query(3))].concat();
    let (head, tail) = both.split_at(both.len() / 2 + 3);
    stream.write_all(head).await.unwrap();
    assert_eq!(next(&mut stream).await, 2);
    stream.write_all(tail).await.unwrap();
    assert_eq!(next(&mut stream).await, 3);
}

#[tokio::test]
async fn five_thousand_pipelined_queries_are_all_answered() {
    let dns = start(&["[::1]:0"], PATIENT);
    let mut stream = connect(&dns).await;
    let pipeline: Vec<u8> = (0..5000).flat_map(|id| framed(&query(id))).collect();
    let (mut answers, mut queries) = stream.split();
    let write = async { queries.write_all(&pipeline).await.unwrap() };
    let read = async {
        for id in 0..5000 {
            let mut answer = vec![0; usize::from(answers.read_u16().await.unwrap())];
            answers.read_exact(&mut answer).await.unwrap();
            assert_eq!(refused(&answer), id);
        }
    };
    timeout(PATIENCE, async { tokio::join!(write, read) }).await.expect("in time");
}

#[tokio::test]
async fn fifty_queries_in_one_segment_and_a_half_close_still_get_their_answers() {
    let dns = start(&["127.0.0.1:0"], PATIENT);
    let mut stream = connect(&dns).await;
    let pipeline: Vec<u8> = (0..50).flat_map(|id| framed(&query(id))).collect();
    stream.write_all(&pipeline).await.unwrap();
    stream.shutdown().await.unwrap();
    for id in 0..50 {
        assert_eq!(next(&mut stream).await, id);
    }
    assert!(ends(&mut stream).await);
}

#[tokio::test]
async fn a_length_that_no_message_has_closes_after_what_was_asked_before() {
    let dns = start(&["127.0.0.1:0"], PATIENT);
    for junk in [framed(b""), framed(b"01234567890")] {
        let mut stream = connect(&dns).await;
        stream.write_all(&[framed(&query(9)), junk].concat()).await.unwrap();
        assert_eq!(next(&mut stream).await, 9);
        assert!(ends(&mut stream).await);
    }
    shows("meridian_dns_connections_closed_total{transport=\"tcp\",why=\"junk\"}", 2.0).await;
}

#[tokio::test]
async fn silence_is_closed_at_the_start_and_after_an_answer() {
    let dns = start(&["127.0.0.1:0"], TcpLimits { idle: SHORT, ..PATIENT });
    let mut silent = connect(&dns).await;
    assert!(ends(&mut silent).await);
    let mut served = connect(&dns).await;
    ask(&mut served, 1).await;
    assert!(ends(&mut served).await);
    shows("meridian_dns_connections_closed_total{transport=\"tcp\",why=\"idle\"}", 2.0).await;
}

#[tokio::test]
async fn a_slow_drip_is_closed_by_a_deadline_that_its_octets_do_not_move() {
    let limits = TcpLimits { message: 4 * SHORT, ..PATIENT };
    let dns = start(&["127.0.0.1:0"], limits);
    let mut stream = connect(&dns).await;
    let started = Instant::now();
    let (mut answers, mut queries) = stream.split();
    let drip = async {
        for octet in framed(&query(1)).into_iter().cycle() {
            // An octet every half limit: a deadline that each octet moved would never pass.
            if queries.write_all(&[octet]).await.is_err() {
                break;
            }
            tokio::time::sleep(2 * SHORT).await;
        }
    };
    tokio::select! {
        () = drip => {}
        end = answers.read_u8() => assert!(end.is_err(), "no whole query came"),
    }
    let took = started.elapsed();
    assert!(took >= limits.message && took < PATIENCE, "closed after {took:?}");
    shows("meridian_dns_connections_closed_total{transport=\"tcp\",why=\"deadline\"}", 1.0).await;
}

#[tokio::test]
async fn a_client_that_never_reads_is_closed_and_delays_nobody() {
    let dns = start(&["127.0.0.1:0"], TcpLimits { message: 4 * SHORT, ..PATIENT });
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut deaf = socket.connect(dns.addresses()[0]).await.unwrap();
    let pipeline: Vec<u8> = (0..2000).flat_map(|id| framed(&query(id))).collect();
    let shout = async { while deaf.write_all(&pipeline).await.is_ok() {} };
    let beside = async {
        let mut stream = connect(&dns).await;
        for id in 0..50 {
            ask(&mut stream, id).await;
        }
    };
    let both = async { tokio::join!(shout, beside) };
    timeout(PATIENCE, both).await.expect("the deaf one is closed, the other is served");
    shows("meridian_dns_connections_closed_total{transport=\"tcp\",why=\"unread\"}", 1.0).await;
}

#[tokio::test]
async fn at_the_cap_the_longest_idle_goes_and_the_newcomer_is_served() {
    let dns = start(&["127.0.0.1:0"], TcpLimits { connections: 3, ..PATIENT });
    let mut streams = Vec::new();
    for id in 0..3 {
        let mut stream = connect(&dns).await;
        ask(&mut stream, id).await;
        streams.push(stream);
    }
    ask(&mut streams[0], 10).await; // now the second is the longest idle
    let mut newcomer = connect(&dns).await;
    ask(&mut newcomer, 11).await;
    assert!(ends(&mut streams[1]).await);
    ask(&mut streams[0], 12).await;
    ask(&mut streams[2], 13).await;
    shows("meridian_dns_connections_closed_total{transport=\"tcp\",why=\"crowded\"}", 1.0).await;
}

#[tokio::test]
async fn one_client_cannot_crowd_out_another() {
    let dns = start(&["127.0.0.1:0"], TcpLimits { per_client: 2, ..PATIENT });
    let from = |address: &str| {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(address.parse().unwrap()).unwrap();
        socket.connect(dns.addresses()[0])
    };
    let mut other = from("127.0.0.8:0").await.unwrap();
    ask(&mut other, 1).await;
    let mut greedy = Vec::new();
    for id in 0..5 {
        let mut stream = from("127.0.0.9:0").await.unwrap();
        ask(&mut stream, id).await;
        greedy.push(stream);
    }
    for stream in &mut greedy[..3] {
        assert!(ends(stream).await);
    }
    ask(&mut other, 2).await;
    shows("meridian_dns_connections_closed_total{transport=\"tcp\",why=\"client_crowded\"}", 3.0).await;
}

#[tokio::test]
async fn shutdown_lets_a_message_in_hand_finish_and_closes_the_idle() {
    let mut dns = start(&["127.0.0.1:0"], PATIENT);
    let (mut idle, mut busy) = (connect(&dns).await, connect(&dns).await);
    ask(&mut idle, 1).await;
    ask(&mut busy, 2).await;
    let message = framed(&query(3));
    let (head, tail) = message.split_at(20);
    busy.write_all(&[framed(&query(0)), head.to_vec()].concat()).await.unwrap();
    assert_eq!(next(&mut busy).await, 0); // so the head has come as well
    dns.shutdown(PATIENCE);
    assert!(ends(&mut idle).await);
    busy.write_all(tail).await.unwrap();
    assert_eq!(next(&mut busy).await, 3);
    assert!(ends(&mut busy).await);
    timeout(PATIENCE / 2, dns.join()).await.expect("all threads end before the deadline");
}

#[tokio::test]
async fn shutdown_does_not_wait_longer_than_its_deadline() {
    let mut dns = start(&["127.0.0.1:0"], PATIENT);
    let mut stuck = connect(&dns).await;
    stuck.write_all(&[framed(&query(0)), vec![0]].concat()).await.unwrap();
    assert_eq!(next(&mut stuck).await, 0);
    dns.shutdown(SHORT);
    timeout(PATIENCE, dns.join()).await.expect("all threads end");
    assert!(ends(&mut stuck).await);
}

#[tokio::test]
async fn connections_are_counted_while_they_are_open() {
    let dns = start(&["127.0.0.1:0"], PATIENT);
    let address: SocketAddr = dns.addresses()[0];
    let mut streams = Vec::new();
    for id in 0..3 {
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, id).await;
        streams.push(stream);
    }
    shows("meridian_dns_connections{transport=\"tcp\"}", 3.0).await;
    shows("meridian_dns_queries_total{transport=\"tcp\",rcode=\"REFUSED\"}", 3.0).await;
}
