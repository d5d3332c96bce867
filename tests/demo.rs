//! The simulated gateways, asked over real connections: recorded answers, and regions that a person turns.

#![allow(clippy::unwrap_used)] // every line here is a test

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use meridian::demo::{Gateways, Mode};
use meridian::health::{FaultClass, Liveliness, ProbePlan, VantageId, Verdict};
use meridian::probe::{Origin, Prober, Target};
use meridian::region::RegionId;
use reqwest::{Client, Method, Response, StatusCode};

async fn gateways() -> Gateways {
    Gateways::bind(0, "127.0.0.1:0".parse().unwrap()).await.unwrap()
}

fn address_of(gateways: &Gateways, region: &str) -> SocketAddr {
    let found = gateways.addresses().iter().find(|(name, _)| *name == region);
    found.unwrap().1
}

/// What one round of the real prober meets at a gateway.
async fn probed(address: SocketAddr) -> Result<(), FaultClass> {
    let target = Target {
        origin: Arc::new(Origin::new(VantageId::default(), "local", true)),
        region: RegionId(0),
        name: "simulated".into(),
        endpoint: 0,
        address: address.ip(),
        host: "api.example.net".into(),
        plan: Arc::new(ProbePlan {
            port: address.port(),
            interval: Duration::from_secs(1),
            fast_interval: Duration::from_secs(1),
            timeout: Duration::from_millis(500),
            rise: 2,
            liveliness: Some(Liveliness { path: "/health/liveliness".into() }),
            ..ProbePlan::default()
        }),
        trust: None,
        held: Verdict::Unknown,
    };
    Prober::first_round(&[target]).await[0].result()
}

async fn ask(address: SocketAddr, method: Method, path: &str, header: Option<(&str, &str)>) -> Response {
    let mut request = Client::new().request(method, format!("http://{address}{path}"));
    if let Some((name, value)) = header {
        request = request.header(name, value);
    }
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_gateway_answers_its_health_paths_as_recorded() {
    let gateways = gateways().await;
    let address = address_of(&gateways, "us-east");
    let key = Some(("authorization", "Bearer sk-demo"));
    let wrong = Some(("authorization", "Bearer sk-other"));
    let token = Some(("x-drain-token", "other"));
    let table = [
        ("GET", "/health/liveliness", None, 200, "\"I'm alive!\""),
        ("GET", "/health/liveness", None, 200, "\"I'm alive!\""),
        ("HEAD", "/health/liveliness", None, 405, ""),
        ("OPTIONS", "/health/liveliness", None, 200, ""),
        ("GET", "/health/readiness", None, 200, r#"{"status":"healthy","db":"Not connected"}"#),
        ("GET", "/health/readiness/details", key, 200, r#""litellm_version":"1.106.2""#),
        ("GET", "/health/readiness/details", None, 401, "auth_error"),
        ("GET", "/health/backlog", key, 200, "in_flight_requests"),
        ("GET", "/health/backlog", wrong, 401, "auth_error"),
        ("GET", "/v1/models", key, 200, r#""id":"probe""#),
        ("GET", "/v1/models", None, 401, "auth_error"),
        ("GET", "/health/drain", token, 401, "X-Drain-Token"),
        ("GET", "/nowhere", None, 404, ""),
    ];
    for (method, path, header, status, body) in table {
        let answer = ask(address, method.parse().unwrap(), path, header).await;
        assert_eq!(answer.status().as_u16(), status, "{method} {path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(body), "{method} {path} gave {text}");
    }
    gateways.shutdown().await;
}

#[tokio::test]
async fn the_mock_model_completes_whole_and_streamed_and_only_with_the_key() {
    let gateways = gateways().await;
    let url = format!("http://{}/v1/chat/completions", address_of(&gateways, "eu-west"));
    let table = [
        ("sk-demo", r#"{"model":"probe"}"#, 200, "pong"),
        ("sk-demo", r#"{"model":"probe","stream":true}"#, 200, "data: [DONE]"),
        ("sk-demo", r#"{"model":"nope"}"#, 400, "Invalid model name"),
        ("sk-demo", "{", 400, "Invalid JSON"),
        ("sk-other", r#"{"model":"probe"}"#, 401, "auth_error"),
    ];
    for (key, body, status, expected) in table {
        let request = Client::new().post(&url).bearer_auth(key).body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status, "{body} with {key}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(expected), "{body} with {key} gave {text}");
    }
    gateways.shutdown().await;
}

#[tokio::test]
async fn the_prober_sees_each_mode_as_what_it_is_and_the_other_regions_are_untouched() {
    let gateways = gateways().await;
    let address = address_of(&gateways, "us-east");
    let other = address_of(&gateways, "eu-central");
    let table = [
        (Mode::Serving, Ok(())),
        (Mode::Stopped, Err(FaultClass::Refused)),
        (Mode::Slow, Err(FaultClass::Timeout)),
        (Mode::Failing, Err(FaultClass::Gateway)),
        (Mode::Serving, Ok(())),
    ];
    for (mode, expected) in table {
        gateways.turn("us-east", mode).await.unwrap();
        assert_eq!(probed(address).await, expected, "us-east in mode {mode:?}");
        assert_eq!(probed(other).await, Ok(()), "eu-central beside {mode:?}");
    }
    gateways.shutdown().await;
}

#[tokio::test]
async fn a_drain_with_the_token_shows_on_health_paths_until_a_restart() {
    let gateways = gateways().await;
    let address = address_of(&gateways, "ap-southeast");
    let token = Some(("x-drain-token", "demo"));
    let drained = ask(address, Method::GET, "/health/drain", token).await;
    assert_eq!(drained.status(), StatusCode::OK);
    assert_eq!(probed(address).await, Err(FaultClass::Drain));
    let ready = ask(address, Method::GET, "/health/readiness", None).await;
    assert_eq!(ready.status(), StatusCode::SERVICE_UNAVAILABLE);
    gateways.turn("ap-southeast", Mode::Serving).await.unwrap();
    assert_eq!(probed(address).await, Ok(()));
    gateways.shutdown().await;
}

#[tokio::test]
async fn a_person_stops_and_starts_a_region_with_one_request() {
    let gateways = gateways().await;
    let control = gateways.control();
    let address = address_of(&gateways, "us-east");
    let table = [
        ("/stop/us-east", 200, "us-east is stopped", Err(FaultClass::Refused)),
        ("/stop/us-east", 200, "us-east is stopped", Err(FaultClass::Refused)),
        (
            "/stop/us-west",
            404,
            "no simulated region \"us-west\"; there are us-east",
            Err(FaultClass::Refused),
        ),
        ("/halt/us-east", 404, "there are stop, start, slow and error", Err(FaultClass::Refused)),
        ("/start/us-east", 200, "us-east serves", Ok(())),
    ];
    for (path, status, words, then) in table {
        let answer = ask(control, Method::POST, path, None).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(words), "{path} said {text}");
        assert_eq!(probed(address).await, then, "after {path}");
    }
    gateways.shutdown().await;
}

#[tokio::test]
async fn an_address_in_use_is_named_and_shutdown_frees_it() {
    let gateways = gateways().await;
    let port = gateways.port();
    let any = "127.0.0.1:0".parse().unwrap();
    let error = Gateways::bind(port, any).await.unwrap_err().to_string();
    let expected = format!("the simulated gateway us-east cannot listen on 127.0.1.10:{port}: ");
    assert!(error.starts_with(&expected), "{error}");
    gateways.shutdown().await;
    Gateways::bind(port, any).await.unwrap().shutdown().await;
}
