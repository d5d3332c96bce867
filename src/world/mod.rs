//! Change → World → Snapshot: one task owns everything that moves.

mod catalog;
mod event;
mod overrides;
mod stamped;
mod status;

pub use catalog::{Catalog, Safety};
pub use event::{Event, Evidence, Holds};
pub use overrides::{Override, OverrideKind};
pub use stamped::StampedEvent;
pub use status::{EndpointStatus, LayerStatus, RegionStatus, Status};
