//! What is up: evidence → verdict. Pure: probers bring observations, the world holds the evidence, time is an argument.
//!
//! ```text
//!  observations (vantage, region, endpoint, layer, result, reading)
//!     │                                   │                                  │
//!     │ tcp, tls, liveliness              │ completion, metrics              │ readiness
//!     ▼                                   ▼                                  ▼
//!  machine: one an endpoint           window: 300 s in buckets            states: database, ready
//!  and vantage: runs, stalls              │                                  │
//!     │                                   ▼                                  │
//!     ▼                               penalty: lower Wilson bounds of   ◄────┤
//!  jury: who is believed              90 s and 300 s, first tokens,          │
//!     │                               scraped shares, stalls                 │
//!     ▼                                   │      ▲                           │
//!  endpoint: their vote                   │      └── company: symptoms that most regions share count for none;
//!     │                                   ▼           provider errors count beyond the others'
//!     │                               soft: weight 10 to 100, falls fast, rises slowly
//!     ▼                                   ▼
//!  region: up · degraded · down · unknown, and a weight ──► judgement: panic ignores weights; ejection has a cap
//! ```
//!
//! What it holds to. Transport faults belong to the hard machines alone: no weight falls for them, and they are never
//! excused as common. Soft evidence lowers a weight to no less than 10; only where nine in ten completions fail, and
//! another region answers them, does it take a region out, and never half of the regions or the last one. Little evidence
//! does little. Absence of evidence does nothing: what was known holds, and what was never known serves as up. What is
//! wrong with the prober (a key, a path, a vantage) is an alarm and moves no traffic.

mod cause;
mod company;
mod endpoint;
mod evidence;
mod fault;
mod judgement;
mod jury;
mod level;
mod machine;
mod pace;
mod penalty;
mod plan;
mod reading;
mod region;
mod soft;
mod symptom;
mod vantage;
mod wilson;
mod window;

pub use cause::{Cause, Turn};
pub use endpoint::{EndpointHealth, Held, Seat};
pub use evidence::{Layer, Observation, VantageId, Verdict};
pub use fault::FaultClass;
pub use judgement::{Ground, Judged, Judgement};
pub use jury::Jury;
pub use level::{ServiceLevel, Sums};
pub use machine::{Machine, Round};
pub use pace::Pace;
pub use penalty::{Grounds, Measured};
pub use plan::{Completion, DatabaseDown, Liveliness, Metrics, Preset, ProbePlan, Readiness, Scheme, Tls};
pub use reading::{DatabaseState, Reading, Traffic};
pub use region::RegionHealth;
pub use symptom::{Symptom, Symptoms};
pub use vantage::{Doubt, Vantage};
