//! Response rate limiting over real sockets: a flood in one prefix's name, and everyone beside it.

use std::net::{SocketAddr, UdpSocket};
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::{Duration, Instant};

use meridian::dns::{Dns, Limits, RateLimit, RateMode};

use super::server::{PATIENCE, PATIENT, shown, source};

const RATE: u32 = 50;

/// A server with two workers and this limit.
fn start(slip: u32, mode: RateMode) -> (Dns, SocketAddr) {
    let rate = Some(RateLimit { rate: NonZeroU32::new(RATE).unwrap(), slip, mode });
    let limits = Limits { tcp: PATIENT, rate };
    let listen = ["127.0.0.1:0".parse().unwrap()];
    let dns = Dns::bind(&listen, NonZeroUsize::new(2).unwrap(), limits, &source()).unwrap();
    let address = dns.addresses()[0];
    (dns, address)
}

/// A client at `from`; an answer that does not come is missed quickly.
fn client(from: &str) -> UdpSocket {
    let socket = UdpSocket::bind((from, 0)).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// A question for `labels` under other.test, with an OPT that holds `options`.
fn query(id: u16, labels: &str, rtype: u8, options: &[u8]) -> Vec<u8> {
    let mut octets = id.to_be_bytes().to_vec();
    octets.extend(b"\x01\0\0\x01\0\0\0\0\0\x01");
    for label in labels.split('.').filter(|label| !label.is_empty()).chain(["other", "test"]) {
        octets.push(label.len() as u8);
        octets.extend(label.as_bytes());
    }
    octets.extend([0, 0, rtype, 0, 1, 0, 0, 41, 4, 208, 0, 0, 0, 0, 0, options.len() as u8]);
    octets.extend(options);
    octets
}

/// Octets sent and got, whole answers and truncated ones.
#[derive(Debug, Default)]
struct Flood {
    sent: usize,
    got: usize,
    whole: usize,
    truncated: usize,
}

/// Asks each question, a new port for every two hundred; counts what comes back.
fn flood(server: SocketAddr, from: &str, questions: impl Iterator<Item = Vec<u8>>) -> Flood {
    let questions: Vec<_> = questions.collect();
    let (mut flood, mut answer) = (Flood::default(), [0; 2048]);
    for questions in questions.chunks(200) {
        let socket = client(from);
        for question in questions {
            socket.send_to(question, server).unwrap();
            flood.sent += question.len();
        }
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        while let Ok(length) = socket.recv(&mut answer) {
            flood.got += length;
            let truncated = answer[2] & 0x02 != 0;
            assert!(!truncated || length <= questions[0].len() + 8, "a truncated answer of {length} octets");
            flood.whole += usize::from(!truncated);
            flood.truncated += usize::from(truncated);
        }
    }
    flood
}

const TXT: u8 = 16;
const A: u8 = 1;

#[test]
fn a_victim_gets_less_than_was_sent_in_its_name_and_others_notice_nothing() {
    let (_dns, server) = start(2, RateMode::Limit);
    // 800 octets for 38: the worst that this zone has.
    let flood = flood(server, "127.0.0.1", (0..10_000).map(|id| query(id, "", TXT, &[])));
    assert!(flood.whole >= RATE as usize / 2, "half as many go whole, since each counts twice: {flood:?}");
    assert!((4_600..5_400).contains(&flood.truncated), "about one in two comes truncated: {flood:?}");
    let ratio = flood.got as f64 / flood.sent as f64;
    assert!(ratio <= 0.6, "{ratio} octets out for one in, whole answers included: {flood:?}");
    let beside = client("127.0.1.1");
    for id in 0..RATE as u16 / 2 {
        beside.send_to(&query(id, "", TXT, &[]), server).unwrap();
        let length = beside.recv(&mut [0; 2048]).expect("another prefix is answered");
        assert!(length > 750, "{length} octets");
    }
}

#[test]
fn random_names_are_one_account_whether_they_exist_by_a_wildcard_or_not_at_all() {
    let (_dns, server) = start(0, RateMode::Limit);
    let wild = flood(server, "127.0.2.1", (0..1000).map(|id| query(id, &format!("n{id}"), A, &[])));
    assert!((RATE as usize..250).contains(&wild.whole), "wildcard: {wild:?}");
    let nothing = flood(server, "127.0.2.1", (0..1000).map(|id| query(id, &format!("n{id}"), TXT, &[])));
    assert!((RATE as usize..250).contains(&nothing.whole), "negative: {nothing:?}");
    assert_eq!((wild.truncated, nothing.truncated), (0, 0), "slip 0 sends nothing");
}

#[test]
fn a_client_with_a_valid_cookie_is_never_limited() {
    let (_dns, server) = start(2, RateMode::Limit);
    let socket = client("127.0.3.1");
    socket.send_to(&query(0, "", A, b"\0\x0a\0\x08client!!"), server).unwrap();
    let mut answer = [0; 2048];
    let length = socket.recv(&mut answer).unwrap();
    let at = answer[..length].windows(8).position(|eight| eight == b"client!!").unwrap();
    let option = [b"\0\x0a\0\x18", &answer[at..at + 24]].concat();
    for id in 0..10 * RATE as u16 {
        socket.send_to(&query(id, "", TXT, &option), server).unwrap();
        let length = socket.recv(&mut answer).expect("every query is answered");
        assert!(length > 750 && answer[2] & 0x02 == 0, "{length} octets, flags {:#x}", answer[2]);
    }
    let forged = [&option[..option.len() - 1], &[option[option.len() - 1] ^ 1]].concat();
    let flood = flood(server, "127.0.3.1", (0..1000).map(|id| query(id, "", TXT, &forged)));
    assert!(flood.whole < 250, "a cookie that is not ours counts for nothing: {flood:?}");
}

#[test]
fn a_dry_run_counts_and_holds_nothing_back() {
    let (mut dns, server) = start(2, RateMode::DryRun);
    // One by one, so that no buffer of the client's overflows.
    let socket = client("127.0.4.1");
    let began = Instant::now();
    for id in 0..1000 {
        socket.send_to(&query(id, "", TXT, &[]), server).unwrap();
        let length = socket.recv(&mut [0; 2048]).expect("every query is answered");
        assert!(length > 750, "{length} octets");
    }
    dns.shutdown(Duration::ZERO);
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(dns.join());
    let counted = shown("meridian_dns_rate_limited_total{outcome=\"dry_run\"}");
    let within = f64::from(RATE) * (began.elapsed().as_secs_f64() + 2.0);
    assert!(
        counted >= 1000.0 - within,
        "{counted} would have been held back, {within} at most are within the rate"
    );
}
