//! What the page shows beside the status: plain values, as the director gives them. Regions, fences and services are
//! named by their position.

use crate::geo::{Coordinates, Country};
use crate::steer::Reason;
use crate::world::Status;

/// All that the page shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// What `GET /v1/status` tells.
    pub status: Status,
    /// What else there is to a region, in the order of `status.regions`.
    pub regions: Vec<RegionView>,
    /// Every service, in file order.
    pub services: Vec<ServiceView>,
    /// Every fence, in file order.
    pub fences: Vec<FenceView>,
    /// The service that the map is of; none: there is no service.
    pub mapped: Option<usize>,
    /// Who serves each country now, by code.
    pub countries: Vec<CountryView>,
}

/// A region on the map and in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionView {
    /// Whose law its data is under.
    pub jurisdiction: Box<str>,
    /// Where it is.
    pub coordinates: Option<Coordinates>,
    /// Relative: how much it can carry.
    pub capacity: u32,
    /// The part of all Internet users whose country it serves now, 0 to 1, for the mapped service.
    pub users: f64,
    /// Answers a second that named it, over the last seconds, for all services.
    pub rate: f64,
}

/// A service in figures.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceView {
    /// Its name.
    pub name: Box<str>,
    /// How it orders its regions, as the config says it.
    pub strategy: &'static str,
    /// Its regions.
    pub regions: Vec<usize>,
    /// The least and the most that its answers may be kept, in seconds.
    pub bounds: (u32, u32),
    /// The same of the answers that are given now.
    pub ttl: (u32, u32),
    /// Answers a second, over the last seconds.
    pub rate: f64,
}

/// A fence on the map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FenceView {
    /// Its name.
    pub name: Box<str>,
    /// The only jurisdictions that may answer its clients.
    pub jurisdictions: Vec<Box<str>>,
}

/// Who serves a country.
#[derive(Clone, Debug, PartialEq)]
pub struct CountryView {
    /// The country.
    pub country: Country,
    /// The fences that hold it.
    pub fences: Vec<usize>,
    /// Regions and their part of its clients, 0 to 1, most first; none: a sink.
    pub parts: Vec<(usize, f64)>,
    /// Why.
    pub reason: Reason,
}
