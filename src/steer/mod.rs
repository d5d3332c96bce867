//! Who gets what: fence, strategy, share, TTL, and the reason for each answer. Pure.
//!
//! ```text
//! catalog ─► plan: classes of clients, and for each policy a view of each class     (at load)
//! plan + conditions of the regions ─► board: a route for each view                 (at each change)
//! class, slot ─► route ─► region and reason                                        (at each query)
//! ```
//!
//! A decision is handed only the regions that the client's fences allow, so it cannot leave them.

mod allowed;
mod audience;
mod board;
mod budget;
mod classes;
mod decide;
mod draft;
mod fence;
mod latency;
mod motion;
mod order;
mod plan;
mod reason;
mod service;
mod share;
#[cfg(test)]
mod small;
mod spill;
mod spread;
mod suppose;
mod tables;
mod ttl;
mod view;

pub use allowed::{Holder, allowed, inside, unfenced};
pub use audience::Audience;
pub use board::{Board, Conditions};
pub use budget::Budget;
pub use decide::{Route, State, decide, decide_with};
pub use fence::{Fence, FenceId, Unlocated};
pub use latency::{Latencies, LatencyKey, RoundTrip};
pub use motion::{Failback, Failover, Motion};
pub use order::{Whereabouts, biased_distance, order};
pub use plan::{Plan, PlanError, Policy, Sources};
pub use reason::{Reason, Rejection};
pub use service::{Binding, GeoKey, GeoLists, Service, ServiceId, SteeredType, Strategy, TtlBounds};
pub use share::{SLOTS, seed, slot};
pub use spill::Spill;
pub use spread::{Portions, Spread};
pub use suppose::Supposed;
pub use tables::Tables;
pub use ttl::ttl;
pub use view::View;
