//! Outlines of countries, from `geoip/outlines.tsv` (see `geoip/NOTICE`). A country too small for the file is a dot.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::LazyLock;

use super::projection::{Point, project};
use crate::geo::Country;

/// A country on the map.
#[derive(Debug)]
pub(in crate::admin::web) struct Shape {
    /// Which one.
    pub(in crate::admin::web) country: Country,
    /// Its outline as SVG path data.
    pub(in crate::admin::web) path: String,
}

/// Every country that has a place on the map, drawn once.
pub(in crate::admin::web) fn shapes() -> &'static [Shape] {
    static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(draw);
    &SHAPES
}

fn draw() -> Vec<Shape> {
    let lines = include_str!("../../../../geoip/outlines.tsv").lines();
    let rows = lines.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once('\t'));
    let outlines: BTreeMap<Country, String> = rows
        .filter_map(|(code, rings)| Some((Country::from_code(code)?, rings.split(';').map(ring).collect())))
        .collect();
    let shape = |country: Country| {
        let path = outlines.get(&country).cloned().or_else(|| dot(country))?;
        Some(Shape { country, path })
    };
    Country::all().filter(|country| country.code() != "AQ").filter_map(shape).collect()
}

/// The steps of one ring as a closed path.
fn ring(steps: &str) -> String {
    let numbers: Vec<i32> = steps.split(' ').filter_map(|number| number.parse().ok()).collect();
    let mut at = (0, 0);
    let points: Vec<Point> = numbers
        .as_chunks::<2>()
        .0
        .iter()
        .map(|[east, north]| {
            at = (at.0 + east, at.1 + north);
            project(f64::from(at.0) / 10.0, f64::from(at.1) / 10.0)
        })
        .collect();
    path(&points) + "z"
}

/// A circle where most people of a small country live.
fn dot(country: Country) -> Option<String> {
    let centre = country.centroid()?;
    let Point { x, y } = project(centre.longitude(), centre.latitude());
    let (r, d) = (DOT, 2.0 * DOT);
    Some(format!("M{:.1} {y:.1}a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0-{d} 0z", x - r))
}

/// Points joined by lines, to a tenth of a unit.
pub(super) fn path(points: &[Point]) -> String {
    let tenths = |value: f64| (value * 10.0).round() as i32;
    let mut path = String::new();
    let mut last = (0, 0);
    for (at, point) in points.iter().enumerate() {
        let (x, y) = (tenths(point.x), tenths(point.y));
        let command = if at == 0 { "M" } else { "l" };
        let (east, south) = (x - last.0, y - last.1);
        if at == 0 || (east, south) != (0, 0) {
            let _ = write!(path, "{command}{} {}", f64::from(east) / 10.0, f64::from(south) / 10.0);
        }
        last = (x, y);
    }
    path
}

const DOT: f64 = 1.8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_country_but_antarctica_has_a_shape_on_the_map() {
        let shapes = shapes();
        let missing: Vec<_> = Country::all()
            .filter(|country| country.centroid().is_some() && country.code() != "AQ")
            .filter(|country| shapes.iter().all(|shape| shape.country != *country))
            .collect();
        assert_eq!(missing, []);
        assert!(shapes.len() > 240, "{}", shapes.len());
        let of = |code: &str| &shapes.iter().find(|shape| shape.country.code() == code).unwrap().path;
        assert!(of("DE").starts_with('M') && of("DE").ends_with('z'));
        assert!(of("SG").contains('a'), "Singapore is a dot: {}", of("SG"));
        assert!(of("NZ").matches('M').count() == 2, "New Zealand has two islands: {}", of("NZ"));
    }

    #[test]
    fn every_line_of_the_file_is_a_country_with_rings() {
        let lines = include_str!("../../../../geoip/outlines.tsv").lines();
        for line in lines.filter(|line| !line.starts_with('#')) {
            let (code, rings) = line.split_once('\t').unwrap();
            assert!(Country::from_code(code).is_some(), "{code}");
            for ring in rings.split(';') {
                let numbers: Vec<i32> = ring.split(' ').map(|number| number.parse().unwrap()).collect();
                assert!(numbers.len() >= 6 && numbers.len().is_multiple_of(2), "{code}: {ring}");
            }
        }
    }
}
