//! The proof: every class of clients, in every combination of region states, against the invariants.
//!
//! ```text
//! config text ─► oracle: rules ─┐
//! database ────► oracle: ground ┼─► survey (every prefix: class, holders, scopes) ─┐
//! plan ─────────────────────────┘                                                  ├─► ledger
//! plan ─► cases (views × bounds) ─► routes, boards, moves, lifetimes (every state) ┘
//! ```
//!
//! **Knows** which states and prefixes stand for which others; each such lemma is held by a test on small worlds.
//! **Gives** a [`Ledger`]: what was examined, what was reduced by which lemma, and the smallest counterexamples.
//! **Refuses** to start threads, read files or measure time: the caller hands in texts and bytes, runs the parts, and
//! says when to stop.
//!
//! It proves the server's function for the location shown, not where a person is.

mod boards;
mod cases;
mod contingency;
mod drift;
mod ledger;
mod lifetimes;
mod moves;
mod oracle;
mod reading;
mod routes;
mod sets;
mod states;
mod subject;
mod survey;
#[cfg(test)]
mod tests;
mod wire;

pub use boards::Boards;
pub use cases::{Case, cases};
pub use contingency::{Contingency, Weights, lose};
pub use drift::{Crossing, Drift, Located, drift};
pub use ledger::{Counterexample, Examined, Invariant, Ledger, Reduction};
pub use lifetimes::lifetimes;
pub use moves::moves;
pub use oracle::{Ground, Holders, Records, Rules, Unreadable};
pub use routes::examine;
pub use subject::Subject;
pub use survey::Survey;
pub use wire::{Grounds, STEP, wire};
