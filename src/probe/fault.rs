//! The classifier: what a failed attempt met, told from an I/O error, a broken exchange or an answer.
//!
//! The rules come from answers that real LiteLLM gateways gave (`tests/data/gateway-answers.jsonl`), as far as a health
//! path can meet them. They keep apart what the region does wrong, what it says on purpose (drain), and what our own
//! request does wrong, which must never move traffic.

use std::error::Error;
use std::io::{self, ErrorKind};

use hyper::StatusCode;
use hyper::header::HeaderValue;

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

/// The class of an HTTP exchange that brought no whole answer.
pub(super) fn of_http(error: &hyper::Error) -> FaultClass {
    if let Some(cause) = io_cause(error) {
        return of_io(cause);
    }
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return FaultClass::Reset;
    }
    FaultClass::Gateway
}

/// Judges a whole answer of a health path: 200 passes, unless a web page came with it.
pub(super) fn of_answer(
    status: StatusCode,
    content_type: Option<&HeaderValue>,
    body: &[u8],
) -> Result<(), FaultClass> {
    match status.as_u16() {
        200 if is_page(content_type) => Err(FaultClass::Gateway),
        200 => Ok(()),
        503 if says_shutting_down(body) => Err(FaultClass::Drain),
        400 | 401 | 403 | 404 | 405 | 422 | 429 => Err(FaultClass::Misconfigured),
        _ => Err(FaultClass::Gateway),
    }
}

/// A page for people comes from a load balancer or a portal in between; gateways answer in JSON.
fn is_page(content_type: Option<&HeaderValue>) -> bool {
    content_type
        .and_then(|value| value.to_str().ok())
        .is_some_and(|text| text.to_ascii_lowercase().starts_with("text/html"))
}

fn says_shutting_down(body: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(body).is_ok_and(|body| body["status"] == "shutting_down")
}

fn io_cause(error: &hyper::Error) -> Option<&io::Error> {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref() {
            return Some(error);
        }
        cause = error.source();
    }
    None
}

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

    #[test]
    fn statuses_fall_into_the_classes_of_the_gateway_reference() {
        let misconfigured = [400, 401, 403, 404, 405, 422, 429];
        for status in 100..600 {
            let code = StatusCode::from_u16(status).unwrap();
            let expected = match status {
                200 => Ok(()),
                status if misconfigured.contains(&status) => Err(FaultClass::Misconfigured),
                _ => Err(FaultClass::Gateway),
            };
            assert_eq!(of_answer(code, None, b"{}"), expected, "status {status}");
        }
    }

    #[test]
    fn only_a_503_that_says_shutting_down_is_a_drain() {
        let told = br#"{"status":"shutting_down"}"#;
        let answer = |status, body| of_answer(status, None, body);
        assert_eq!(answer(StatusCode::SERVICE_UNAVAILABLE, told), Err(FaultClass::Drain));
        assert_eq!(
            answer(StatusCode::SERVICE_UNAVAILABLE, br#"["shutting_down"]"#),
            Err(FaultClass::Gateway)
        );
        assert_eq!(answer(StatusCode::BAD_GATEWAY, told), Err(FaultClass::Gateway));
        assert_eq!(answer(StatusCode::OK, told), Ok(()));
    }

    #[test]
    fn a_web_page_is_no_sign_of_life() {
        let html = HeaderValue::from_static("Text/HTML; charset=utf-8");
        assert_eq!(of_answer(StatusCode::OK, Some(&html), b"<html>"), Err(FaultClass::Gateway));
    }
}
