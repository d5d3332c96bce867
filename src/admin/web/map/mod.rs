//! The world on the page: outlines of countries (`geoip/outlines.tsv`) on the Equal Earth projection, as SVG paths.
//! Drawn once a process; what colours them is the page's.

mod outlines;
mod projection;

use std::sync::LazyLock;

pub(super) use outlines::{Shape, shapes};
pub(super) use projection::{Point, project};

/// What lies under the countries: the edge of the globe and its lines of latitude and longitude.
#[derive(Debug)]
pub(super) struct Globe {
    /// The edge, closed.
    pub(super) edge: String,
    /// The lines.
    pub(super) lines: String,
}

/// Width and height of the map in its own units; Antarctica is cut off.
pub(super) const WIDTH: f64 = 1000.0;
/// See [`WIDTH`].
pub(super) const HEIGHT: f64 = 435.0;

/// The globe, drawn once.
pub(super) fn globe() -> &'static Globe {
    static GLOBE: LazyLock<Globe> = LazyLock::new(Globe::draw);
    &GLOBE
}

impl Globe {
    fn draw() -> Self {
        let up = || (-90..=90).step_by(5).map(f64::from);
        let east = (-90..=90).rev().step_by(5).map(f64::from).map(|latitude| project(180.0, latitude));
        let edge: Vec<Point> = up().map(|latitude| project(-180.0, latitude)).chain(east).collect();
        let meridians = (-150..=150).step_by(30).map(f64::from);
        let parallels = (-60..=60).step_by(30).map(f64::from);
        let lines = meridians
            .map(|longitude| outlines::path(&up().map(|at| project(longitude, at)).collect::<Vec<_>>()))
            .chain(
                parallels
                    .map(|latitude| outlines::path(&[project(-180.0, latitude), project(180.0, latitude)])),
            );
        Self { lines: lines.collect(), edge: outlines::path(&edge) + "z" }
    }
}
