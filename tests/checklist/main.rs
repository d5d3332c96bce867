//! The protocol, line by line: each behaviour that a name server owes its clients is a test of its own, asked of
//! `answer()` and, by the same octets, over real UDP and TCP sockets.
//!
//! What belongs to sockets alone (segments, idle and slow connections, caps, bursts, descriptors) is in `tests/dns/`;
//! here are the lines that a message decides.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::disallowed_methods)] // tests read clocks

mod aliases;
mod ask;
mod chaos;
mod cookies;
mod delegations;
mod edns;
mod header;
mod loading;
mod lookups;
mod malformed;
mod opcodes;
mod options;
mod reply;
mod sizes;
mod steered;
mod streams;
mod subnets;
mod targets;
mod types;
mod wildcards;
mod work;
mod world;

pub(crate) use ask::{Ask, ask};
pub(crate) use reply::Reply;
