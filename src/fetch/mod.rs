//! One HTTP/1.1 exchange on a connection of its own: connect, prove the peer, ask, read no more than a cap.
//!
//! Probes and hooks speak through it. It keeps nothing between two exchanges: no pool, no cookies, no resumed TLS
//! sessions, so that a closed listener and a changed certificate show. It follows no redirect and bounds no time: its
//! callers do, each by its own deadline.

mod broken;
mod exchange;
mod place;
mod reach;
mod secure;
mod trust;

pub use broken::Broken;
pub use exchange::{Answer, Asked, body, exchange, whole};
pub use place::{Place, PlaceError};
pub use reach::{Duplex, reach};
pub use secure::{Secured, secure};
pub use trust::{Trust, TrustError};
