//! From a verdict to the first changed answer: measured over the wire, on the running server.
//!
//! The clock starts before the report that makes the verdict is sent, and stops when the first changed answer is in a
//! client's hands. So the figure holds the way of the report over the socket, its reading, the judgement, the new picture
//! and the way of the answer: an upper bound. `cargo nextest run --release --test end_to_end verdict --no-capture` prints it.
//!
//! Three processes take turns in that, and on a machine with more to do than cores each turn waits for a core. What is held
//! to the millisecond is therefore the best tenth; the median is printed.

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::net::UdpSocket;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;

use super::home::Home;
use super::server::{PATIENCE, Server};

/// Regions of one service, by the last octet of their endpoint; all but the last fall, one after the other.
const FIRST: u8 = 10;
const LAST: u8 = 60;

fn home() -> Home {
    let home = Home::new();
    let mut more = "[probes.told]\nport = 4000\nfall = 3\n[vantages.paris]\n".to_owned();
    for at in FIRST..=LAST {
        let place = "jurisdiction = \"US\"\nprobe = \"told\"\nendpoints";
        writeln!(more, "[regions.r{at}]\n{place} = [\"192.0.2.{at}\"]").unwrap();
    }
    let names: Vec<String> = (FIRST..=LAST).map(|at| format!("\"r{at}\"")).collect();
    writeln!(more, "[services.\"s.example.com\"]\nregions = [{}]", names.join(", ")).unwrap();
    more += "strategy = \"failover\"\nttl = { min = \"5s\", max = \"30s\" }\n";
    home.edit("[safety]", &format!("{more}[safety]"));
    home.edit("workers = 1", "workers = 1\nprobing = false");
    home.edit("unlocated = true", "unlocated = true\nservices = [\"api.example.com\"]");
    home
}

/// A report that an endpoint refuses connections; when it was sent. Comes back once it has been taken in.
fn report(admin: &mut UnixStream, at: u8, sequence: u64) -> Instant {
    let (region, endpoint) = (format!("r{at}"), format!("192.0.2.{at}"));
    let observation = json!({"region": region, "endpoint": endpoint, "layer": "tcp", "passed": false,
        "class": "refused", "seconds": 0.001});
    let body = json!({"vantage": "paris", "sequence": sequence, "observations": [observation]}).to_string();
    let head = "POST /v1/observations HTTP/1.1\r\nhost: meridian\r\ncontent-type: application/json";
    let request = format!("{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len());
    let sent = Instant::now();
    admin.write_all(request.as_bytes()).unwrap();
    let mut answer = [0; 1024];
    let length = admin.read(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 204"), "{answer}");
    sent
}

/// The address in an answer without additional records: its last four octets.
fn ask(socket: &UdpSocket) -> [u8; 4] {
    let query = b"\0\x07\0\0\0\x01\0\0\0\0\0\0\x01s\x07example\x03com\0\0\x01\0\x01";
    socket.send(query).unwrap();
    let mut answer = [0; 512];
    let length = socket.recv(&mut answer).unwrap();
    answer[length - 4..length].try_into().unwrap()
}

#[test]
fn a_verdict_is_answered_within_a_millisecond() {
    let home = home();
    let server = Server::serve(&home);
    let mut admin = UnixStream::connect(&server.socket).unwrap();
    admin.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut sequence = 0;
    let mut fall = |at: u8| {
        let mut tell = || {
            sequence += 1;
            report(&mut admin, at, sequence)
        };
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(server.dns).unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        tell();
        tell();
        assert_eq!(ask(&socket), [192, 0, 2, at], "two of three faults change nothing");
        let (asks, asked) = channel();
        let client = thread::spawn(move || {
            asks.send(()).unwrap();
            while ask(&socket) != [192, 0, 2, at + 1] {}
            Instant::now()
        });
        asked.recv().unwrap();
        let sent = tell();
        client.join().unwrap().saturating_duration_since(sent)
    };
    let mut took: Vec<Duration> = (FIRST..LAST).map(&mut fall).collect();
    took.sort_unstable();
    let [best, median, most] = [took.len() / 10, took.len() / 2, took.len() - 1].map(|at| took[at]);
    let said = format!("best tenth within {best:.1?}, median {median:.1?}, most {most:.1?}");
    println!(
        "from the report that makes a verdict to the first changed answer, {} falls: {said}",
        took.len()
    );
    assert!(best < Duration::from_millis(1), "{said}");
    server.stop();
}
