//! Wilson's bounds of a share: what so few attempts can say (E. B. Wilson, 1927), at z = 1.28: one in ten is outside.

/// The least share that `failed` of `attempts` speak for.
#[must_use]
pub(super) fn lower(failed: f64, attempts: f64) -> f64 {
    let (centre, half) = bounds(failed, attempts);
    (centre - half).max(0.0)
}

/// The greatest share that `failed` of `attempts` leave possible.
#[must_use]
pub(super) fn upper(failed: f64, attempts: f64) -> f64 {
    let (centre, half) = bounds(failed, attempts);
    (centre + half).min(1.0)
}

/// Nothing is known of nothing: 0 to 1.
fn bounds(failed: f64, attempts: f64) -> (f64, f64) {
    if attempts <= 0.0 {
        return (0.5, 0.5);
    }
    let share = (failed / attempts).clamp(0.0, 1.0);
    let widened = 1.0 + Z * Z / attempts;
    let centre = (share + Z * Z / (2.0 * attempts)) / widened;
    let variance = share * (1.0 - share) / attempts + Z * Z / (4.0 * attempts * attempts);
    (centre, Z * variance.sqrt() / widened)
}

const Z: f64 = 1.28;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_those_of_the_table_in_percent() {
        let table = [
            (1.0, 30.0, 1.0, 10.5),
            (3.0, 30.0, 4.9, 19.2),
            (1.0, 9.0, 3.4, 30.8),
            (9.0, 30.0, 20.6, 41.5),
            (1.0, 1.0, 37.9, 100.0),
            (0.0, 12.0, 0.0, 12.0),
        ];
        for (failed, attempts, least, most) in table {
            let (lower, upper) = (100.0 * lower(failed, attempts), 100.0 * upper(failed, attempts));
            assert!(
                (lower - least).abs() < 0.06 && (upper - most).abs() < 0.06,
                "{failed} of {attempts}: {lower} {upper}"
            );
        }
    }
}
