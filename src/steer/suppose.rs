//! A state to suppose of a region: what `--if` asks, what an explanation's smallest change is made of, what proofs try.

use super::decide::State;
use super::reason::Rejection;
use super::share::SLOTS;

/// A state to suppose of a region, whatever evidence and overrides say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supposed {
    /// It serves, with all of its share.
    Up,
    /// The probes say down.
    Down,
    /// An operator drained it.
    Drained,
}

impl Supposed {
    /// Its word in `--if`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Drained => "drained",
        }
    }

    /// Makes it so.
    pub const fn apply(self, state: &mut State) {
        state.share = SLOTS as u16;
        state.rejection = match self {
            Self::Up => None,
            Self::Down => Some(Rejection::Down),
            Self::Drained => Some(Rejection::Drained),
        };
        if let Self::Up = self {
            state.weight = 100;
        }
    }
}
