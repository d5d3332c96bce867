//! The way to an HTTP layer that stands beside the round: a connection of its own, inside TLS where the plan says so.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::target::Target;
use super::{fault, tcp, tls};
use crate::fetch::{Place, Trust, secure};
use crate::health::{FaultClass, Scheme};

/// What HTTP runs on: plain TCP, or TLS.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// An open way.
pub(super) struct Way {
    pub(super) stream: Box<dyn Duplex>,
    /// What TCP's handshake took: about one round trip.
    pub(super) round_trip: Duration,
}

/// Opens the way to a target.
pub(super) async fn open(target: &Target) -> Result<Way, FaultClass> {
    let began = Instant::now();
    let stream = tcp::connect(target.socket()).await?;
    let round_trip = began.elapsed();
    let stream: Box<dyn Duplex> = match target.plan.scheme {
        Scheme::Http => Box::new(stream),
        Scheme::Https => Box::new(tls::shake(stream, target).await?.0),
    };
    Ok(Way { stream, round_trip })
}

/// Opens the way to a place, by its name or address.
pub(super) async fn to(place: &Place, trust: Option<&Trust>) -> Result<Box<dyn Duplex>, FaultClass> {
    let stream =
        TcpStream::connect((&*place.host, place.port)).await.map_err(|error| fault::of_io(&error))?;
    if !place.secure {
        return Ok(Box::new(stream));
    }
    let trust = trust.ok_or(FaultClass::Misconfigured)?;
    let secured = secure(stream, trust, &place.host).await.map_err(|broken| fault::of_broken(&broken))?;
    Ok(Box::new(secured.stream))
}
