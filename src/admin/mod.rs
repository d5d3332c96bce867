//! Where operators and gateways speak to a running director: HTTP and JSON over a Unix socket, and a read-only page.
//!
//! It knows the routes, their bodies and who is asking. It gives the director [`Act`]s over a bounded channel, each
//! with its own reply, and tells followers what the director publishes. It refuses what is malformed, too large, too
//! slow or unknown by name before the director hears of it; whether an act is allowed is the director's to say.
//!
//! | limit | is |
//! |---|---|
//! | connections at once | 64 on the socket, 64 on the page; more wait in the kernel's queue |
//! | followers of events | 32 on the socket, 16 of the page |
//! | renderings of the page, explanations on it | 20 and 2 a second, and some ahead |
//! | life of a connection to the page | 60 s |
//! | request head, request body | 5 s each; 64 KiB |
//! | the director's answer | 5 s, a reload 60 s |
#![allow(clippy::disallowed_methods, reason = "an edge: it may read clocks and the environment")]

mod act;
mod actor;
pub mod body;
mod desk;
mod follow;
mod ordering;
mod overview;
mod refused;
mod request;
mod routes;
mod server;
mod socket;
mod web;

pub use act::{
    Act, Audited, ChainedEvent, Drifting, Forced, Leave, Lift, Mode, Observed, Place, Placed, ProblemLine,
    Proposal, Question, Refusal, Reloaded, Report, Supposed, Supposition, Whereabouts,
};
pub use overview::{CountryView, FenceView, Overview, RegionView, ServiceView};
pub use request::{RTYPES, canonical, rtype, subnet, supposition};
pub use server::Limits;
pub use socket::{Access, Admin, BindError, listen};
pub use web::{Web, WebSources};
