//! What a load is compared with before it serves: the world that serves then, not the one that was there when it began.

use crate::catalog::Catalog;
use crate::config::Problem;

/// What `next` would take back of what `serving` says, as problems: a zone whose serial falls is an older file
/// (RFC 1982).
pub(super) fn compare(next: &Catalog, serving: &Catalog) -> Vec<Problem> {
    next.zones.serials_fallen(&serving.zones).into_iter().map(Problem::from).collect()
}
