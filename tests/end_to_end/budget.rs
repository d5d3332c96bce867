//! A service that is asked more often than its budget allows: its answers may be kept for longer, and everyone is told.

use std::net::UdpSocket;
use std::time::{Duration, Instant};

use super::home::{AMERICAN, Home};
use super::server::{PATIENCE, Server};

/// api.example.com, A, class IN.
const QUERY: &[u8] = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x03api\x07example\x03com\0\0\x01\0\x01";

fn ttl(server: &Server) -> u32 {
    let answer = server.dig(&["+noshort", "+noall", "+answer", AMERICAN[0], AMERICAN[1]]);
    answer[0].split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// Asks on, a few hundred times a second, until the least TTL is `wanted`.
fn ask_until(server: &Server, wanted: f64) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(server.dns).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let (began, mut answer) = (Instant::now(), [0; 512]);
    while began.elapsed() < PATIENCE * 2 {
        for _ in 0..100 {
            socket.send(QUERY).unwrap();
            // An answer that is lost on a busy machine was counted all the same.
            let _received = socket.recv(&mut answer);
        }
        if server.metric(LEAST) == Some(wanted) {
            return;
        }
    }
    panic!("{LEAST} is still {:?}, not {wanted}", server.metric(LEAST));
}

const LEAST: &str = "meridian_service_ttl_least_seconds{service=\"api.example.com\"}";

#[test]
fn a_server_that_is_asked_too_often_lets_answers_live_longer_and_says_so() {
    let home = Home::new();
    home.edit("strategy = \"nearest\"\n", "strategy = \"nearest\"\nbudget = 1\n");
    home.edit("max = \"30s\"", "max = \"3m\"");
    let mut server = Server::serve(&home);
    server.order(&["drain", "us", "--for", "10m", "--reason", "for its end"]);
    assert_eq!(ttl(&server), 180, "the end is far away");
    assert!(server.status()["budgets"]["api.example.com"]["raised"] == false);

    ask_until(&server, 180.0);
    server.order(&["drain", "us", "--for", "1m", "--reason", "for its near end"]);
    assert_eq!(ttl(&server), 180, "it ends within a minute, and without a load the TTL would be as short");
    let status = server.status();
    let asked = &status["budgets"]["api.example.com"];
    assert_eq!((&asked["budget"], &asked["raised"]), (&1.into(), &true.into()), "{status}");
    assert!(asked["load"].as_f64().unwrap() > 1.0, "{status}");
    let alarms = status["alarms"].to_string();
    assert!(
        alarms.contains("api.example.com was asked more than its budget of 1 queries a second"),
        "{alarms}"
    );
    let why = server.order(&["explain", "api.example.com", "--client", "12.0.0.0/24"]).out;
    assert!(why.contains("the load is above the budget, so no less; the override of us ends in"), "{why}");
    let table = server.order(&["status"]).out;
    assert!(table.contains("180 to 180 s (raised)"), "{table}");
    assert!(server.metric("meridian_service_queries_per_second{service=\"api.example.com\"}").unwrap() > 1.0);

    home.edit("budget = 1\n", "");
    server.forget();
    server.order(&["reload"]);
    assert!(ttl(&server) <= 60, "without a budget the TTL goes by what is pending alone");
    assert_eq!(server.metric(LEAST), Some(0.0));
    server.stop();
}
