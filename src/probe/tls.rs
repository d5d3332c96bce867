//! The layer `tls`: a handshake as a client makes it, and until when the peer's certificates hold.

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::fault;
use super::target::Target;
use crate::certificate;
use crate::fetch::secure;
use crate::health::{FaultClass, Reading};

/// Shakes hands on a fresh connection. A target without trust cannot be judged.
pub(super) async fn shake(
    stream: TcpStream,
    target: &Target,
) -> Result<(TlsStream<TcpStream>, Reading), FaultClass> {
    let trust = target.trust.as_ref().ok_or(FaultClass::Misconfigured)?;
    let secured = secure(stream, trust, &target.host).await.map_err(|broken| fault::of_broken(&broken))?;
    let expires = certificate::expiry(&secured.chain);
    Ok((secured.stream, expires.map_or(Reading::Nothing, |expires| Reading::Certificate { expires })))
}
