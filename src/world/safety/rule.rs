//! The rules by name, and what a broken one says.

use std::fmt;
use std::str::FromStr;

/// A safety rule, named by its key in `[safety]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Eligible regions that each service keeps inside each fence.
    MinRegions,
    /// Capacity that each service keeps inside each fence.
    MinCapacity,
    /// Users that one act may move at once.
    MaxMove,
    /// The other two still hold with one more region lost.
    NMinus1,
}

impl Rule {
    const ALL: [Self; 4] = [Self::MinRegions, Self::MinCapacity, Self::MaxMove, Self::NMinus1];

    /// Its key in the config.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MinRegions => "min_regions",
            Self::MinCapacity => "min_capacity",
            Self::MaxMove => "max_move",
            Self::NMinus1 => "n_minus_1",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// A name that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no safety rule {0:?}; the rules are min_regions, min_capacity, max_move, n_minus_1")]
pub struct NoSuchRule(Box<str>);

impl FromStr for Rule {
    type Err = NoSuchRule;

    fn from_str(name: &str) -> Result<Self, NoSuchRule> {
        Self::ALL.into_iter().find(|rule| rule.name() == name).ok_or_else(|| NoSuchRule(name.into()))
    }
}

/// What an act would break: the rule, and the service, the fence and the figure in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// The rule.
    pub rule: Rule,
    /// Which service would be left with what, where, and how much the rule demands.
    pub what: String,
}

impl fmt::Display for Breach {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}
