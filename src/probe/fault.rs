//! The classifier: what a failed attempt met, told from an I/O error, a broken exchange or an answer.
//!
//! The rules come from answers that real LiteLLM gateways gave (`tests/data/gateway-answers.jsonl`). They keep apart what the region does wrong, what it says on purpose (drain), and what our own
//! request does wrong, which must never move traffic.

use std::io::{self, ErrorKind};

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

use super::events::Events;
use crate::fetch::{Answer, Broken};
use crate::health::FaultClass;

/// The class of an I/O error on a connection to an endpoint.
pub(super) fn of_io(error: &io::Error) -> FaultClass {
    match error.kind() {
        ErrorKind::ConnectionRefused => FaultClass::Refused,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::NotConnected
        | ErrorKind::UnexpectedEof => FaultClass::Reset,
        ErrorKind::TimedOut => FaultClass::Timeout,
        ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::PermissionDenied => FaultClass::Unreachable,
        // What is left is about this machine, as too many open files: no region is at fault.
        _ => FaultClass::Misconfigured,
    }
}

/// The class of an exchange that brought no whole answer.
pub(super) fn of_broken(broken: &Broken) -> FaultClass {
    match broken {
        Broken::Io(error) => of_io(error),
        Broken::Tls(_) => FaultClass::Certificate,
        Broken::Http(error) if error.is_incomplete_message() || error.is_canceled() || error.is_closed() => {
            FaultClass::Reset
        }
        // Another protocol, or a body without end, is no gateway's answer.
        Broken::Http(_) | Broken::Long(_) => FaultClass::Gateway,
    }
}

/// Judges a whole answer by the rules of real gateways, in their order: the first that fits holds.
pub(super) fn of_answer(answer: &Answer) -> Result<(), FaultClass> {
    if answer.status == StatusCode::OK {
        return of_success(answer);
    }
    let status = answer.status.as_u16();
    let body = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
    let kind = body["error"]["type"].as_str().unwrap_or_default();
    Err(match status {
        503 if body["status"] == "shutting_down" => FaultClass::Drain,
        503 if body["db"].is_string() => FaultClass::Database,
        500.. if kind == "no_db_connection" => FaultClass::Database,
        _ if is_providers(answer, kind, &body) => FaultClass::Provider,
        _ if kind == "overloaded_error" => FaultClass::Capacity,
        400 | 401 | 403 | 404 | 405 | 422 | 429 => FaultClass::Misconfigured,
        _ => FaultClass::Gateway,
    })
}

/// 200 passes, unless a page for people came with it, or a stream that tells of an error or has no end.
fn of_success(answer: &Answer) -> Result<(), FaultClass> {
    match content_type(&answer.headers) {
        Some(kind) if kind.starts_with("text/html") => Err(FaultClass::Gateway),
        Some(kind) if kind.starts_with("text/event-stream") => {
            of_events(&Events::of(&answer.body), &answer.headers)
        }
        _ => Ok(()),
    }
}

/// Judges the events of a stream that has ended.
pub(super) fn of_events(events: &Events, headers: &HeaderMap) -> Result<(), FaultClass> {
    match events {
        Events { failed: true, .. } if headers.contains_key(CALL) => Err(FaultClass::Provider),
        Events { done: true, failed: false, chunks: 1.., .. } => Ok(()),
        _ => Err(FaultClass::Gateway),
    }
}

/// Whether the gateway has passed on, or made of, what happened at a provider.
fn is_providers(answer: &Answer, kind: &str, body: &Value) -> bool {
    let passed_on = || answer.headers.keys().any(|name| name.as_str().starts_with("llm_provider-"));
    let told = || body["error"]["message"].as_str().is_some_and(|text| text.starts_with("litellm."));
    let late = answer.status == StatusCode::REQUEST_TIMEOUT || answer.status.is_server_error();
    answer.headers.contains_key(CALL)
        && (passed_on() || kind == "all_deployments_in_cooldown" || (late && told()))
}

fn content_type(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(CONTENT_TYPE)?.to_str().ok()?.to_ascii_lowercase())
}

/// A gateway gives every request that it routed a number.
const CALL: &str = "x-litellm-call-id";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_io_error_has_the_class_of_its_cause() {
        let table = [
            (ErrorKind::ConnectionRefused, FaultClass::Refused),
            (ErrorKind::ConnectionReset, FaultClass::Reset),
            (ErrorKind::BrokenPipe, FaultClass::Reset),
            (ErrorKind::UnexpectedEof, FaultClass::Reset),
            (ErrorKind::TimedOut, FaultClass::Timeout),
            (ErrorKind::HostUnreachable, FaultClass::Unreachable),
            (ErrorKind::NetworkUnreachable, FaultClass::Unreachable),
            (ErrorKind::AddrNotAvailable, FaultClass::Unreachable),
            (ErrorKind::PermissionDenied, FaultClass::Unreachable),
        ];
        for (kind, class) in table {
            assert_eq!(of_io(&io::Error::from(kind)), class, "{kind:?}");
        }
    }

    #[test]
    fn a_shortage_of_our_own_blames_no_region() {
        const EMFILE: i32 = 24;
        assert_eq!(of_io(&io::Error::from_raw_os_error(EMFILE)), FaultClass::Misconfigured);
    }

    fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Answer {
        let headers = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: headers.collect::<HeaderMap>(),
            body: body.to_owned().into(),
        }
    }

    /// The class of every recorded answer whose class is not told by its name.
    fn expected(class: &str, status: u64) -> Result<(), FaultClass> {
        match class {
            "live_shutting_down" | "ready_shutting_down" => Err(FaultClass::Drain),
            "db_default_ready_dbdown" | "db_default_ready_dbhung" => Err(FaultClass::Database),
            "db_default_virtualkey_dbdown" | "db_default_virtualkey_dbhung" => Err(FaultClass::Database),
            "overloaded_admission" | "models_overloaded" => Err(FaultClass::Capacity),
            "chat_sse_midstream_cut" | "all_in_cooldown" => Err(FaultClass::Provider),
            class if class.starts_with("provider_") => Err(FaultClass::Provider),
            "metrics_redirect" => Err(FaultClass::Gateway),
            "backlog_nokey"
            | "metrics_nokey"
            | "nokey"
            | "badkey_nodb"
            | "unknown_model"
            | "db_default_unknown_key"
            | "db_allow_flag_unknown_key"
            | "live_head"
            | "malformed_json"
            | "drain_bad_token"
            | "drain_disabled" => Err(FaultClass::Misconfigured),
            _ if status == 200 => Ok(()),
            class => panic!("a recorded answer that nobody has classed: {class}"),
        }
    }

    #[test]
    fn every_recorded_answer_falls_into_its_class() {
        let recorded = include_str!("../../tests/data/gateway-answers.jsonl");
        for line in recorded.lines() {
            let row: Value = serde_json::from_str(line).unwrap();
            let headers: Vec<(&str, &str)> = row["headers"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
                .collect();
            let (class, status) = (row["class"].as_str().unwrap(), row["status"].as_u64().unwrap());
            let answer = answer(status as u16, &headers, row["body"].as_str().unwrap());
            assert_eq!(of_answer(&answer), expected(class, status), "{class}");
        }
        assert_eq!(recorded.lines().count(), 49);
    }

    #[test]
    fn a_status_alone_falls_into_its_class() {
        let misconfigured = [400, 401, 403, 404, 405, 422, 429];
        for status in 100..600 {
            let expected = match status {
                200 => Ok(()),
                status if misconfigured.contains(&status) => Err(FaultClass::Misconfigured),
                _ => Err(FaultClass::Gateway),
            };
            assert_eq!(of_answer(&answer(status, &[], "{}")), expected, "status {status}");
        }
    }

    #[test]
    fn only_a_503_that_says_shutting_down_is_a_drain() {
        let told = r#"{"status":"shutting_down"}"#;
        assert_eq!(of_answer(&answer(503, &[], told)), Err(FaultClass::Drain));
        assert_eq!(of_answer(&answer(503, &[], r#"["shutting_down"]"#)), Err(FaultClass::Gateway));
        assert_eq!(of_answer(&answer(502, &[], told)), Err(FaultClass::Gateway));
        assert_eq!(of_answer(&answer(200, &[], told)), Ok(()));
    }

    #[test]
    fn a_page_or_a_stream_without_its_end_is_no_sign_of_life() {
        let html = [("content-type", "Text/HTML; charset=utf-8")];
        let stream = [("content-type", "text/event-stream")];
        let called = [("content-type", "text/event-stream"), ("x-litellm-call-id", "1")];
        let failed = "data: {\"error\":{\"code\":\"500\"}}\n\n";
        assert_eq!(of_answer(&answer(200, &html, "<html>")), Err(FaultClass::Gateway));
        assert_eq!(of_answer(&answer(200, &stream, "data: {\"choices\":[]}\n\n")), Err(FaultClass::Gateway));
        assert_eq!(of_answer(&answer(200, &stream, "data: [DONE]\n\n")), Err(FaultClass::Gateway));
        assert_eq!(of_answer(&answer(200, &stream, failed)), Err(FaultClass::Gateway));
        assert_eq!(of_answer(&answer(200, &called, failed)), Err(FaultClass::Provider));
    }
}
