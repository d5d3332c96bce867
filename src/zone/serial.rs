//! Serial numbers of SOA records (RFC 1982): which is newer, and which zones of a reload went backwards.

use super::Zones;
use super::problem::{Problem, Reason};

/// Whether `new` comes before `old`; false for equal serials and for the one pair that RFC 1982 leaves undefined.
pub fn serial_fell(old: u32, new: u32) -> bool {
    let behind = old.wrapping_sub(new);
    (1..1 << 31).contains(&behind)
}

impl Zones {
    /// The zones whose serial is behind the one in `old`: a reload refuses them unless forced.
    pub fn serials_fallen(&self, old: &Zones) -> Vec<Problem> {
        let fell = self.iter().filter_map(|zone| {
            let (old, new) = (old.zone(zone.apex())?.serial(), zone.serial());
            let key = format!("{} SOA", zone.apex());
            let problem = Problem { spot: zone.spot().clone(), key, reason: Reason::SerialFell { old, new } };
            serial_fell(old, new).then_some(problem)
        });
        fell.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serials_compare_on_a_circle() {
        let table = [
            (1, 1, false),
            (1, 2, false),
            (2, 1, true),
            (2_026_112_001, 2_026_111_909, true),
            (u32::MAX, 0, false),
            (0, u32::MAX, true),
            (0, 1 << 31, false),
            (1 << 31, 0, false),
            (0, (1 << 31) + 1, true),
        ];
        for (old, new, expected) in table {
            assert_eq!(serial_fell(old, new), expected, "{old} → {new}");
        }
    }
}
