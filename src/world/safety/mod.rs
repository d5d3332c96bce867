//! Safety rules: what an override may not break. A rule's name is its key in the config.
//!
//! **Knows** the footing of each service inside each fence ([`footing`]) and what an act moves ([`moves`]), before an
//! act and after it. **Gives** a verdict on the whole act, which may be several overrides: a rule that is broken already
//! refuses only what makes it worse. **Refuses** to guess: what is eligible and who is answered by whom comes from the
//! functions that serve. A gradual drain is judged by its end, and moves nothing at once.

mod demand;
mod footing;
mod forecast;
mod moves;
mod rule;

pub use demand::Demand;
pub use forecast::{Footed, Forecast, Loss, ServiceForecast, Shift};
pub use rule::{Breach, Rule};

use super::word::Word;
use super::{Override, Refusal, World};
use crate::now::Now;
use crate::steer::{FenceId, Service};

/// An act as the rules see it: every word that holds before it, and after it, gradual drains by their end.
struct Act {
    before: Vec<Word>,
    after: Vec<Word>,
}

impl World {
    /// Whether `orders` may be taken together: they name what exists, and break no safety rule except those named in
    /// `through`. Gives the breaches that those names let pass.
    ///
    /// # Errors
    /// A name that does not exist, or the first rule that would be broken, or broken further.
    pub fn judge(&self, orders: &[Override], through: &[Rule], now: Now) -> Result<Vec<Breach>, Refusal> {
        orders.iter().try_for_each(|order| self.exists(order))?;
        let (passed, broken): (Vec<Breach>, Vec<Breach>) =
            self.breaches(orders, now).into_iter().partition(|breach| through.contains(&breach.rule));
        match broken.into_iter().next() {
            Some(breach) => Err(Refusal::Rule(breach)),
            None => Ok(passed),
        }
    }

    fn breaches(&self, orders: &[Override], now: Now) -> Vec<Breach> {
        let act = self.act(orders, now);
        let footing = self.weakened(&act, now);
        footing.into_iter().chain(self.moves_too_much(orders, now)).collect()
    }

    /// The words before and after an act, each at once.
    fn act(&self, orders: &[Override], now: Now) -> Act {
        let at_once = |word: &Override| Word::new(Override { gradual: None, ..word.clone() }, now);
        let before: Vec<Word> = self.overrides.iter().map(|held| at_once(held)).collect();
        let mut after = before.clone();
        after.retain(|held| !orders.iter().any(|order| held.same_place(order)));
        after.extend(orders.iter().map(at_once));
        Act { before, after }
    }

    fn exists(&self, order: &Override) -> Result<(), Refusal> {
        let Some(region) = self.catalog.region(&order.region) else {
            return Err(self.unknown_region(&order.region));
        };
        let Some(found) = &order.service else {
            return self.can_be_canary(order, region);
        };
        let serves = |service: &&Service| service.regions.contains(&region);
        if self.catalog.services.iter().filter(serves).any(|service| service.name == *found) {
            return self.can_be_canary(order, region);
        }
        let allowed =
            self.catalog.services.iter().filter(serves).map(|service| service.name.to_string()).collect();
        Err(Refusal::UnknownService { region: order.region.clone(), found: found.clone(), allowed })
    }

    pub(super) fn unknown_region(&self, found: &str) -> Refusal {
        let allowed = self.catalog.regions.iter().map(|region| region.name.to_string()).collect();
        Refusal::UnknownRegion { found: found.into(), allowed }
    }

    fn inside(&self, fences: &[FenceId]) -> String {
        let names: Vec<&str> = fences
            .iter()
            .filter_map(|id| self.catalog.fences.get(id.index()))
            .map(|fence| &*fence.name)
            .collect();
        match names.as_slice() {
            [] => "for clients outside all fences".to_owned(),
            [one] => format!("inside fence {one}"),
            several => format!("inside fences {}", several.join(" and ")),
        }
    }
}
