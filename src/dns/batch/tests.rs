//! The batch calls on real sockets of loopback.

use std::num::NonZeroUsize;

use super::*;
use crate::dns::Sockets;

fn bound(address: &str) -> (UdpSocket, SocketAddr) {
    let mut sockets = Sockets::bind(address.parse().unwrap(), NonZeroUsize::MIN).unwrap();
    (sockets.udp.remove(0), sockets.address)
}

fn client(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(address).unwrap();
    socket.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
    socket
}

/// Echoes what comes in one batch; returns how many answers were lost.
fn echo(batch: &mut Batch, server: &UdpSocket) -> usize {
    assert!(batch.receive(server).unwrap() > 0, "a query was sent");
    for exchange in batch.exchanges() {
        let length = exchange.query.len().min(exchange.answer.len());
        exchange.answer[..length].copy_from_slice(&exchange.query[..length]);
        *exchange.length = length;
    }
    batch.send(server)
}

#[test]
fn an_answer_leaves_from_the_address_that_was_asked() {
    let table = [
        ("0.0.0.0:0", "127.0.0.1:0", ["127.0.0.2", "127.3.4.5"]),
        ("[::]:0", "[::1]:0", ["::1", "::1"]),
        ("127.0.0.9:0", "127.0.0.1:0", ["127.0.0.9", "127.0.0.9"]),
    ];
    for (listen, from, asked) in table {
        let (server, address) = bound(listen);
        let mut batch = Batch::new();
        for asked in asked {
            let client = client(from);
            let asked = SocketAddr::new(asked.parse().unwrap(), address.port());
            client.send_to(b"who are you", asked).unwrap();
            assert_eq!(echo(&mut batch, &server), 0);
            let mut buffer = [0; 64];
            let (length, source) = client.recv_from(&mut buffer).unwrap();
            assert_eq!((source, &buffer[..length]), (asked, &b"who are you"[..]), "bound to {listen}");
        }
    }
}

#[test]
fn a_batch_keeps_messages_and_clients_together() {
    let (server, address) = bound("127.0.0.1:0");
    let clients: Vec<_> = (0..100).map(|_| client("127.0.0.1:0")).collect();
    for (number, client) in clients.iter().enumerate() {
        client.send_to(&vec![number as u8; number], address).unwrap();
    }
    let mut batch = Batch::new();
    let mut taken = 0;
    while taken < clients.len() {
        taken += batch.receive(&server).unwrap();
        for exchange in batch.exchanges() {
            let number = exchange.query.len();
            assert!(exchange.query.iter().all(|octet| usize::from(*octet) == number));
            assert_eq!(exchange.client, clients[number].local_addr().unwrap());
        }
    }
    assert_eq!(taken, clients.len());
}

#[test]
fn a_datagram_beyond_the_buffer_arrives_cut() {
    let (server, address) = bound("127.0.0.1:0");
    client("127.0.0.1:0").send_to(&[7; 9000], address).unwrap();
    let mut batch = Batch::new();
    batch.receive(&server).unwrap();
    let exchange = batch.exchanges().next().unwrap();
    assert_eq!((exchange.query.len(), exchange.query[QUERY - 1]), (QUERY, 7));
}

#[test]
fn an_empty_datagram_is_a_message_without_octets_and_a_silent_socket_gives_none() {
    let (server, address) = bound("127.0.0.1:0");
    let mut batch = Batch::new();
    assert_eq!(batch.receive(&server).unwrap(), 0, "the timeout passes without an error");
    client("127.0.0.1:0").send_to(b"", address).unwrap();
    assert_eq!(batch.receive(&server).unwrap(), 1);
    assert!(batch.exchanges().next().unwrap().query.is_empty());
    assert_eq!(batch.send(&server), 0, "and nothing goes back");
}

#[test]
fn a_message_that_cannot_be_sent_costs_no_other() {
    let (server, address) = bound("127.0.0.1:0");
    let clients: Vec<_> = (0..5).map(|_| client("127.0.0.1:0")).collect();
    for client in &clients {
        client.send_to(b"query", address).unwrap();
    }
    let mut batch = Batch::new();
    let taken = batch.receive(&server).unwrap();
    assert_eq!(taken, clients.len(), "loopback delivers before send_to returns");
    for (number, exchange) in batch.exchanges().enumerate() {
        exchange.answer[0] = number as u8;
        *exchange.length = 1;
    }
    // Port 0 cannot be sent to: the first, the third and the last answer fail.
    for slot in [0, 2, 4] {
        // SAFETY: the family is AF_INET, so the storage holds a sockaddr_in.
        let peer = unsafe { &mut *ptr::from_mut(&mut batch.peers[slot]).cast::<libc::sockaddr_in>() };
        peer.sin_port = 0;
    }
    assert_eq!(batch.send(&server), 3);
    for number in [1, 3] {
        let mut buffer = [0; 8];
        assert_eq!(clients[number].recv(&mut buffer).unwrap(), 1);
        assert_eq!(usize::from(buffer[0]), number);
    }
}
