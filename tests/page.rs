//! The page over real sockets, before a stand-in director.
#![allow(clippy::unwrap_used, reason = "a test")]

mod stand_in;

use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use stand_in::{StandIn, event};

/// A reader of one page.
struct Reader {
    stand_in: StandIn,
    web: meridian::admin::Web,
    http: reqwest::Client,
}

impl Reader {
    async fn new() -> Self {
        let stand_in = StandIn::start().await;
        let web = stand_in.web().await;
        Self { stand_in, web, http: reqwest::Client::new() }
    }

    async fn ask(&self, method: Method, path: &str) -> Response {
        self.http.request(method, format!("http://{}{path}", self.web.address())).send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.ask(Method::GET, path).await
    }

    async fn text(&self, path: &str) -> String {
        self.get(path).await.text().await.unwrap()
    }
}

/// Reads a stream until `part` has come.
async fn heard(stream: &mut Response, part: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(part) {
        let piece = tokio::time::timeout(Duration::from_secs(20), stream.chunk()).await;
        let piece = piece.unwrap_or_else(|_| panic!("{part:?} did not come after {heard}")).unwrap();
        heard += std::str::from_utf8(&piece.unwrap_or_else(|| panic!("{part:?} not in {heard}"))).unwrap();
    }
    heard
}

#[tokio::test]
async fn the_page_shows_the_world_and_escapes_what_people_wrote() {
    let reader = Reader::new().await;
    let response = reader.get("/").await;
    assert_eq!(response.status(), 200);
    let html = response.text().await.unwrap();
    for part in [
        "eu-west",
        "drained",
        "forced up",
        "192.0.2.21",
        "fence gdpr is at its last resort",
        "uid:1000(alice)",
        "9 to 30 s",
        "region eu-west: up",
        r##"<use href="#DE" class="r1"><title>Germany: eu-west (fence gdpr, last resort)</title></use>"##,
        "Japan: us-east 75 %, eu-west 25 % (shared)",
        "France: no addresses known",
    ] {
        assert!(html.contains(part), "{part} in {html}");
    }
    assert_eq!(html.matches("<script").count(), 1, "its own script is the only one");
    assert!(html.contains("&#60;script&#62;alert") || html.contains("&lt;script&gt;alert"), "{html}");
}

#[tokio::test]
async fn every_answer_is_locked_down_and_names_nothing_outside() {
    let reader = Reader::new().await;
    for path in ["/", "/explain", "/style.css", "/page.js", "/icon.svg", "/metrics", "/nowhere"] {
        let response = reader.get(path).await;
        let headers = response.headers().clone();
        let policy = headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'") && !policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(headers["x-content-type-options"], "nosniff", "{path}");
        assert_eq!(headers["cache-control"], "no-store", "{path}");
        let text = response.text().await.unwrap();
        let outside = text.replace("http://www.w3.org/", "");
        assert!(!outside.contains("http://") && !outside.contains("https://"), "{path} names another host");
        assert!(!text.contains("style=\""), "{path}: the policy forbids styles in attributes");
    }
}

#[tokio::test]
async fn the_stream_tells_the_page_anew_when_something_happens() {
    let reader = Reader::new().await;
    let mut stream = reader.get("/live").await;
    assert_eq!(stream.headers()["content-type"], "text/event-stream");
    let first = heard(&mut stream, "\n\n").await;
    assert!(first.contains("event: page") && first.contains("id: 1"), "{first}");
    let mut news = event(9_000);
    news.event = meridian::world::Event::Reloaded { config_sha256: "feedfacefeedface".into() };
    reader.stand_in.events.send(news).unwrap();
    let next = heard(&mut stream, "reloaded, config feedfacefeed").await;
    assert!(next.contains("id: 2"), "{next}");
}

#[tokio::test]
async fn followers_are_bounded_and_others_still_read() {
    let reader = Reader::new().await;
    let mut streams = Vec::new();
    loop {
        let mut stream = reader.get("/live").await;
        if stream.status() != StatusCode::OK {
            assert_eq!(stream.status(), StatusCode::TOO_MANY_REQUESTS);
            break;
        }
        heard(&mut stream, "event: page").await;
        streams.push(stream);
    }
    assert_eq!(streams.len(), 16);
    assert_eq!(reader.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn readers_and_questions_are_bounded_by_the_second() {
    let reader = Reader::new().await;
    for path in ["/", "/explain?name=api.yourdomain.com&client=81.2.69.0/24"] {
        let mut asked = tokio::task::JoinSet::new();
        for _ in 0..300 {
            let request = reader.http.get(format!("http://{}{path}", reader.web.address()));
            asked.spawn(async move { request.send().await.map(|response| response.status()) });
        }
        let refused = asked.join_all().await.into_iter();
        let refused = refused.filter(|status| matches!(status, Ok(StatusCode::TOO_MANY_REQUESTS))).count();
        assert!(refused > 0, "{path}: 300 at once were all answered");
    }
    assert_eq!(reader.get("/metrics").await.status(), 200, "scrapes are not held to that");
}

#[tokio::test]
async fn a_form_is_explained_and_its_mistakes_are_said_on_the_page() {
    let reader = Reader::new().await;
    let html = reader.text("/explain?name=API.yourdomain.com.&client=81.2.69.7%2F24&type=A&if=").await;
    for part in ["eu-west", "192.0.2.20", "GB (by ecs): subnet 81.2.69.0/24", "drained", "100 %"] {
        assert!(html.contains(part), "{part} in {html}");
    }
    for (query, status, said) in [
        ("name=other.example&client=81.2.69.7", 404, "other.example: no such service"),
        ("name=a&client=%3Cb%3Ehere", 400, "allowed is an address or prefix"),
        ("name=a&client=", 400, "&#34;client&#34; is missing"),
        ("name=a&client=1.2.3.4&klient=1", 400, "unknown parameter"),
    ] {
        let response = reader.get(&format!("/explain?{query}")).await;
        assert_eq!(response.status().as_u16(), status, "{query}");
        let html = response.text().await.unwrap();
        assert!(html.contains(said) && !html.contains("<b>here"), "{query}: {html}");
    }
}

#[tokio::test]
async fn the_page_has_metrics_and_health_and_no_way_to_act() {
    let reader = Reader::new().await;
    let metrics = reader.get("/metrics").await;
    assert_eq!(metrics.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(metrics.text().await.unwrap(), "meridian_snapshot_epoch 42\n");
    assert_eq!(reader.text("/healthz").await, "ok\n");
    assert_eq!(reader.get("/v1/status").await.status(), 404);
    for path in ["/", "/explain", "/live"] {
        assert_eq!(reader.ask(Method::POST, path).await.status(), 405, "{path}");
    }
    reader.web.shutdown(Duration::from_secs(5)).await;
}
