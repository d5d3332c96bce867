//! Who gets what: fence, strategy, share, TTL, and the reason for each answer. Pure.

mod allowed;
mod fence;
mod reason;
mod service;

pub use allowed::{Holder, allowed, inside, unfenced};
pub use fence::{Fence, FenceId, Unlocated};
pub use reason::{Reason, Rejection};
pub use service::{GeoKey, GeoLists, Service, ServiceId, Strategy, TtlBounds};
