//! `budget` of a service: how many queries a second it is to be asked at most.

use std::num::NonZeroU32;

use super::section::Section;
use crate::steer::{Budget, TtlBounds};

/// Reads the key; `ttl` is the service's, within which a budget moves.
pub(super) fn read(section: &mut Section<'_>, ttl: TtlBounds) -> Option<Option<Budget>> {
    section.maybe("budget", |item| {
        let queries = item.integer::<u32>(1..=u64::from(u32::MAX)).and_then(NonZeroU32::new)?;
        if ttl.min == ttl.max {
            item.refuse(format_args!(
                "above it the TTL rises from ttl.min to ttl.max, and both are {}s; a ttl.max above ttl.min",
                ttl.max
            ));
            return None;
        }
        Some(Budget(queries))
    })
}
