//! The `latency` strategy's table: measured round trips, and what stands in for them where a row is missing.

use std::collections::BTreeMap;

use super::order::Whereabouts;
use crate::client::Prefix;
use crate::geo::Country;
use crate::region::{Region, RegionId};

/// Measured round trips in milliseconds, by clients and region.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latencies {
    rows: BTreeMap<(LatencyKey, RegionId), f64>,
}

/// The clients that a row was measured for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LatencyKey {
    /// A network, never longer than a quantum; the longest that holds a client counts.
    Prefix(Prefix),
    /// A whole country.
    Country(Country),
}

/// A round trip, and how it is known.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RoundTrip {
    /// Milliseconds, from the table.
    Measured(f64),
    /// Milliseconds, from the distance: the table has no row for these clients and this region.
    Estimated(f64),
}

impl RoundTrip {
    /// In milliseconds.
    #[must_use]
    pub const fn milliseconds(self) -> f64 {
        match self {
            Self::Measured(milliseconds) | Self::Estimated(milliseconds) => milliseconds,
        }
    }

    /// Its word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Measured(_) => "measured",
            Self::Estimated(_) => "estimated",
        }
    }
}

impl Latencies {
    /// Adds a row; false when there is one for these clients and this region.
    pub fn insert(&mut self, key: LatencyKey, region: RegionId, milliseconds: f64) -> bool {
        self.rows.insert((key, region), milliseconds).is_none()
    }

    /// Whether it has no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The round trip between a client at `place` and a region; none where neither a row nor a distance is known.
    #[must_use]
    pub fn round_trip(&self, id: RegionId, region: &Region, place: &Whereabouts) -> Option<RoundTrip> {
        let prefixes = place.prefixes.iter().map(|prefix| LatencyKey::Prefix(*prefix));
        let country = place.country.map(LatencyKey::Country);
        let row = prefixes.chain(country).find_map(|key| self.rows.get(&(key, id)));
        let estimate = || {
            let distance = place.country?.centroid()?.distance_km(region.coordinates?);
            Some(RoundTrip::Estimated(distance / KM_A_MILLISECOND))
        };
        row.map(|milliseconds| RoundTrip::Measured(*milliseconds)).or_else(estimate)
    }
}

/// What a millisecond of round trip covers on the Internet's usual detours; light in fibre would make 100 km.
const KM_A_MILLISECOND: f64 = 65.0;
