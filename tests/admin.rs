//! The admin socket, over real sockets, before a stand-in director.
#![allow(clippy::unwrap_used, reason = "a test")]

mod stand_in;

use std::time::Duration;

use serde_json::{Value, json};
use stand_in::{StandIn, event, limits, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;

/// A client of one stand-in.
struct Caller {
    http: reqwest::Client,
}

impl Caller {
    fn of(stand_in: &StandIn) -> Self {
        let http = reqwest::Client::builder().unix_socket(stand_in.socket()).build().unwrap();
        Self { http }
    }

    async fn call(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let method = method.parse().unwrap();
        let mut request = self.http.request(method, format!("http://meridian{path}"));
        if let Some(body) = body {
            request = request.json(&body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.call("GET", path, None).await
    }
}

#[tokio::test]
async fn status_tells_everything_in_the_contracts_words() {
    let stand_in = StandIn::start().await;
    let (code, body) = Caller::of(&stand_in).get("/v1/status").await;
    assert_eq!(code, 200);
    assert_eq!(body["epoch"], 42);
    assert_eq!(body["started"], "2026-11-20T07:00:00Z");
    assert_eq!(body["database"], json!({"sha256": "fedcba", "built": "2026-09-21T14:13:20Z"}));
    assert_eq!(body["regions"]["us-east"]["forced"], "up");
    let eu = &body["regions"]["eu-west"];
    assert_eq!((&eu["verdict"], &eu["weight"], &eu["drained"]), (&json!("up"), &json!(0), &json!(true)));
    assert_eq!(eu["endpoints"][1]["layers"]["tcp"]["class"], "refused");
    assert_eq!(
        eu["layers"]["tcp"],
        json!({"endpoint": "192.0.2.21", "passed": false, "class": "refused", "seconds": 0.001, "age": 3.0}),
        "the failed result is the worst, however fast"
    );
    assert_eq!(
        body["overrides"],
        json!([{"region": "eu-west", "kind": "drain", "actor": "uid:1000(alice)",
            "reason": "<script>alert(1)</script>", "from": "2026-11-20T07:02:42Z", "until": "2026-11-20T09:02:42Z"}])
    );
    let text =
        raw(&stand_in.socket(), b"GET /v1/status HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n").await;
    let place = |region: &str| text.find(&format!("\"{region}\":{{")).unwrap();
    assert!(place("us-east") < place("eu-west"), "regions come in the config's order: {text}");
}

#[tokio::test]
async fn explain_asks_the_director_and_gives_its_reasons() {
    let mut stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let (code, body) = caller
        .get("/v1/explain?name=API.yourdomain.com.&client=81.2.69.7/24&type=AAAA&if=eu-west%3Ddown&if=us-east=up")
        .await;
    assert_eq!(code, 200, "{body}");
    assert_eq!(body["location"], json!({"countries": ["GB"], "source": "ecs"}));
    assert_eq!(body["fence"], Value::Null);
    assert_eq!(body["candidates"][1]["reason"], "drained");
    assert_eq!(
        body["answer"],
        json!({"regions": ["eu-west"], "records": ["192.0.2.20"], "ttl": 30, "scope": 24})
    );
    let heard = stand_in.heard.recv().await.unwrap();
    for part in ["\"api.yourdomain.com\"", "81.2.69.0/24", "rtype: 28", "state: Down", "state: Up"] {
        assert!(heard.contains(part), "{part} in {heard}");
    }
    let (code, body) = caller.get("/v1/explain?name=other.example&client=81.2.69.7").await;
    assert_eq!((code, &body["error"]), (404, &json!("other.example: no such service")));
}

#[tokio::test]
async fn malformed_questions_are_refused_with_what_is_allowed() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    for (path, said) in [
        ("/v1/explain?client=81.2.69.7", "\"name\" is missing"),
        ("/v1/explain?name=a&client=here", "client: \"here\"; allowed is an address or prefix"),
        ("/v1/explain?name=a&client=1.2.3.4&type=MANY", "allowed is A, AAAA, HTTPS or TYPEn"),
        ("/v1/explain?name=a&client=1.2.3.4&if=eu-west", "allowed is REGION=up|down|drained"),
        ("/v1/explain?name=a&name=b&client=1.2.3.4", "\"name\" is given twice"),
        ("/v1/explain?name=a&klient=1.2.3.4", "unknown parameter \"klient\"; allowed are name, client"),
        ("/v1/status?all=1", "unknown parameter \"all\"; this route takes none"),
        ("/v1/events?since=yesterday", "allowed is the number of an event"),
        ("/v1/events?follow=maybe", "allowed are true and false"),
    ] {
        let (code, body) = caller.get(path).await;
        assert_eq!(code, 400, "{path}: {body}");
        assert!(body["error"].as_str().unwrap().contains(said), "{path}: {body}");
    }
}

#[tokio::test]
async fn where_gives_gateways_the_regions_that_are_allowed() {
    let stand_in = StandIn::start().await;
    let (code, body) = Caller::of(&stand_in).get("/v1/where?client=81.2.69.7").await;
    assert_eq!(code, 200);
    assert_eq!(
        body,
        json!({"countries": ["GB"], "fence": "gdpr+uk", "allowed": ["eu-west"], "chosen": "eu-west"})
    );
}

#[tokio::test]
async fn a_drain_carries_the_peers_name_and_its_term() {
    let stand_in = StandIn::start().await;
    let body = json!({"for": "2h", "reason": "upgrade", "service": "API.yourdomain.com."});
    let (code, answer) = Caller::of(&stand_in).call("PUT", "/v1/regions/eu-west/drain", Some(body)).await;
    assert_eq!((code, &answer["epoch"]), (200, &json!(43)), "{answer}");
    let placed = &answer["override"];
    assert_eq!((&placed["kind"], &placed["service"]), (&json!("drain"), &json!("api.yourdomain.com")));
    let actor = placed["actor"].as_str().unwrap();
    assert!(actor.starts_with("uid:"), "{actor}");
    let moment = |key: &str| humantime::parse_rfc3339(placed[key].as_str().unwrap()).unwrap();
    assert_eq!(moment("until").duration_since(moment("from")).unwrap(), Duration::from_secs(7_200));
}

#[tokio::test]
async fn a_force_needs_a_state_and_a_drain_has_none() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let put = |place: &'static str, body: Value| caller.call("PUT", place, Some(body));
    let (code, answer) =
        put("/v1/regions/eu-west/force", json!({"reason": "x", "state": "down", "dry_run": true})).await;
    assert_eq!(
        (code, &answer["override"]["kind"], &answer["epoch"]),
        (200, &json!("force_down"), &json!(42))
    );
    let (code, answer) = put("/v1/regions/eu-west/force", json!({"reason": "x"})).await;
    assert_eq!(code, 400);
    assert!(answer["error"].as_str().unwrap().contains("missing field `state`"), "{answer}");
    let (code, answer) = put("/v1/regions/eu-west/drain", json!({"reason": "x", "state": "up"})).await;
    assert_eq!(code, 400);
    assert!(answer["error"].as_str().unwrap().contains("`state` belongs to a force"), "{answer}");
}

#[tokio::test]
async fn a_canary_needs_a_share_and_nothing_else_has_one() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let put = |path: &'static str, body: Value| caller.call("PUT", path, Some(body));
    let body = json!({"reason": "new version", "share": "2.5%", "service": "api.x"});
    let (code, answer) = put("/v1/regions/eu-west/canary", body).await;
    let placed = &answer["override"];
    assert_eq!(
        (code, &placed["kind"], &placed["share"]),
        (200, &json!("canary"), &json!("2.5%")),
        "{answer}"
    );
    for (path, body, wrong) in [
        (
            "/v1/regions/eu-west/canary",
            json!({"reason": "x"}),
            "missing field `share`; allowed is 0.1% to 50%",
        ),
        ("/v1/regions/eu-west/canary", json!({"reason": "x", "share": "60%"}), "allowed is 0.1% to 50%"),
        ("/v1/canary", json!({"reason": "x", "share": "2%"}), "missing field `regions`"),
        (
            "/v1/regions/eu-west/canary",
            json!({"reason": "x", "share": "2%", "gradual": "1m"}),
            "belongs to a drain",
        ),
        ("/v1/regions/eu-west/drain", json!({"reason": "x", "share": "2%"}), "`share` belongs to a canary"),
        (
            "/v1/regions/eu-west/force",
            json!({"reason": "x", "state": "up", "share": "2%"}),
            "belongs to a canary",
        ),
    ] {
        let (code, answer) = put(path, body).await;
        assert!(code == 400 && answer["error"].as_str().unwrap().contains(wrong), "{wrong} in {answer}");
    }
    assert_eq!(caller.call("DELETE", "/v1/regions/eu-west/canary", None).await.0, 200);
}

#[tokio::test]
async fn a_gradual_drain_is_shorter_than_its_term_and_no_force() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let put = |path: &'static str, body| caller.call("PUT", path, Some(body));
    let body = json!({"for": "2h", "reason": "upgrade", "gradual": "10m"});
    let (code, answer) = put("/v1/regions/eu-west/drain", body).await;
    let placed = &answer["override"];
    assert_eq!((code, &placed["gradual"]["since"]), (200, &placed["from"]), "{answer}");
    let moment = |value: &Value| humantime::parse_rfc3339(value.as_str().unwrap()).unwrap();
    let over = moment(&placed["gradual"]["gone"]).duration_since(moment(&placed["from"])).unwrap();
    assert_eq!(over.as_secs(), 600);
    for (path, body, wrong) in [
        (
            "/v1/regions/eu-west/drain",
            json!({"for": "10m", "reason": "x", "gradual": "10m"}),
            "not shorter than `for`",
        ),
        ("/v1/regions/eu-west/drain", json!({"reason": "x", "gradual": "1s"}), "allowed is 10s to 24h"),
        (
            "/v1/regions/eu-west/force",
            json!({"reason": "x", "state": "up", "gradual": "1m"}),
            "belongs to a drain",
        ),
    ] {
        let (code, answer) = put(path, body).await;
        assert!(code == 400 && answer["error"].as_str().unwrap().contains(wrong), "{answer}");
    }
}

#[tokio::test]
async fn a_push_says_something_for_a_while_and_is_ended_by_its_source() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let put = |body| caller.call("PUT", "/v1/regions/eu-west/push", Some(body));
    let (code, answer) =
        put(json!({"for": "2m", "source": "pod-7", "weight": 50, "load": 0.8, "sequence": 12})).await;
    assert_eq!((code, &answer["epoch"], &answer["push"]["load"]), (200, &json!(45), &json!(0.8)), "{answer}");
    let (code, answer) = put(json!({"for": "2m", "source": "pod-7", "load": 0.8, "sequence": 9})).await;
    assert_eq!(code, 409, "{answer}");
    let (code, answer) = put(json!({"for": "2m", "source": "pod-7"})).await;
    assert!(code == 400 && answer["error"].as_str().unwrap().contains("nothing is said"), "{answer}");
    let delete = |query: &'static str| caller.call("DELETE", query, None);
    assert_eq!(delete("/v1/regions/eu-west/push?source=pod-7").await.0, 200);
    assert_eq!(delete("/v1/regions/eu-west/push?source=pod-8").await.0, 404);
    assert_eq!(delete("/v1/regions/eu-west/push").await.0, 400);
}

#[tokio::test]
async fn wrong_bodies_are_refused_by_name() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    for (body, said) in [
        (json!({"reason": "x", "untill": "2h"}), "unknown field `untill`"),
        (json!({"for": "2h"}), "missing field `reason`"),
        (json!({"for": "73h", "reason": "x"}), "too long; allowed is 1min to 72h"),
        (json!({"reason": " "}), "reason: it is empty"),
        (json!(["2h", "x", null, null, null, false]), "not a JSON object"),
    ] {
        let (code, answer) = caller.call("PUT", "/v1/regions/eu-west/drain", Some(body)).await;
        assert_eq!(code, 400, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(said), "{said} in {answer}");
    }
}

#[tokio::test]
async fn refusals_keep_their_kind() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let put = |path: &'static str, body: Value| caller.call("PUT", path, Some(body));
    let (code, answer) = put("/v1/regions/guarded/drain", json!({"reason": "x"})).await;
    assert_eq!((code, &answer["rule"]), (409, &json!("min_regions")));
    let past = json!({"reason": "x", "override_rule": "min_regions"});
    assert_eq!(put("/v1/regions/guarded/drain", past).await.0, 200);
    let all = json!({"reason": "x", "regions": ["eu-west", "guarded"]});
    assert_eq!(put("/v1/drain", all).await.0, 409, "one that is refused refuses all");
    let both = json!({"reason": "x", "regions": ["eu-west", "us-east"], "state": "down"});
    let (code, answer) = put("/v1/force", both).await;
    assert_eq!((code, &answer["overrides"][1]["region"]), (200, &json!("us-east")));
    for (path, wrong, said) in [
        ("/v1/drain", json!({"reason": "x"}), "missing field `regions`"),
        ("/v1/drain", json!({"reason": "x", "regions": ["a", "a"]}), "\"a\" is named twice"),
        ("/v1/regions/a/drain", json!({"reason": "x", "regions": ["b"]}), "this route names its region"),
        (
            "/v1/drain",
            json!({"reason": "x", "regions": ["a"], "override_rule": "all"}),
            "the rules are min_regions",
        ),
    ] {
        let (code, answer) = put(path, wrong).await;
        assert!(code == 400 && answer["error"].as_str().unwrap().contains(said), "{said} in {answer}");
    }
    let (code, answer) = put("/v1/regions/gone/drain", json!({"reason": "x"})).await;
    assert_eq!((code, answer.get("rule")), (404, None));
    let (code, answer) = put("/v1/regions/full/drain", json!({"reason": "x"})).await;
    assert_eq!(code, 503);
    assert!(answer["error"].as_str().unwrap().contains("ENOSPC"));
    let (code, answer) = put("/v1/regions/silent/drain", json!({"reason": "x"})).await;
    assert_eq!(code, 503);
    assert!(answer["error"].as_str().unwrap().contains("may still be done"), "{answer}");
}

#[tokio::test]
async fn overrides_are_lifted_or_not_there() {
    let mut stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let (code, body) = caller.call("DELETE", "/v1/regions/eu-west/force?service=API.x.", None).await;
    assert_eq!((code, body), (200, json!({"epoch": 44})));
    let heard = stand_in.heard.recv().await.unwrap();
    assert!(heard.contains("service: Some(\"api.x\"), place: Force"), "{heard}");
    let (code, body) = caller.call("DELETE", "/v1/regions/us-east/drain", None).await;
    assert_eq!((code, &body["error"]), (404, &json!("us-east: nothing holds there")));
}

#[tokio::test]
async fn a_refused_reload_gives_every_problem() {
    let stand_in = StandIn::start().await;
    let (code, body) = Caller::of(&stand_in).call("POST", "/v1/reload", None).await;
    assert_eq!(code, 422);
    assert_eq!(
        body,
        json!({"problems": [{"file": "meridian.toml", "line": 3, "column": 1, "key": "server.listn",
            "what": "unknown key; did you mean listen?"}]})
    );
    let (code, body) = Caller::of(&stand_in).call("POST", "/v1/reload?accept_drift=true", None).await;
    assert_eq!((code, body), (200, json!({"epoch": 44, "held": null})));
    let (code, body) = Caller::of(&stand_in).call("POST", "/v1/reload?accept_drift=yes", None).await;
    assert_eq!(
        (code, &body["error"]),
        (400, &json!("query: accept_drift: \"yes\"; allowed is true or false"))
    );
}

#[tokio::test]
async fn observations_are_checked_field_by_field() {
    let mut stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let good = json!({"region": "eu-west", "endpoint": "192.0.2.20", "layer": "tcp", "passed": false,
        "class": "refused", "seconds": 0.25});
    let report =
        |observation: &Value| json!({"vantage": "local", "sequence": 10, "observations": [observation]});
    let send = |body: Value| caller.call("POST", "/v1/observations", Some(body));
    assert_eq!(send(report(&good)).await.0, 204);
    let heard = stand_in.heard.recv().await.unwrap();
    assert!(heard.contains("result: Err(Refused), took: 250ms"), "{heard}");

    for (key, value, said) in [
        (
            "layer",
            json!("ping"),
            "observations[0].layer: \"ping\"; allowed are tcp, tls, liveliness, readiness, completion, provider, metrics",
        ),
        ("class", json!("tired"), "observations[0].class: \"tired\"; allowed are refused"),
        ("class", Value::Null, "class: missing on a failed attempt"),
        ("passed", json!(true), "class: \"refused\" on a passed attempt"),
        ("seconds", json!(-1.0), "seconds: -1; allowed are 0 to 3600"),
        ("endpoint", json!("eu-west"), "neither an address nor a hostname"),
        ("extra", json!(1), "unknown field `extra`"),
    ] {
        let mut wrong = good.clone();
        wrong[key] = value;
        let (code, answer) = send(report(&wrong)).await;
        assert_eq!(code, 400, "{answer}");
        assert!(answer["error"].as_str().unwrap().contains(said), "{said} in {answer}");
    }
    let elsewhere = json!({"vantage": "moon", "sequence": 10, "observations": []});
    let (code, answer) = send(elsewhere).await;
    assert_eq!(code, 403);
    assert_eq!(answer["error"], "declared are local");
    let old = json!({"vantage": "local", "sequence": 9, "observations": []});
    let (code, answer) = send(old).await;
    assert_eq!((code, &answer["sequence"]), (409, &json!(9)), "{answer}");
}

#[tokio::test]
async fn unknown_routes_and_methods_are_named() {
    let stand_in = StandIn::start().await;
    let caller = Caller::of(&stand_in);
    let (code, body) = caller.get("/v2/status").await;
    assert_eq!((code, &body["error"]), (404, &json!("no route \"/v2/status\"; routes begin with /v1/")));
    let (code, body) = caller.call("POST", "/v1/status", None).await;
    assert_eq!((code, &body["error"]), (405, &json!("POST is not for \"/v1/status\"")));
}

#[tokio::test]
async fn a_gigabytes_declared_length_is_refused_before_it_is_sent() {
    let mut stand_in = StandIn::start().await;
    let head = b"PUT /v1/regions/a/drain HTTP/1.1\r\nhost: m\r\ncontent-length: 1073741824\r\n\r\n{";
    let answer = raw(&stand_in.socket(), head).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    let chunks = format!(
        "PUT /v1/regions/a/drain HTTP/1.1\r\nhost: m\r\ntransfer-encoding: chunked\r\n\r\n{}",
        format!("8000\r\n{}\r\n", "x".repeat(0x8000)).repeat(3)
    );
    let answer = raw(&stand_in.socket(), chunks.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(stand_in.heard.try_recv().is_err(), "the director never heard of it");
}

#[tokio::test]
async fn half_a_request_ends_by_itself_and_does_nothing() {
    let mut stand_in = StandIn::start().await;
    let socket = stand_in.socket();
    assert_eq!(raw(&socket, b"").await, "", "an idle connection is closed");
    assert_eq!(raw(&socket, b"PUT /v1/regions/a/drain HTTP/1.1\r\nhost:").await, "");
    let half = b"PUT /v1/regions/a/drain HTTP/1.1\r\nhost: m\r\ncontent-length: 30\r\n\r\n{\"reason\":";
    let answer = raw(&socket, half).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(raw(&socket, b"\x16\x03\x01\x00\xff garbage \r\n\r\n").await.starts_with("HTTP/1.1 400"));
    assert!(stand_in.heard.try_recv().is_err(), "the director never heard of it");
    assert_eq!(Caller::of(&stand_in).get("/v1/status").await.0, 200);
}

#[tokio::test]
async fn more_connections_than_allowed_wait_their_turn() {
    let few = meridian::admin::Limits { connections: 2, ..limits() };
    let stand_in = StandIn::start_with(few, 16).await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        idle.push(UnixStream::connect(stand_in.socket()).await.unwrap());
    }
    drop(idle);
    let asked = tokio::time::timeout(Duration::from_secs(20), async {
        Caller::of(&stand_in).get("/v1/status").await.0
    });
    assert_eq!(asked.await.unwrap(), 200);
}

#[tokio::test]
async fn a_client_that_leaves_after_asking_has_asked_once() {
    let mut stand_in = StandIn::start().await;
    let body = r#"{"reason":"upgrade"}"#;
    let request = format!(
        "PUT /v1/regions/silent/drain HTTP/1.1\r\nhost: m\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut stream = UnixStream::connect(stand_in.socket()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let heard = stand_in.heard.recv().await.unwrap();
    assert!(heard.contains("region: \"silent\""), "{heard}");
    drop(stream);
    assert_eq!(Caller::of(&stand_in).get("/v1/status").await.0, 200);
    assert!(stand_in.heard.recv().await.unwrap().starts_with("Status"));
    assert!(stand_in.heard.try_recv().is_err(), "nothing was asked twice");
}

/// Reads a stream until `text` is in it.
async fn read_until(stream: &mut UnixStream, text: &str) -> String {
    let mut all = String::new();
    let mut piece = [0; 4096];
    while !all.contains(text) {
        let read =
            tokio::time::timeout(Duration::from_secs(20), stream.read(&mut piece)).await.unwrap().unwrap();
        assert!(read > 0, "the stream ended before {text:?}: {all}");
        all += &String::from_utf8_lossy(&piece[..read]);
    }
    all
}

async fn follow(stand_in: &StandIn, query: &str) -> UnixStream {
    let mut stream = UnixStream::connect(stand_in.socket()).await.unwrap();
    let request = format!("GET /v1/events{query} HTTP/1.1\r\nhost: m\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

#[tokio::test]
async fn events_are_replayed_from_a_number_and_then_told_live_once() {
    let stand_in = StandIn::start().await;
    let mut stream = follow(&stand_in, "?since=100").await;
    let replayed = read_until(&mut stream, "id: 450\n").await;
    assert!(replayed.contains("text/event-stream"), "{replayed}");
    assert!(!replayed.contains("id: 100\n"));
    let first = "data: {\"id\":101,\"at\":\"2026-11-20T07:02:42Z\",\"kind\":\"region\"";
    assert!(replayed.contains(first), "{replayed}");
    stand_in.events.send(event(450)).unwrap();
    stand_in.events.send(event(451)).unwrap();
    let live = read_until(&mut stream, "\"id\":451").await;
    assert!(!live.contains("\"id\":450"), "{live}");
}

#[tokio::test]
async fn a_replay_without_following_ends() {
    let stand_in = StandIn::start().await;
    let request = b"GET /v1/events?since=447&follow=false HTTP/1.1\r\nhost: m\r\nconnection: close\r\n\r\n";
    let all = raw(&stand_in.socket(), request).await;
    let ids: Vec<_> = all.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["448", "449", "450"]);
}

#[tokio::test]
async fn a_follower_that_lags_is_told_how_much_it_missed() {
    let stand_in = StandIn::start_with(limits(), 4).await;
    let mut stream = follow(&stand_in, "").await;
    read_until(&mut stream, "text/event-stream").await;
    // More than the socket's buffer and the channel hold, while nobody reads.
    for id in 1..=20_000 {
        stand_in.events.send(event(id)).unwrap();
        if id % 64 == 0 {
            tokio::task::yield_now().await;
        }
    }
    let told = read_until(&mut stream, "event: lagged").await + &read_until(&mut stream, "\n\n").await;
    assert!(told.contains("\"kind\":\"lagged\",\"missed\":"), "{told}");
}

#[tokio::test]
async fn followers_are_bounded() {
    let one = meridian::admin::Limits { followers: 1, ..limits() };
    let stand_in = StandIn::start_with(one, 16).await;
    let mut first = follow(&stand_in, "").await;
    read_until(&mut first, "text/event-stream").await;
    assert_eq!(Caller::of(&stand_in).get("/v1/events").await.0, 429);
}

#[tokio::test]
async fn shutting_down_ends_followers_and_removes_the_socket() {
    let stand_in = StandIn::start().await;
    let socket = stand_in.socket();
    let mut stream = follow(&stand_in, "").await;
    read_until(&mut stream, "text/event-stream").await;
    tokio::time::timeout(Duration::from_secs(20), stand_in.admin.shutdown(Duration::from_secs(10)))
        .await
        .unwrap();
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).await.unwrap();
    assert!(!socket.exists());
}
