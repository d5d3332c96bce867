//! The Equal Earth projection (Šavrič, Patterson and Jenny, 2018): areas are true, and the world still looks like it.

use super::WIDTH;

/// A point of the map, in its units; y grows downwards.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::admin::web) struct Point {
    pub(in crate::admin::web) x: f64,
    pub(in crate::admin::web) y: f64,
}

/// Where degrees of longitude and latitude lie on the map.
pub(in crate::admin::web) fn project(longitude: f64, latitude: f64) -> Point {
    let [a1, a2, a3, a4] = [1.340_264, -0.081_106, 0.000_893, 0.003_796];
    let root = 3_f64.sqrt();
    let theta = (root / 2.0 * latitude.to_radians().sin()).asin();
    let square = theta * theta;
    let sixth = square * square * square;
    let spread = a1 + 3.0 * a2 * square + sixth * (7.0 * a3 + 9.0 * a4 * square);
    let x = 2.0 * root * longitude.to_radians() * theta.cos() / (3.0 * spread);
    let y = theta * (a1 + a2 * square + sixth * (a3 + a4 * square));
    Point { x: WIDTH / 2.0 + x * SCALE, y: NORTH - y * SCALE }
}

/// Half the equator is 2.70663 units long before it is scaled.
const SCALE: f64 = WIDTH / 2.0 / 2.706_63;
/// Where the equator lies: the north pole is at the upper edge.
const NORTH: f64 = 1.317_36 * SCALE;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::web::map::HEIGHT;

    #[test]
    fn the_globe_fills_the_map() {
        let near = |point: Point, x: f64, y: f64| (point.x - x).abs() < 0.1 && (point.y - y).abs() < 0.1;
        assert!(near(project(-180.0, 0.0), 0.0, NORTH), "{:?}", project(-180.0, 0.0));
        assert!(near(project(180.0, 0.0), WIDTH, NORTH));
        assert!(near(project(0.0, 90.0), WIDTH / 2.0, 0.0));
        assert!(project(-68.0, -55.9).y < HEIGHT, "Tierra del Fuego is on the map");
    }

    #[test]
    fn areas_are_true() {
        let strip = |south: f64, north: f64| {
            let steps = 1_000;
            let height = (north - south) / f64::from(steps);
            let slices = (0..steps).map(|step| {
                let latitude = south + height * (f64::from(step) + 0.5);
                let width = project(1.0, latitude).x - project(0.0, latitude).x;
                width * (project(0.0, latitude - height / 2.0).y - project(0.0, latitude + height / 2.0).y)
            });
            slices.sum::<f64>() / (north.to_radians().sin() - south.to_radians().sin())
        };
        let (tropics, north) = (strip(0.0, 10.0), strip(60.0, 70.0));
        assert!((tropics / north - 1.0).abs() < 0.001, "{tropics} {north}");
    }
}
