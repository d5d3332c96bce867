//! What the soft layers notice: each symptom lowers a weight, and each can be common to most regions.

use std::time::Duration;

use super::fault::FaultClass;
use super::reading::Reading;

/// A soft symptom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Symptom {
    /// The gateway answers with what it should not.
    Gateway,
    /// It takes no more work.
    Capacity,
    /// Its database does not answer it.
    Database,
    /// A model's provider does not work.
    Provider,
    /// It accepts requests and does not answer them in time.
    Timeout,
    /// It answers, and late.
    Slow,
}

impl Symptom {
    /// Every symptom.
    pub const ALL: [Self; 6] =
        [Self::Gateway, Self::Capacity, Self::Database, Self::Provider, Self::Timeout, Self::Slow];

    /// Its word in events, metrics and JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Capacity => "capacity",
            Self::Database => "database",
            Self::Provider => "provider",
            Self::Timeout => "timeout",
            Self::Slow => "slow",
        }
    }

    /// What a completion shows; none: it is well, or says nothing of the gateway. `reachable`: the hard layers were not in
    /// doubt meanwhile. While they are, theirs is the judgement, as it is of every connection that broke.
    pub(super) fn of(result: Result<(), FaultClass>, reading: Reading, reachable: bool) -> Option<Self> {
        match (result, reading) {
            (Ok(()), Reading::FirstToken(after)) if after > SLOW => Some(Self::Slow),
            (Err(FaultClass::Gateway), _) => Some(Self::Gateway),
            (Err(FaultClass::Capacity), _) => Some(Self::Capacity),
            (Err(FaultClass::Database), _) => Some(Self::Database),
            (Err(FaultClass::Provider), _) => Some(Self::Provider),
            (Err(FaultClass::Timeout), _) if reachable => Some(Self::Timeout),
            _ => None,
        }
    }
}

/// A set of symptoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Symptoms(u8);

impl Symptoms {
    /// Adds one.
    pub const fn insert(&mut self, symptom: Symptom) {
        self.0 |= 1 << symptom as u8;
    }

    /// Whether `symptom` is in the set.
    #[must_use]
    pub const fn contains(self, symptom: Symptom) -> bool {
        self.0 >> symptom as u8 & 1 == 1
    }

    /// Members, in order.
    pub fn iter(self) -> impl Iterator<Item = Symptom> {
        Symptom::ALL.into_iter().filter(move |symptom| self.contains(*symptom))
    }
}

/// A first token later than this is late.
pub(super) const SLOW: Duration = Duration::from_secs(3);
