//! The prober against real sockets: what recorded gateways answer, broken peers, and the request it sends.
#![allow(clippy::unwrap_used)] // every line here is a test

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use meridian::health::{FaultClass, Layer, Liveliness, ProbePlan, Scheme, Verdict};
use meridian::probe::{Prober, Round, Target};
use meridian::region::RegionId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const RECORDED: &str = include_str!("data/gateway-answers.jsonl");

fn target(port: u16, timeout: Duration) -> Target {
    Target {
        region: RegionId(2),
        name: "eu-central".into(),
        endpoint: 1,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        plan: Arc::new(ProbePlan {
            port,
            interval: Duration::from_millis(20),
            fast_interval: Duration::from_millis(10),
            timeout,
            rise: 2,
            liveliness: Some(Liveliness { path: "/health/liveliness".into() }),
            ..ProbePlan::default()
        }),
        held: Verdict::Unknown,
    }
}

/// A peer that sends `answer` once a request has come, then closes; gives back the requests it read. It stops listening
/// with the first request that nobody wants to see.
async fn peer(answer: Vec<u8>) -> (SocketAddr, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, requests) = mpsc::channel(1024);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let request = read_request(&mut stream).await;
            let _ = stream.write_all(&answer).await;
            if sender.try_send(request).is_err() {
                return;
            }
        }
    });
    (address, requests)
}

async fn read_request(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut octets = [0; 1024];
        match stream.read(&mut octets).await {
            Ok(0) | Err(_) => break,
            Ok(length) => request.extend_from_slice(&octets[..length]),
        }
    }
    String::from_utf8(request).unwrap()
}

async fn probe_once(target: Target) -> Round {
    let mut rounds = Prober::first_round(&[target]).await;
    assert_eq!(rounds.len(), 1);
    rounds.remove(0)
}

/// What a round makes of a peer that sends these octets.
async fn met(answer: &[u8]) -> Result<(), FaultClass> {
    let (address, _kept) = peer(answer.to_vec()).await;
    let round = probe_once(target(address.port(), Duration::from_secs(5))).await;
    assert_eq!(round.observations[0].result, Ok(()), "the connection itself opens");
    assert_eq!(round.observations[1].layer, Layer::Liveliness);
    round.result()
}

/// A recorded answer as it went over the wire.
fn recorded(class: &str) -> Vec<u8> {
    let row = RECORDED
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .find(|row| row["class"] == class)
        .unwrap_or_else(|| panic!("no recorded answer of class {class}"));
    let body = row["body"].as_str().unwrap();
    let headers = row["headers"].as_object().unwrap();
    let mut wire = format!("HTTP/1.1 {} Recorded\r\n", row["status"]);
    for (name, value) in headers {
        wire += &format!("{name}: {}\r\n", value.as_str().unwrap());
    }
    wire += &format!("content-length: {}\r\n\r\n{body}", body.len());
    wire.into_bytes()
}

#[tokio::test]
async fn recorded_gateway_answers_fall_into_their_classes() {
    let table = [
        ("live_ok", Ok(())),
        ("ready_nodb", Ok(())),
        ("db_default_ready_connected", Ok(())),
        ("drain_done", Ok(())),
        ("live_shutting_down", Err(FaultClass::Drain)),
        ("ready_shutting_down", Err(FaultClass::Drain)),
        ("live_head", Err(FaultClass::Misconfigured)),
        ("drain_bad_token", Err(FaultClass::Misconfigured)),
        ("drain_disabled", Err(FaultClass::Misconfigured)),
        ("backlog_nokey", Err(FaultClass::Misconfigured)),
        ("unknown_model", Err(FaultClass::Misconfigured)),
        ("metrics_redirect", Err(FaultClass::Gateway)),
        ("overloaded_admission", Err(FaultClass::Gateway)),
        ("db_default_ready_dbdown", Err(FaultClass::Gateway)),
        ("provider_500", Err(FaultClass::Gateway)),
    ];
    for (class, expected) in table {
        assert_eq!(met(&recorded(class)).await, expected, "recorded answer {class}");
    }
}

#[tokio::test]
async fn broken_answers_are_told_from_broken_connections() {
    let endless = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &[b'x'; 70_000]].concat();
    let table: [(&str, &[u8], FaultClass); 5] = [
        ("closed without a word", b"", FaultClass::Reset),
        ("cut in the body", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab", FaultClass::Reset),
        ("another protocol", b"SSH-2.0-OpenSSH_9.2\r\n", FaultClass::Gateway),
        (
            "a web page",
            b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>",
            FaultClass::Gateway,
        ),
        ("a body over the cap", &endless, FaultClass::Gateway),
    ];
    for (what, answer, class) in table {
        assert_eq!(met(answer).await, Err(class), "{what}");
    }
}

#[tokio::test]
async fn the_request_names_itself_and_its_authority() {
    let (address, mut requests) = peer(recorded("live_ok")).await;
    probe_once(target(address.port(), Duration::from_secs(5))).await;
    let request = requests.recv().await.unwrap().to_ascii_lowercase();
    assert!(request.starts_with("get /health/liveliness http/1.1\r\n"), "{request}");
    for line in
        [format!("host: {address}"), "user-agent: meridian-probe/1".into(), "connection: close".into()]
    {
        assert!(request.lines().any(|sent| sent == line), "no line {line:?} in {request}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (elsewhere, mut followed) = peer(recorded("live_ok")).await;
    let redirect =
        format!("HTTP/1.1 307 Moved\r\nlocation: http://{elsewhere}/\r\ncontent-length: 0\r\n\r\n");
    assert_eq!(met(redirect.as_bytes()).await, Err(FaultClass::Gateway));
    assert!(followed.try_recv().is_err(), "somebody asked the redirect's target");
}

#[tokio::test]
async fn a_closed_listener_is_refused_at_the_layer_tcp_and_no_layer_follows() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let round = probe_once(target(port, Duration::from_secs(5))).await;
    assert_eq!(round.result(), Err(FaultClass::Refused));
    assert_eq!((round.region, round.endpoint), (RegionId(2), 1));
    let layers = round.observations.iter().map(|observation| observation.layer);
    assert_eq!(layers.collect::<Vec<_>>(), [Layer::Tcp]);
}

#[tokio::test]
async fn a_frozen_gateway_is_a_timeout_within_the_plans_bound() {
    // The kernel completes the handshake; nobody ever accepts or answers.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let bound = Duration::from_millis(80);
    let round = probe_once(target(listener.local_addr().unwrap().port(), bound)).await;
    assert_eq!(round.result(), Err(FaultClass::Timeout));
    let [tcp, liveliness] = round.observations[..] else { panic!("two layers were tried: {round:?}") };
    assert_eq!(tcp.result, Ok(()));
    assert_eq!(liveliness.layer, Layer::Liveliness);
    assert!(tcp.took + liveliness.took < bound * 4, "the round is bounded as a whole: {round:?}");
}

#[tokio::test]
async fn a_plan_without_liveliness_ends_at_tcp_and_a_tls_port_is_not_asked_in_plain_text() {
    let (address, mut requests) = peer(Vec::new()).await;
    let with = |scheme, liveliness| {
        let mut target = target(address.port(), Duration::from_secs(5));
        let plan = Arc::make_mut(&mut target.plan);
        plan.scheme = scheme;
        plan.liveliness = liveliness;
        target
    };
    assert_eq!(probe_once(with(Scheme::Https, None)).await.result(), Ok(()));
    let path = "/health/liveliness".into();
    let round = probe_once(with(Scheme::Https, Some(Liveliness { path }))).await;
    assert_eq!(round.result(), Err(FaultClass::Misconfigured));
    for _ in 0..2 {
        assert_eq!(requests.recv().await.unwrap(), "", "a request went out in plain text");
    }
}

#[tokio::test]
async fn each_round_is_a_fresh_connection_and_a_stop_shows_in_the_next_one() {
    let (address, mut requests) = peer(recorded("live_ok")).await;
    let (sender, mut rounds) = mpsc::channel(64);
    let prober = Prober::start(vec![target(address.port(), Duration::from_secs(5))], &sender);
    for _ in 0..3 {
        assert_eq!(rounds.recv().await.unwrap().result(), Ok(()));
        assert!(!requests.recv().await.unwrap().is_empty());
    }
    drop(requests);
    let mut results = Vec::new();
    while results.last() != Some(&Err(FaultClass::Refused)) && results.len() < 10 {
        results.push(rounds.recv().await.unwrap().result());
    }
    assert_eq!(results.pop(), Some(Err(FaultClass::Refused)), "before it: {results:?}");
    prober.shutdown();
    prober.join().await;
}

#[tokio::test]
async fn rounds_are_counted_by_region_layer_and_class() {
    let exposition = meridian::metrics::install();
    met(&recorded("live_ok")).await.unwrap();
    met(&recorded("live_shutting_down")).await.unwrap_err();
    let text = exposition.render();
    for line in [
        r#"meridian_probe_failures_total{region="eu-central",layer="liveliness",class="drain"} "#,
        r#"meridian_probe_seconds_count{region="eu-central",layer="liveliness"} "#,
        r#"meridian_probe_seconds_count{region="eu-central",layer="tcp"} "#,
    ] {
        assert!(text.contains(line), "no line {line} in:\n{text}");
    }
}
