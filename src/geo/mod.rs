//! Where a client is. MaxMind bytes in, frozen lookup table out; pure and synchronous.
//!
//! ```text
//! database ─┐
//! special  ─┤                            class of each place
//! overrides ┼─► atlas (ranges of locations) ──────────────► table: locate(address, source) → class
//! steering ─┘                                                      scope(…) → prefix length
//! ```
//!
//! Knows countries, subdivisions, ASN numbers, and which addresses lie inside others (6to4, NAT64 …).
//! Gives the location of any block of addresses, exactly, and the largest block that is answered alike.
//! Refuses to know regions, fences and answers: the caller names a class for each place, and a class is a number.

mod compact;
mod coordinates;
mod country;
mod database;
mod family;
mod groups;
mod partition;
mod record;
mod walk;

pub use compact::CompactError;
pub use coordinates::{Coordinates, NotOnTheGlobe};
pub use country::{Continent, Country};
pub use database::{Database, DatabaseError, Gate, Metadata};
pub use family::Family;
pub use groups::{group, group_names};
pub use record::{Detail, Record, Subdivision};
