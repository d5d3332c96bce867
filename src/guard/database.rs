//! What two location databases differ in that is a loss: networks, countries, age.

use std::collections::BTreeSet;

use super::loss::{Figures, Loss};
use crate::catalog::Catalog;
use crate::geo::Country;

/// Every loss; none where both catalogs were made with one file.
pub(super) fn losses(serving: &Catalog, loaded: &Catalog) -> Vec<Loss> {
    let (old, new) = (&serving.database, &loaded.database);
    let mut losses = Vec::new();
    if old.sha256 == new.sha256 {
        return losses;
    }
    let networks = Figures { old: old.networks, new: new.networks };
    if networks.new * 5 < networks.old * 4 {
        losses.push(Loss::Networks(networks));
    }
    let gone: Vec<Country> = countries(serving).difference(&countries(loaded)).copied().collect();
    let fenced = |country: &Country| loaded.fences.iter().any(|fence| fence.clients.contains(country));
    if gone.len() > FEW || gone.iter().any(fenced) {
        losses.push(Loss::Countries(gone));
    }
    let built = Figures { old: old.build_epoch, new: new.build_epoch };
    if built.new < built.old {
        losses.push(Loss::Older(built));
    }
    losses
}

/// The countries that some address is in.
fn countries(catalog: &Catalog) -> BTreeSet<Country> {
    catalog.atlas.places().iter().filter_map(|place| place.standing.country()).collect()
}

/// Countries that may go without a word, where no fence names one: islands come and go between two editions.
const FEW: usize = 5;
