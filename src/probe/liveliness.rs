//! The layer `liveliness`: one HTTP/1.1 GET on the connection that the lower layers opened.
//!
//! It proves that the gateway's process and its event loop run, and nothing else: providers, database and keys are
//! other layers' business. GET and never HEAD, which the gateway answers with 405. Redirects are not followed.

use std::net::SocketAddr;
use std::pin::pin;

use http_body_util::{BodyExt, Empty, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{CONNECTION, CONTENT_TYPE, HOST, USER_AGENT};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::fault;
use crate::health::FaultClass;

/// Asks for `path` and judges the answer. The round bounds its time.
pub(super) async fn ask(stream: TcpStream, socket: SocketAddr, path: &str) -> Result<(), FaultClass> {
    let request = hyper::Request::get(path)
        .header(HOST, socket.to_string())
        .header(USER_AGENT, AGENT)
        .header(CONNECTION, "close")
        .body(Empty::new())
        .map_err(|_| FaultClass::Misconfigured)?;
    let (sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| fault::of_http(&error))?;
    let mut exchange = pin!(exchange(sender, request));
    tokio::select! {
        result = &mut exchange => result,
        // The connection is done; what it has delivered is all there is, and waits in the exchange.
        _ = connection => exchange.await,
    }
}

async fn exchange(
    mut sender: SendRequest<Empty<Bytes>>,
    request: hyper::Request<Empty<Bytes>>,
) -> Result<(), FaultClass> {
    let answer = sender.send_request(request).await.map_err(|error| fault::of_http(&error))?;
    let (head, body) = answer.into_parts();
    let body = Limited::new(body, BODY_CAP).collect().await.map_err(|error| {
        // A body without end is no gateway's answer; anything else is hyper's.
        if error.is::<LengthLimitError>() {
            FaultClass::Gateway
        } else {
            error.downcast_ref::<hyper::Error>().map_or(FaultClass::Gateway, fault::of_http)
        }
    })?;
    fault::of_answer(head.status, head.headers.get(CONTENT_TYPE), &body.to_bytes())
}

/// By this name operators find the probe in their logs, and can leave it out of their figures.
const AGENT: &str = "meridian-probe/1";
/// More than this is no health answer.
const BODY_CAP: usize = 64 * 1024;
