//! The way to an HTTP layer that stands beside the round: a connection of its own, inside TLS where the plan says so.

use std::time::Duration;

use tokio::time::Instant;

use super::target::Target;
use super::{tcp, tls};
use crate::fetch::Duplex;
use crate::health::{FaultClass, Scheme};

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
