//! What the fuzz targets do, as ordinary functions of octets: the targets feed them, and `tests/fuzz.rs` of the main
//! crate replays the kept corpus through them on a stable toolchain.
//!
//! Each target builds something mostly valid from its octets (a query, a zone, a client subnet), so that the fuzzer's
//! mutations of octets are mutations of structure; one case in sixteen takes the octets as they are. A target panics on
//! a find, and says whether the case came past its gate: the lookup, a whole load, the director's ear.

pub mod admin;
mod bytes;
mod check;
pub mod config;
mod config_text;
pub mod ecs;
mod fences;
pub mod maxmind;
mod mmdb;
pub mod observations;
mod office;
pub mod query;
mod question;
pub mod tally;
mod walk;
mod worlds;
pub mod zone;
mod zone_text;
