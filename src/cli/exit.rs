//! Exit codes, ordered: of several results, the worst is the command's.

use std::process::ExitCode;

/// How a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Exit {
    /// Done, or it holds.
    Done = 0,
    /// Refused, or it does not hold.
    Refused = 1,
    /// The arguments or the config are wrong.
    Usage = 2,
    /// Nobody answers there.
    NoServer = 3,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
