//! One request on a connection, and its answer, read to its end or until enough was seen.

use std::ops::ControlFlow;
use std::pin::pin;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1;
use hyper::header::HeaderMap;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::broken::Broken;

/// A request with a body that is there.
pub type Asked = Request<Full<Bytes>>;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as far as it was read.
    pub body: Bytes,
}

/// Sends `request` on `stream` and reads an answer of at most `cap` octets. `seen` gets every piece of the body as it
/// comes, and may end the reading.
pub async fn exchange<S>(
    stream: S,
    request: Asked,
    cap: usize,
    seen: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<Answer, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let mut work = pin!(async { read(sender.send_request(request).await?, cap, seen).await });
    tokio::select! {
        result = &mut work => result,
        // The connection is done; what it has delivered is all there is, and waits in the exchange.
        _ = connection => work.await,
    }
}

/// The same, read to its end.
pub async fn whole<S>(stream: S, request: Asked, cap: usize) -> Result<Answer, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    exchange(stream, request, cap, |_| ControlFlow::Continue(())).await
}

/// The body of a request.
#[must_use]
pub fn body(octets: impl Into<Bytes>) -> Full<Bytes> {
    Full::new(octets.into())
}

async fn read(
    answer: Response<Incoming>,
    cap: usize,
    mut seen: impl FnMut(&[u8]) -> ControlFlow<()>,
) -> Result<Answer, Broken> {
    let (head, mut incoming) = answer.into_parts();
    let mut body = Vec::new();
    while let Some(frame) = incoming.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        if body.len() + data.len() > cap {
            return Err(Broken::Long(cap));
        }
        body.extend_from_slice(&data);
        if seen(&data).is_break() {
            break;
        }
    }
    Ok(Answer { status: head.status, headers: head.headers, body: body.into() })
}
