//! Where a client is. (Placeholder until the geo branch lands.)
/// Degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    /// North.
    pub latitude: f64,
    /// East.
    pub longitude: f64,
}
/// A country.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Country(pub u16);
/// A continent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Continent(pub u8);
/// A subdivision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subdivision(pub u32);
/// Compiled locations.
#[derive(Debug, Default)]
pub struct Atlas;
/// About the database.
#[derive(Clone, Debug, Default)]
pub struct Metadata;
