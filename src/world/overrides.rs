//! An operator's word: what it says, about which region, by whom, why and until when.

use std::fmt;

use super::portion::Portion;
use crate::steer::SLOTS;

/// What an override does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverrideKind {
    /// Takes the region out of the answers, as long as its fence has another.
    Drain,
    /// Serves it whatever the probes say.
    ForceUp,
    /// Treats it as down whatever the probes say.
    ForceDown,
    /// Gives it this part of every client, before its turn: in place of the service's own `canary`.
    Canary(Portion),
    /// Keeps it out after it has recovered: a machine says so where failback is manual, and a `force up` ends it.
    Hold,
}

impl OverrideKind {
    /// Its word in JSON, metrics and the store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::ForceUp => "force_up",
            Self::ForceDown => "force_down",
            Self::Canary(_) => "canary",
            Self::Hold => "hold",
        }
    }

    /// The kind of a word; a canary, and nothing else, has a portion.
    #[must_use]
    pub fn from_word(word: &str, portion: Option<Portion>) -> Option<Self> {
        match portion {
            Some(portion) => (word == "canary").then_some(Self::Canary(portion)),
            None => [Self::Drain, Self::ForceUp, Self::ForceDown, Self::Hold]
                .into_iter()
                .find(|kind| kind.word() == word),
        }
    }

    /// A canary's part.
    #[must_use]
    pub const fn portion(self) -> Option<Portion> {
        match self {
            Self::Canary(portion) => Some(portion),
            Self::Drain | Self::ForceUp | Self::ForceDown | Self::Hold => None,
        }
    }
}

/// What an override occupies: a region has at most one drain, one force, one canary's part and one hold, each for all
/// services or for one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The region's name.
    pub region: Box<str>,
    /// The one service it is about; none: all.
    pub service: Option<Box<str>>,
    /// Beside which others it stands.
    pub sort: Sort,
}

/// The sorts of override that stand beside each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sort {
    /// `drain`
    Drain,
    /// `force_up`, `force_down`
    Force,
    /// `canary`
    Canary,
    /// `hold`
    Hold,
}

/// One override. Regions and services are named, so that it survives a reload that moves them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The region's name.
    pub region: Box<str>,
    /// The one service it is about; none: all.
    pub service: Option<Box<str>>,
    /// What it does.
    pub kind: OverrideKind,
    /// Who said it.
    pub actor: Box<str>,
    /// Why.
    pub reason: Box<str>,
    /// Unix seconds from which it holds.
    pub from: u64,
    /// Unix seconds at which it ends by itself.
    pub until: u64,
    /// How a drain takes the region's share away; none: all of it at once.
    pub gradual: Option<Ramp>,
}

/// A share that goes down evenly, in unix seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ramp {
    /// All of it is there until then.
    pub since: u64,
    /// Nothing of it is left from then on.
    pub gone: u64,
}

impl Ramp {
    /// Slots of 4096 that are left at a time in unix seconds.
    #[must_use]
    pub fn left(&self, unix: u64) -> u16 {
        let (left, whole) = (self.gone.saturating_sub(unix), self.gone.saturating_sub(self.since));
        let slots = u128::from(left.min(whole)) * SLOTS as u128 / u128::from(whole.max(1));
        slots as u16
    }
}

impl Override {
    /// What it occupies.
    #[must_use]
    pub fn place(&self) -> Place {
        let sort = match self.kind {
            OverrideKind::Drain => Sort::Drain,
            OverrideKind::ForceUp | OverrideKind::ForceDown => Sort::Force,
            OverrideKind::Canary(_) => Sort::Canary,
            OverrideKind::Hold => Sort::Hold,
        };
        Place { region: self.region.clone(), service: self.service.clone(), sort }
    }

    /// Whether `other` would take this one's place.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        self.place() == other.place()
    }
}

impl fmt::Display for Override {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            OverrideKind::Drain => "drain",
            OverrideKind::ForceUp => "force up",
            OverrideKind::ForceDown => "force down",
            OverrideKind::Canary(_) => "canary",
            OverrideKind::Hold => "hold",
        };
        write!(out, "{kind} {}", self.region)?;
        if let Some(portion) = self.kind.portion() {
            write!(out, " {portion}")?;
        }
        if let Some(service) = &self.service {
            write!(out, " for {service}")?;
        }
        if let Some(ramp) = self.gradual {
            write!(out, " over {} s", ramp.gone.saturating_sub(ramp.since))?;
        }
        write!(out, " by {}: {}", self.actor, self.reason)
    }
}
