//! The guard between a load and the swap: what would be gone that serves now, and whether the new picture answers.
//!
//! **Knows** two catalogs, the one that serves and the one that was loaded, and a picture made of the second.
//!
//! **Gives** every [`Loss`] with the figures of both, for an operator to restore or to force; and the first [`Miss`] of
//! the canary queries: the SOA and NS of every zone, and every service for clients of every fence, put through
//! `answer()` as a carrier would.
//!
//! **Refuses** to weigh what was changed rather than lost: another address for a name is no loss, fewer of them are.
//! It is no proof (`prove/` is): it meets torn files and merges gone wrong, and bugs that make a picture answer nothing.

mod canary;
mod clients;
mod database;
mod loss;
mod policy;
mod zones;

pub use canary::{Canaries, Miss};
pub use loss::{Figures, Loss};

use crate::catalog::Catalog;

/// Everything that `serving` has and `loaded` has not, zones first. Empty: the load may serve without a word from
/// anyone.
#[must_use]
pub fn losses(serving: &Catalog, loaded: &Catalog) -> Vec<Loss> {
    let mut losses = zones::losses(&serving.zones, &loaded.zones);
    losses.extend(policy::losses(serving, loaded));
    losses.extend(database::losses(serving, loaded));
    losses
}
