//! Any octets on the admin socket: what the director hears keeps the edge's promises, and every answer is a status with
//! one JSON document.

use serde_json::Value;

use super::bytes::Bytes;
use super::office::{self, Outcome};
use super::question;

/// One case. True when the director heard of it.
pub fn run(data: &[u8]) -> bool {
    let mut bytes = Bytes::new(data);
    let request = if bytes.rarely(16) { bytes.rest().to_vec() } else { request(&mut bytes) };
    let Outcome { answer, heard } = office::send(&request);
    let Some((status, body)) = answer else {
        return heard > 0;
    };
    if !body.is_empty() {
        let whole = serde_json::from_str::<Value>(&body);
        let stream = body.starts_with("data:") || body.starts_with("id:") || body.starts_with(':');
        let document = whole.unwrap_or_else(|error| {
            assert!(stream || is_chunked(&body), "{status}, and a body that is no JSON: {error}: {body}");
            Value::Null
        });
        let error = document.get("error").and_then(Value::as_str);
        assert!(
            status < 400 || document.is_null() || error.is_some_and(|error| !error.is_empty()),
            "{status} {body}"
        );
    }
    assert_ne!(status, 500, "{body}");
    heard > 0
}

/// The stream of events comes in chunks.
fn is_chunked(body: &str) -> bool {
    body.split_once("\r\n").is_some_and(|(size, _)| usize::from_str_radix(size, 16).is_ok())
}

/// A request for one of the routes, with most of what it takes.
fn request(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let region = usual(bytes, &["us", "eu-west", "jp", "mars"], &["%2e%2e", "eu%20", "\u{e9}"]);
    let (method, path, body) = match bytes.octet() % 16 {
        0 => ("GET", "/v1/status".to_owned(), None),
        1..=3 => ("GET", format!("/v1/explain?{}", explain(bytes)), None),
        4 => ("GET", format!("/v1/where?client={}", client(bytes)), None),
        5 | 6 => ("PUT", format!("/v1/regions/{region}/drain"), Some(order(bytes, false))),
        7 | 8 => ("PUT", format!("/v1/regions/{region}/force"), Some(order(bytes, true))),
        9 => ("DELETE", format!("/v1/regions/{region}/{}", bytes.pick(&["drain", "force"])), None),
        11 => ("PUT", format!("/v1/regions/{region}/push"), Some(push(bytes))),
        12 => ("DELETE", format!("/v1/regions/{region}/push?source=pod-1"), None),
        10 => ("POST", "/v1/reload".to_owned(), bytes.once_in(2).then(|| reload(bytes))),
        13 if bytes.rarely(4) => {
            ("GET", bytes.pick(&["/metrics", "/v1/", "/v1/statuses", "//v1/status"]).to_string(), None)
        }
        _ => ("GET", format!("/v1/where?client={}", client(bytes)), None),
    };
    let mut request = encode(method, &path, body.as_deref());
    if bytes.rarely(24) {
        breaks(bytes, &mut request);
    }
    request
}

/// A request's octets.
pub(crate) fn encode(method: &str, path: &str, body: Option<&[u8]>) -> Vec<u8> {
    let mut request = format!("{method} {path} HTTP/1.1\r\nhost: m\r\nconnection: close\r\n").into_bytes();
    if let Some(body) = body {
        let length = body.len();
        request.extend(format!("content-type: application/json\r\ncontent-length: {length}\r\n").bytes());
    }
    request.extend(b"\r\n");
    request.extend(body.unwrap_or_default());
    request
}

fn explain(bytes: &mut Bytes<'_>) -> String {
    let name =
        *bytes.pick(&["api.example.test", "geo.example.test.", "EXAMPLE.org", "www.example.test", "a..b"]);
    let mut query = format!("name={name}&client={}", client(bytes));
    if bytes.once_in(3) {
        query += &format!("&type={}", usual(bytes, &["A", "AAAA", "HTTPS", "TYPE65535"], &["TYPE-1"]));
    }
    if bytes.once_in(3) {
        query += &format!("&resolver={}", question::address(bytes));
    }
    if bytes.rarely(32) {
        query += *bytes.pick(&["&if=us=down", "&if=us%3Dup", "&if=", "&unknown=1", "&name=twice"]);
    }
    query
}

fn client(bytes: &mut Bytes<'_>) -> String {
    let address = question::address(bytes);
    match bytes.octet() % 4 {
        0 => address.to_string(),
        1 if bytes.rarely(16) => format!("{address}/{}", bytes.octet()),
        _ => {
            format!("{address}/{}", if address.is_ipv4() { bytes.octet() % 33 } else { bytes.octet() % 129 })
        }
    }
}

fn order(bytes: &mut Bytes<'_>, forced: bool) -> Vec<u8> {
    let term = usual(bytes, &["1h", "60s", "72h", "30m"], &["59s", "73h", "1month", ""]);
    let reason =
        usual(bytes, &["upgrade", " x ", "\u{e9}", "\\ud83d\\ude00"], &["", "two\\nlines", "\\u0000"]);
    let mut fields = vec![format!("\"for\":\"{term}\""), format!("\"reason\":\"{reason}\"")];
    if forced != bytes.rarely(16) {
        fields.push(format!("\"state\":\"{}\"", bytes.pick(&["up", "down"])));
    }
    if bytes.once_in(4) {
        fields
            .push(format!("\"service\":\"{}\"", bytes.pick(&["api.example.test", "API.example.test.", ""])));
    }
    if bytes.once_in(4) {
        let field = usual(bytes, &["\"dry_run\":true", "\"override_rule\":\"min_regions\""], &["\"dry\":1"]);
        fields.push(field.to_owned());
    }
    format!("{{{}}}", fields.join(",")).into_bytes()
}

fn push(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let term = usual(bytes, &["30s", "5m", "9h"], &["0s", "25h"]);
    let source = usual(bytes, &["pod-1", "pod-2"], &["", "a b"]);
    let good = ["\"weight\":50", "\"weight\":0", "\"load\":0.9", "\"state\":\"down\"", "\"state\":\"drain\""];
    let said = usual(bytes, &good, &["\"weight\":255", "\"load\":-1"]);
    let sequence = if bytes.once_in(2) { format!(",\"sequence\":{}", bytes.octet()) } else { String::new() };
    format!("{{\"for\":\"{term}\",\"source\":\"{source}\",{said}{sequence}}}").into_bytes()
}

fn reload(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let good = ["{}", "{\"force\":true}", "{\"force\":true,\"reason\":\"x\"}"];
    usual(bytes, &good, &["{\"reason\":\"x\"}", "[]"]).as_bytes().to_vec()
}

/// One of the good, and seldom one of the bad.
fn usual<'a>(bytes: &mut Bytes<'_>, good: &[&'a str], bad: &[&'a str]) -> &'a str {
    let choices = if bytes.rarely(32) { bad } else { good };
    choices[usize::from(bytes.octet()) % choices.len()]
}

/// Sets, removes or adds a few octets anywhere.
pub(crate) fn breaks(bytes: &mut Bytes<'_>, octets: &mut Vec<u8>) {
    for _ in 0..1 + bytes.octet() % 3 {
        let at = usize::from(bytes.short()) % octets.len().max(1);
        match bytes.octet() % 4 {
            0 | 1 => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet = bytes.octet()),
            2 if at < octets.len() => octets.insert(at, bytes.octet()),
            _ => drop(octets.drain(at.min(octets.len())..(at + 1).min(octets.len()))),
        }
    }
}
