//! DNS over UDP.

use std::collections::HashSet;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use meridian::dns::{BindCause, Dns, TcpLimits};

use super::server::{PATIENCE, query, refused, shows, source, start};

fn client(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn ask(client: &UdpSocket, server: SocketAddr, id: u16) {
    client.send_to(&query(id), server).unwrap();
    let mut answer = [0; 512];
    let (length, from) = client.recv_from(&mut answer).unwrap();
    assert_eq!((refused(&answer[..length]), from), (id, server));
}

#[tokio::test]
async fn every_listen_address_answers_with_its_own_address() {
    let mut dns = start(&["127.0.0.1:0", "[::1]:0", "0.0.0.0:0", "[::]:0"], TcpLimits::default());
    let ports: Vec<_> = dns.addresses().iter().map(SocketAddr::port).collect();
    for (number, address) in ["127.0.0.1", "::1", "127.0.0.2", "::1"].iter().enumerate() {
        let server = SocketAddr::new(address.parse().unwrap(), ports[number]);
        let from = if server.is_ipv4() { "127.0.0.1:0" } else { "[::1]:0" };
        ask(&client(from), server, number as u16);
    }
    dns.shutdown(Duration::ZERO);
    dns.join().await;
}

#[tokio::test]
async fn a_burst_of_two_thousand_is_answered_whole() {
    let dns = start(&["127.0.0.1:0"], TcpLimits::default());
    let clients: Vec<_> = (0..20).map(|_| client("127.0.0.1:0")).collect();
    for id in 0..2000_u16 {
        let client = &clients[usize::from(id) % clients.len()];
        client.send_to(&query(id), dns.addresses()[0]).unwrap();
    }
    let mut answered = HashSet::new();
    for client in &clients {
        for _ in 0..100 {
            let mut answer = [0; 512];
            let length = client.recv(&mut answer).unwrap();
            answered.insert(refused(&answer[..length]));
        }
    }
    assert_eq!(answered.len(), 2000, "each ID came back once");
}

#[tokio::test]
async fn junk_gets_no_answer_and_harms_nobody() {
    let dns = start(&["127.0.0.1:0"], TcpLimits::default());
    let server = dns.addresses()[0];
    let client = client("127.0.0.1:0");
    for junk in [&b""[..], b"\0", b"01234567890"] {
        client.send_to(junk, server).unwrap();
    }
    // What comes back first is the answer to the question behind the junk: both go the same way, in order.
    ask(&client, server, 77);
    client.send_to(&[0xff; 60_000], server).unwrap();
    shows("meridian_dns_dropped_total{transport=\"udp\",why=\"junk\"}", 3.0).await;
    shows("meridian_dns_queries_total{transport=\"udp\",rcode=\"REFUSED\"}", 1.0).await;
}

#[tokio::test]
async fn shutdown_ends_every_thread_and_frees_the_port() {
    let mut dns = start(&["127.0.0.1:0", "[::1]:0"], TcpLimits::default());
    let addresses = dns.addresses().to_vec();
    let started = Instant::now();
    dns.shutdown(PATIENCE);
    tokio::time::timeout(PATIENCE, dns.join()).await.expect("all threads end");
    assert!(started.elapsed() < PATIENCE / 2, "nobody waited for the deadline");
    for address in addresses {
        UdpSocket::bind(address).expect("the port is free for one that does not share");
    }
}

#[tokio::test]
async fn a_second_server_is_refused_and_told_who_is_there() {
    let first = start(&["127.0.0.1:0"], TcpLimits::default());
    let listen = [first.addresses()[0], "192.0.2.1:53".parse().unwrap()];
    let workers = std::num::NonZeroUsize::MIN;
    let problems = Dns::bind(&listen, workers, TcpLimits::default(), &source()).unwrap_err();
    assert_eq!(problems.len(), 2, "{problems:?}");
    let text = problems[0].to_string();
    let expected = format!("cannot listen on {} (udp): in use by this very process", listen[0]);
    assert!(text.starts_with(&expected), "{text}");
    assert!(matches!(problems[1].cause, BindCause::NoSuchAddress), "{}", problems[1]);
}
