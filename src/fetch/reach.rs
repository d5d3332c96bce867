//! The way to a place: by its name or address, inside TLS where its URL says so.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

use super::broken::Broken;
use super::place::Place;
use super::secure::secure;
use super::trust::Trust;

/// What HTTP runs on: plain TCP, or TLS.
pub trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// Opens a connection to a place. A place that wants TLS is never asked without: `trust` has to be there.
pub async fn reach(place: &Place, trust: Option<&Trust>) -> Result<Box<dyn Duplex>, Broken> {
    let stream = TcpStream::connect((&*place.host, place.port)).await?;
    if !place.secure {
        return Ok(Box::new(stream));
    }
    let trust = trust.ok_or_else(|| std::io::Error::other("nobody's certificates are believed"))?;
    Ok(Box::new(secure(stream, trust, &place.host).await?.stream))
}
