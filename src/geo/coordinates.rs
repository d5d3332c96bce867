//! A point on the globe, and how far it is to another.

use thiserror::Error;

/// Degrees, WGS 84.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coordinates {
    latitude: f64,
    longitude: f64,
}

/// Degrees that are not on the globe.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[error(
    "[{latitude}, {longitude}] is not on the globe; latitude -90 to 90, then longitude -180 to 180, is allowed"
)]
pub struct NotOnTheGlobe {
    latitude: f64,
    longitude: f64,
}

impl Coordinates {
    /// Latitude −90 to 90 and longitude −180 to 180, in degrees.
    pub fn new(latitude: f64, longitude: f64) -> Result<Self, NotOnTheGlobe> {
        if (-90.0..=90.0).contains(&latitude) && (-180.0..=180.0).contains(&longitude) {
            Ok(Self { latitude, longitude })
        } else {
            Err(NotOnTheGlobe { latitude, longitude })
        }
    }

    /// Degrees north of the equator.
    pub fn latitude(self) -> f64 {
        self.latitude
    }

    /// Degrees east of Greenwich.
    pub fn longitude(self) -> f64 {
        self.longitude
    }

    /// The great circle to `other` in kilometres, on a sphere (haversine: exact enough at every distance).
    pub fn distance_km(self, other: Self) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let north = ((to - from) / 2.0).sin();
        let east = ((other.longitude - self.longitude).to_radians() / 2.0).sin();
        let haversine = north * north + from.cos() * to.cos() * east * east;
        2.0 * EARTH_RADIUS_KM * haversine.sqrt().min(1.0).asin()
    }
}

/// Mean radius (IUGG).
const EARTH_RADIUS_KM: f64 = 6371.0088;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: f64, longitude: f64) -> Coordinates {
        Coordinates::new(latitude, longitude).unwrap()
    }

    #[test]
    fn distances_are_those_of_the_atlas() {
        let (dublin, frankfurt, tokyo) = (at(53.35, -6.26), at(50.11, 8.68), at(35.68, 139.69));
        assert!((dublin.distance_km(frankfurt) - 1088.0).abs() < 10.0, "{}", dublin.distance_km(frankfurt));
        assert!((frankfurt.distance_km(tokyo) - 9330.0).abs() < 40.0, "{}", frankfurt.distance_km(tokyo));
        assert_eq!(tokyo.distance_km(tokyo), 0.0);
    }

    #[test]
    fn the_antipode_is_half_the_earth_away_and_the_date_line_is_no_wall() {
        assert!((at(0.0, 0.0).distance_km(at(0.0, 180.0)) - 20015.1).abs() < 1.0);
        assert!(at(0.0, 179.5).distance_km(at(0.0, -179.5)) < 112.0);
    }

    #[test]
    fn degrees_off_the_globe_are_refused() {
        for (latitude, longitude) in [(90.1, 0.0), (0.0, 180.1), (f64::NAN, 0.0), (0.0, f64::INFINITY)] {
            assert!(Coordinates::new(latitude, longitude).is_err(), "{latitude} {longitude}");
        }
    }
}
