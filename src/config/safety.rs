//! `[safety]`: what overrides may not break.

use super::section::Section;
use crate::catalog::Safety;
use crate::region::RegionSet;

/// Reads `[safety]`; each rule's name is its key.
pub(super) fn read(section: Section<'_>) -> Option<Safety> {
    let mut section = section.later(&["min_capacity", "max_move", "n_minus_1"]);
    let min_regions = section.maybe("min_regions", |item| item.integer(0..=RegionSet::CAPACITY as u64));
    section.finish();
    Some(Safety { min_regions: min_regions? })
}
