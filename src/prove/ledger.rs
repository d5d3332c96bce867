//! What was examined and what was found: cases and the smallest counterexample of each invariant, and every reduction.

use std::collections::BTreeMap;

use crate::client::Prefix;

/// A promise that holds in every case, or does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Invariant {
    /// No client is answered with a region outside its fences.
    Fence,
    /// Every client is answered with something.
    NeverEmpty,
    /// Every query of equal source length inside a scope gets that answer.
    ScopeSound,
    /// A region outside a client's fences never changes its answer, TTL included.
    Independence,
    /// When a region improves, each slot keeps its region or moves to that one.
    Monotone,
    /// A share that changes by x moves x of the slots.
    SmallMoves,
    /// A TTL stays within the service's bounds.
    TtlBounds,
    /// Real query bytes are answered as the oracle allows.
    Wire,
}

impl Invariant {
    /// Its name in the report.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Fence => "fence",
            Self::NeverEmpty => "never_empty",
            Self::ScopeSound => "scope_sound",
            Self::Independence => "independence",
            Self::Monotone => "monotone",
            Self::SmallMoves => "small_moves",
            Self::TtlBounds => "ttl_bounds",
            Self::Wire => "wire",
        }
    }
}

/// One client, one state of the world, and an answer that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Counterexample {
    /// Regions that are not simply up: name and state. Fewer come first: the smallest is shown.
    pub states: Vec<(String, &'static str)>,
    /// The service.
    pub service: String,
    /// A real client.
    pub client: Prefix,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

/// The cases of one invariant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examined {
    /// How many cases were run.
    pub cases: u64,
    /// The smallest that breaks it; none: it holds.
    pub counterexample: Option<Counterexample>,
}

/// A smaller set of cases that stands for a larger one.
#[derive(Clone, Debug, PartialEq)]
pub struct Reduction {
    /// Why it does, by the name of the lemma that a test holds on small worlds.
    pub lemma: &'static str,
    /// Cases before.
    pub from: f64,
    /// Cases after.
    pub to: f64,
}

/// Everything examined so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ledger {
    pub(super) examined: BTreeMap<Invariant, Examined>,
    pub(super) reductions: BTreeMap<&'static str, (f64, f64)>,
}

impl Ledger {
    /// Counts cases that hold.
    pub(super) fn count(&mut self, invariant: Invariant, cases: u64) {
        self.examined.entry(invariant).or_default().cases += cases;
    }

    /// Notes a case that does not hold, and keeps the smallest.
    pub(crate) fn fail(&mut self, invariant: Invariant, found: Counterexample) {
        let held = &mut self.examined.entry(invariant).or_default().counterexample;
        let size = |example: &Counterexample| example.states.len();
        if held.as_ref().is_none_or(|held| (size(&found), &found) < (size(held), held)) {
            *held = Some(found);
        }
    }

    /// Notes that `to` cases stood for `from`.
    pub(super) fn reduce(&mut self, lemma: &'static str, from: f64, to: f64) {
        let sums = self.reductions.entry(lemma).or_default();
        *sums = (sums.0 + from, sums.1 + to);
    }

    /// Takes in what another part found.
    pub fn merge(&mut self, other: Self) {
        for (invariant, examined) in other.examined {
            self.count(invariant, examined.cases);
            if let Some(found) = examined.counterexample {
                self.fail(invariant, found);
            }
        }
        for (lemma, (from, to)) in other.reductions {
            self.reduce(lemma, from, to);
        }
    }

    /// How many cases were run.
    #[must_use]
    pub fn cases(&self) -> u64 {
        self.examined.values().map(|examined| examined.cases).sum()
    }

    /// Whether every invariant examined holds.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.examined.values().all(|examined| examined.counterexample.is_none())
    }

    /// What does not hold, in words: one line an invariant.
    pub fn broken(&self) -> impl Iterator<Item = String> + '_ {
        let broken = self
            .examined
            .iter()
            .filter_map(|(name, examined)| Some((name, examined.counterexample.as_ref()?)));
        broken.map(|(invariant, Counterexample { states, service, client, found, allowed })| {
            let states: Vec<String> =
                states.iter().map(|(region, state)| format!("{region} {state}")).collect();
            let states = if states.is_empty() { "all regions up".to_owned() } else { states.join(", ") };
            let word = invariant.word();
            format!(
                "{word} does not hold: {service} for {client}, {states}: found {found}; allowed {allowed}"
            )
        })
    }

    /// Each invariant examined, in order.
    pub fn invariants(&self) -> impl Iterator<Item = (Invariant, &Examined)> {
        self.examined.iter().map(|(invariant, examined)| (*invariant, examined))
    }

    /// Each reduction, by name.
    pub fn reductions(&self) -> impl Iterator<Item = Reduction> + '_ {
        self.reductions.iter().map(|(lemma, (from, to))| Reduction { lemma, from: *from, to: *to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example(states: &[&str]) -> Counterexample {
        Counterexample {
            states: states.iter().map(|name| ((*name).to_owned(), "down")).collect(),
            service: "api.example.com".into(),
            client: "81.2.69.0/24".parse().unwrap(),
            found: "us".into(),
            allowed: "eu".into(),
        }
    }

    #[test]
    fn the_smallest_counterexample_is_kept_across_parts() {
        let (mut one, mut other) = (Ledger::default(), Ledger::default());
        one.fail(Invariant::Fence, example(&["a", "b"]));
        other.fail(Invariant::Fence, example(&["z"]));
        other.count(Invariant::Fence, 7);
        other.reduce("twins", 36.0, 16.0);
        one.merge(other);
        let (_, fence) = one.invariants().next().unwrap();
        assert_eq!((fence.cases, fence.counterexample.as_ref().unwrap().states.len()), (7, 1));
        assert_eq!(
            one.reductions().collect::<Vec<_>>(),
            [Reduction { lemma: "twins", from: 36.0, to: 16.0 }]
        );
        assert!(!one.holds());
    }
}
