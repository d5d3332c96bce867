//! Sizes: what fits a datagram, and what is said when it does not.

use std::net::{SocketAddr, UdpSocket};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use meridian::clock::Clock;
use meridian::dns::{Dns, Source, TcpLimits};
use meridian::snapshot::Snapshots;

use super::ask;
use super::world::{CHILD, CONFIG, ZONE, picture};

#[test]
fn without_opt_an_answer_has_at_most_512_octets() {
    let reply = ask("sixty.example.test", "A").send().udp;
    assert!(reply.is_truncated() && reply.octets.len() <= 512);
}

#[test]
fn with_opt_it_has_at_most_what_is_offered_and_never_more_than_1232() {
    for (size, whole) in [(512, false), (1000, false), (1100, true), (1232, true), (65_535, true)] {
        let reply = ask("sixty.example.test", "A").size(size).send().udp;
        assert_eq!(!reply.is_truncated(), whole, "offered {size}");
        assert!(reply.octets.len() <= usize::from(size.min(1232)));
    }
    for size in [1232, 4096, 65_535] {
        let reply = ask("big.example.test", "TXT").size(size).send().udp;
        assert!(reply.is_truncated() && reply.octets.len() <= 1232, "offered {size}");
    }
}

#[test]
fn a_truncated_answer_is_empty_and_keeps_question_and_opt() {
    let query = ask("big.example.test", "TXT").option(3, b"").subnet([198, 51, 100, 0], 24);
    let reply = query.send().udp;
    assert!(reply.is_truncated() && reply.is_empty());
    assert_eq!(reply.question(), query.questions[0]);
    assert!(reply.option(3).is_some() && reply.option(8).is_some());
}

#[test]
fn what_is_truncated_over_udp_is_whole_over_tcp() {
    for (name, rtype, records) in [("sixty.example.test", "A", 60), ("big.example.test", "TXT", 12)] {
        let replies = ask(name, rtype).send();
        assert!(replies.udp.is_truncated() && !replies.tcp.is_truncated());
        assert_eq!(replies.tcp.answers().len(), records);
    }
}

#[test]
fn an_extended_error_never_pushes_data_out() {
    // Options of 512 octets' worth leave the error no room: it goes, they stay.
    let long = "a".repeat(60);
    let name = format!("{long}.{long}.{long}.{long}.elsewhere.test");
    let reply =
        ask(&name[..250.min(name.len())], "A").size(512).option(3, b"").option(10, b"8 octets").send().udp;
    assert_eq!((reply.rcode(), reply.trouble()), (5, Some(20)), "there is room here");
    assert!(reply.option(3).is_some() && reply.option(10).is_some());
}

#[test]
fn ipv6_is_served_as_ipv4_is_and_an_answer_comes_from_the_address_that_was_asked() {
    let clock = Clock::start();
    let zones = [("example.test.zone", ZONE), ("child.example.test.zone", CHILD)];
    let snapshot = picture(CONFIG, &zones).publish(clock.now()).0;
    meridian::metrics::install();
    let source = Source::new(Snapshots::new(Arc::clone(&snapshot)), clock);
    let listen: [SocketAddr; 2] = ["0.0.0.0:0".parse().unwrap(), "[::1]:0".parse().unwrap()];
    let dns = Dns::bind(&listen, NonZeroUsize::MIN, TcpLimits::default(), &source).unwrap();
    let [four, six] = [dns.addresses()[0].port(), dns.addresses()[1].port()];
    for (from, to) in [("127.0.0.1:0", format!("127.0.0.3:{four}")), ("[::1]:0", format!("[::1]:{six}"))] {
        let socket = UdpSocket::bind(from).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        socket.send_to(&ask("www.example.test", "A").octets(), &to).unwrap();
        let mut answer = [0; 512];
        let (length, sender) = socket.recv_from(&mut answer).unwrap();
        assert_eq!((sender.to_string(), length > 12), (to, true));
    }
}
