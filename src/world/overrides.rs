//! An operator's word: what it says, about which region, by whom, why and until when.

/// What an override does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OverrideKind {
    /// Takes the region out of the answers, as long as its fence has another.
    Drain,
    /// Serves it whatever the probes say.
    ForceUp,
    /// Treats it as down whatever the probes say.
    ForceDown,
}

impl OverrideKind {
    /// Its word in JSON, metrics and the store.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drain => "drain",
            Self::ForceUp => "force_up",
            Self::ForceDown => "force_down",
        }
    }

    /// The kind of a word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Drain, Self::ForceUp, Self::ForceDown]
            .into_iter()
            .find(|kind| kind.word() == word)
    }

    /// Whether both occupy the same place: a region has at most one drain and one force, each per service or for all.
    #[must_use]
    pub const fn same_place(self, other: Self) -> bool {
        matches!(self, Self::Drain) == matches!(other, Self::Drain)
    }
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
}

impl Override {
    /// Whether `other` would take this one's place.
    #[must_use]
    pub fn same_place(&self, other: &Self) -> bool {
        self.region == other.region && self.service == other.service && self.kind.same_place(other.kind)
    }
}
