//! Places, and the locations that they make up.

use std::fmt;

use super::{country::Country, record::Subdivision, steering::SteeringId};

/// Everything that a policy can tell about one address. Ordered: countries first, by code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// Where, or why nowhere.
    pub standing: Standing,
    /// The largest subdivision, where the database was read with them.
    pub subdivision: Option<Subdivision>,
    /// The autonomous system, where the database was read with them.
    pub asn: Option<u32>,
    /// The longest prefix of a geo rule that holds the address.
    pub steering: Option<SteeringId>,
}

/// Where an address is, or why it is nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Standing {
    /// In this country.
    Located(Country),
    /// Nobody knows.
    Unlocated,
    /// In IANA special-purpose space: private, documentation, multicast.
    Special,
    /// In IPv6 space that wraps IPv4 addresses, by a source too short to reach them.
    Wrapped,
}

impl Place {
    /// Nothing is known of it.
    pub const NOWHERE: Self =
        Self { standing: Standing::Unlocated, subdivision: None, asn: None, steering: None };

    /// What it counts as in a block with other places: special and wrapped space is unlocated there.
    pub fn grounded(self) -> Self {
        match self.standing {
            Standing::Located(_) => self,
            _ => Self { standing: Standing::Unlocated, ..self },
        }
    }
}

impl Standing {
    /// The country, where there is one.
    pub fn country(self) -> Option<Country> {
        match self {
            Self::Located(country) => Some(country),
            Self::Unlocated | Self::Special | Self::Wrapped => None,
        }
    }
}

/// A place of an atlas; places are numbered in their order.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaceId(pub(super) u32);

/// A location of an atlas: below the count of places it is that place, above it is a mixture.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LocationId(pub(super) u32);

/// Where a quantum is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location<'a> {
    /// All of it in one place.
    Pure(PlaceId),
    /// In several places.
    Mixed(&'a Mixture),
}

/// A quantum that several places share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// In order of place. Special and wrapped space count as unlocated here.
    pub members: Box<[Member]>,
    /// The wrapped space in it, if any: no scope may reach over it.
    pub wrapped: Option<PlaceId>,
}

/// A place's part in a quantum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// The place.
    pub place: PlaceId,
    /// How many of the quantum's addresses it has.
    pub addresses: u128,
}

impl PlaceId {
    /// Position in [`super::Atlas::places`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl LocationId {
    pub(super) fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Debug for PlaceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "place {}", self.0)
    }
}

impl fmt::Debug for LocationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "location {}", self.0)
    }
}
