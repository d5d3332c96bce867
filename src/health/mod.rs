//! What is up: evidence → verdict. Pure: the prober brings observations, the world holds the evidence.
//!
//! One hard machine an endpoint: `fall` failed rounds in a row take it down, `rise` passed ones bring it back. A
//! region is up while at least `min_endpoints` of its endpoints are. What was never observed is unknown, and unknown
//! holds the last verdict, or serves as up where there is none.

mod evidence;
mod fault;
mod level;
mod machine;
mod plan;
mod reading;
mod region;
mod vantage;

pub use evidence::{Layer, Observation, VantageId, Verdict};
pub use fault::FaultClass;
pub use level::{ServiceLevel, Sums};
pub use machine::{Machine, Step};
pub use plan::{Completion, DatabaseDown, Liveliness, Metrics, Preset, ProbePlan, Readiness, Scheme, Tls};
pub use reading::{DatabaseState, Reading, Traffic};
pub use region::{Effect, EndpointHealth, Held, RegionHealth};
pub use vantage::Vantage;
