//! `[safety]`: what overrides may not break.

use std::ops::RangeInclusive;

use super::section::Section;
use crate::catalog::{Safety, Spare};
use crate::region::RegionSet;

/// Reads `[safety]`; each rule's name is its key.
pub(super) fn read(mut section: Section<'_>) -> Option<Safety> {
    let min_regions = section.maybe("min_regions", |item| item.integer(0..=RegionSet::CAPACITY as u64));
    let min_capacity = section.maybe("min_capacity", |item| item.share(PARTS));
    let max_move = section.maybe("max_move", |item| item.share(PARTS));
    let n_minus_1 = section.or("n_minus_1", false, |item| item.boolean());
    section.finish();
    let n_minus_1 = if n_minus_1? { Spare::Needed } else { Spare::Unneeded };
    Some(Safety { min_regions: min_regions?, min_capacity: min_capacity?, max_move: max_move?, n_minus_1 })
}

/// In percent.
const PARTS: RangeInclusive<f64> = 0.0..=100.0;
