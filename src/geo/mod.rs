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

mod atlas;
mod compact;
mod coordinates;
mod country;
mod database;
mod draw;
mod family;
mod groups;
mod index;
mod leaders;
#[cfg(test)]
mod oracle;
mod partition;
mod place;
mod plane;
mod prefixes;
mod quanta;
mod quick;
mod record;
mod sets;
mod special;
mod steering;
mod survey;
mod table;
mod trie;
mod unwrap;
mod walk;

pub use atlas::Atlas;
pub use compact::CompactError;
pub use coordinates::{Coordinates, NotOnTheGlobe};
pub use country::{Continent, Country};
pub use database::{Database, DatabaseError, Gate, Metadata};
pub use family::Family;
pub use groups::{group, group_names};
pub use place::{Location, LocationId, Member, Mixture, Place, PlaceId, Standing};
pub use prefixes::Prefixes;
pub use record::{Detail, Record, Subdivision};
pub use sets::{ClassId, SetId, SetShape};
pub use steering::{LongerThanQuantum, Steering, SteeringId};
pub use table::{Located, Table, TableSize};
