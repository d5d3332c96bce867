//! The prober against real sockets: what recorded gateways answer, broken peers, and the request it sends.
#![allow(clippy::disallowed_methods, reason = "tests read clocks")]
#![allow(clippy::unwrap_used)] // every line here is a test

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use meridian::fetch::Trust;
use meridian::health::{
    Completion, DatabaseDown, DatabaseState, FaultClass, Layer, Liveliness, Metrics, Observation, ProbePlan,
    Readiness, Reading, Scheme, VantageId, Verdict,
};
use meridian::probe::{Origin, Prober, Round, Target};
use meridian::region::RegionId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

const RECORDED: &str = include_str!("data/gateway-answers.jsonl");

fn target(port: u16, timeout: Duration) -> Target {
    Target {
        origin: Arc::new(Origin::new(VantageId(0), "paris", true)),
        region: RegionId(2),
        name: "eu-central".into(),
        endpoint: 1,
        address: IpAddr::V4(Ipv4Addr::LOCALHOST),
        host: "api.example.com".into(),
        trust: None,
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
    while !is_whole(&request) {
        let mut octets = [0; 1024];
        match stream.read(&mut octets).await {
            Ok(0) | Err(_) => break,
            Ok(length) => request.extend_from_slice(&octets[..length]),
        }
    }
    String::from_utf8(request).unwrap()
}

/// Whether head and body are there: a connection that is closed on unread octets is reset.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
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
        ("overloaded_admission", Err(FaultClass::Capacity)),
        ("db_default_ready_dbdown", Err(FaultClass::Database)),
        ("provider_500", Err(FaultClass::Provider)),
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
    let agent = concat!("user-agent: meridian-probe/", env!("CARGO_PKG_VERSION"), " (paris)");
    for line in
        [format!("host: api.example.com:{}", address.port()), agent.to_owned(), "connection: close".into()]
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
    let mut target = target(address.port(), Duration::from_secs(5));
    Arc::make_mut(&mut target.plan).liveliness = None;
    assert_eq!(probe_once(target.clone()).await.result(), Ok(()));
    Arc::make_mut(&mut target.plan).scheme = Scheme::Https;
    assert_eq!(probe_once(target).await.result(), Err(FaultClass::Misconfigured), "without any roots");
    for _ in 0..2 {
        assert_eq!(requests.recv().await.unwrap(), "", "a request went out in plain text");
    }
}

/// A gateway inside TLS, with a certificate for `name` that holds for `days`; its issuer in PEM.
async fn secured(name: &str, days: i64) -> (SocketAddr, String) {
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
    let (key, issuer_key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
    let mut authority = CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let root = authority.self_signed(&issuer_key).unwrap();
    let mut leaf = CertificateParams::new(vec![name.to_owned()]).unwrap();
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() as i64;
    let epoch = date_time_ymd(1970, 1, 1);
    let second = date_time_ymd(1970, 1, 2) - epoch;
    leaf.not_before = epoch;
    leaf.not_after = epoch + second * i32::try_from(today / 86_400 + days).unwrap();
    let chain = leaf.signed_by(&key, &Issuer::from_params(&authority, &issuer_key)).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![chain.der().clone()], key.serialize_der().try_into().unwrap())
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await;
            let _ = stream.write_all(&recorded("live_ok")).await;
            let _ = stream.shutdown().await;
        }
    });
    (address, root.pem())
}

async fn shaken(certified: &str, days: i64, trusted: Option<&str>) -> Round {
    let (address, root) = secured(certified, days).await;
    let mut target = target(address.port(), Duration::from_secs(5));
    Arc::make_mut(&mut target.plan).scheme = Scheme::Https;
    target.trust = Some(Trust::from_pem(trusted.unwrap_or(&root).as_bytes()).unwrap());
    probe_once(target).await
}

#[tokio::test]
async fn a_chain_that_clients_believe_passes_and_tells_its_end() {
    let round = shaken("api.example.com", 30, None).await;
    assert_eq!(round.result(), Ok(()), "{round:?}");
    let layers: Vec<_> = round.observations.iter().map(|seen| seen.layer).collect();
    assert_eq!(layers, [Layer::Tcp, Layer::Tls, Layer::Liveliness]);
    let Reading::Certificate { expires } = round.observations[1].reading else { panic!("{round:?}") };
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    assert_eq!((expires - now).div_ceil(86_400), 30);
}

#[tokio::test]
async fn a_chain_that_clients_refuse_is_a_fault_of_the_certificate() {
    let stranger = secured("api.example.com", 30).await.1;
    for (what, round) in [
        ("another name", shaken("www.example.com", 30, None).await),
        ("expired", shaken("api.example.com", -1, None).await),
        ("another issuer", shaken("api.example.com", 30, Some(&stranger)).await),
    ] {
        let last = round.observations.last().unwrap();
        assert_eq!(
            (last.layer, last.result),
            (Layer::Tls, Err(FaultClass::Certificate)),
            "{what}: {round:?}"
        );
    }
}

#[tokio::test]
async fn a_port_without_tls_is_a_fault_of_the_certificate_and_silence_is_a_timeout() {
    let (address, _requests) = peer(recorded("live_ok")).await;
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let root = secured("api.example.com", 30).await.1;
    let with = |port| {
        let mut target = target(port, Duration::from_millis(300));
        Arc::make_mut(&mut target.plan).scheme = Scheme::Https;
        target.trust = Some(Trust::from_pem(root.as_bytes()).unwrap());
        target
    };
    // A peer that waits for a whole request hears none inside a handshake.
    let plain = probe_once(with(address.port())).await.result();
    assert!(matches!(plain, Err(FaultClass::Certificate | FaultClass::Timeout)), "{plain:?}");
    assert_eq!(
        probe_once(with(silent.local_addr().unwrap().port())).await.result(),
        Err(FaultClass::Timeout)
    );
}

/// The first observation of a soft layer that a plan adds.
async fn soft(answer: Vec<u8>, layer: Layer, plan: impl FnOnce(&mut ProbePlan)) -> (Observation, String) {
    let (address, mut requests) = peer(answer).await;
    let mut target = target(address.port(), Duration::from_secs(5));
    plan(Arc::make_mut(&mut target.plan));
    let (sender, mut rounds) = mpsc::channel(64);
    let prober = Prober::start(&[target], &sender);
    let seen = loop {
        let round = rounds.recv().await.unwrap();
        if round.observations[0].layer == layer {
            break round.observations[0];
        }
    };
    prober.shutdown();
    let mut sent = requests.recv().await.unwrap();
    while sent.starts_with("GET /health/liveliness") {
        sent = requests.recv().await.unwrap();
    }
    (seen, sent)
}

const BEAT: Duration = Duration::from_millis(20);

fn completion(key_file: Option<&std::path::Path>) -> Completion {
    Completion {
        path: "/v1/chat/completions".into(),
        model: "probe".into(),
        key_file: key_file.map(Into::into),
        interval: BEAT,
        timeout: Duration::from_secs(5),
    }
}

#[tokio::test]
async fn readiness_tells_the_state_of_the_database() {
    let table = [
        ("ready_nodb", Ok(()), DatabaseState::Absent),
        ("db_default_ready_connected", Ok(()), DatabaseState::Connected),
        ("db_default_ready_dbdown", Err(FaultClass::Database), DatabaseState::Disconnected),
        ("db_allow_flag_ready_dbdown", Ok(()), DatabaseState::Disconnected),
    ];
    for (class, result, state) in table {
        let (seen, sent) = soft(recorded(class), Layer::Readiness, |plan| {
            let (path, interval, timeout) = ("/health/readiness".into(), BEAT, Duration::from_secs(5));
            let database_down = DatabaseDown::Degrade;
            plan.readiness = Some(Readiness { path, database_down, interval, timeout });
        })
        .await;
        assert_eq!((seen.result, seen.reading), (result, Reading::Database(state)), "{class}");
        assert!(sent.starts_with("GET /health/readiness HTTP/1.1\r\n"), "{sent}");
    }
}

#[tokio::test]
async fn a_streamed_completion_is_asked_with_its_key_and_timed_to_its_first_token() {
    let directory = tempfile::tempdir().unwrap();
    let key = directory.path().join("key");
    std::fs::write(&key, "sk-probe\n").unwrap();
    let plan = |plan: &mut ProbePlan| plan.completion = Some(completion(Some(&key)));
    let (seen, sent) = soft(recorded("probe_sse_ok"), Layer::Completion, plan).await;
    assert_eq!(seen.result, Ok(()));
    assert!(matches!(seen.reading, Reading::FirstToken(took) if took < seen.took), "{seen:?}");
    let sent = sent.to_ascii_lowercase();
    assert!(sent.starts_with("post /v1/chat/completions http/1.1\r\n"), "{sent}");
    assert!(sent.contains("\r\nauthorization: bearer sk-probe\r\n"), "{sent}");
}

#[tokio::test]
async fn completions_fall_into_the_classes_of_recorded_gateways() {
    for (class, expected) in [
        ("chat_sse_midstream_cut", FaultClass::Provider),
        ("overloaded_admission", FaultClass::Capacity),
        ("db_default_virtualkey_dbdown", FaultClass::Database),
        ("all_in_cooldown", FaultClass::Provider),
        ("nokey", FaultClass::Misconfigured),
        ("unknown_model", FaultClass::Misconfigured),
        ("probe_mock_ok", FaultClass::Gateway),
    ] {
        let plan = |plan: &mut ProbePlan| plan.completion = Some(completion(None));
        let (seen, _) = soft(recorded(class), Layer::Completion, plan).await;
        assert_eq!((seen.result, seen.reading), (Err(expected), Reading::Nothing), "{class}");
    }
    let missing = std::path::Path::new("no/such/key");
    let (address, _requests) = peer(recorded("probe_sse_ok")).await;
    let mut target = target(address.port(), Duration::from_secs(5));
    Arc::make_mut(&mut target.plan).completion = Some(completion(Some(missing)));
    let (sender, mut rounds) = mpsc::channel(64);
    let _prober = Prober::start(&[target], &sender);
    let seen = loop {
        let seen = rounds.recv().await.unwrap().observations[0];
        if seen.layer == Layer::Completion {
            break seen;
        }
    };
    assert_eq!(seen.result, Err(FaultClass::Misconfigured));
}

#[tokio::test]
async fn figures_are_read_as_what_was_served_since_the_scrape_before() {
    let text = include_str!("data/gateway-metrics.prom");
    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
    let (address, _requests) = peer(answer.into_bytes()).await;
    let mut target = target(address.port(), Duration::from_secs(5));
    let plan = Arc::make_mut(&mut target.plan);
    let url = format!("http://{{endpoint}}:{}/metrics/", address.port()).into();
    let (interval, timeout) = (BEAT, Duration::from_secs(5));
    plan.metrics = Some(Metrics { url, key_file: None, limit: Some(8), interval, timeout });
    let (sender, mut rounds) = mpsc::channel(64);
    target.endpoint = 0;
    let _prober = Prober::start(&[target], &sender);
    let mut readings = Vec::new();
    while readings.len() < 2 {
        let seen = rounds.recv().await.unwrap().observations[0];
        if seen.layer == Layer::Metrics {
            assert_eq!(seen.result, Ok(()));
            readings.push(seen.reading);
        }
    }
    assert_eq!(readings[0], Reading::Nothing, "the first scrape only tells where the counters stand");
    let Reading::Traffic(traffic) = readings[1] else { panic!("{readings:?}") };
    assert_eq!((traffic.requests, traffic.within_5s), (0.0, None), "nothing was served between the two");
    assert!(traffic.in_flight.is_some(), "{traffic:?}");
}

#[tokio::test]
async fn each_round_is_a_fresh_connection_and_a_stop_shows_in_the_next_one() {
    let (address, mut requests) = peer(recorded("live_ok")).await;
    let (sender, mut rounds) = mpsc::channel(64);
    let prober = Prober::start(&[target(address.port(), Duration::from_secs(5))], &sender);
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
