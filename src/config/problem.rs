//! A mistake in a file: where it is, what was found, what is allowed. It is what a person reads and what JSON carries.

use std::fmt;
use std::path::PathBuf;

use crate::zone;

/// One mistake, or one warning. Shown as `FILE:LINE:COLUMN: KEY: what was found; what is allowed`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file, as it was named or found.
    pub file: PathBuf,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// Path of the key (`regions.eu-west.endpoints[1]`), owner name of the record, or what of the file is meant.
    pub key: String,
    /// What was found, and what is allowed.
    pub what: String,
}

impl Problem {
    /// A problem with a file as a whole: it is put at its first character.
    #[must_use]
    pub fn of_file(file: PathBuf, key: &str, what: impl fmt::Display) -> Self {
        Self { file, line: 1, column: 1, key: key.to_owned(), what: what.to_string() }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, key, what } = self;
        write!(formatter, "{}:{line}:{column}: {key}: {what}", file.display())
    }
}

impl From<zone::Problem> for Problem {
    fn from(problem: zone::Problem) -> Self {
        Self {
            file: PathBuf::from(&*problem.spot.file),
            line: problem.spot.line as usize,
            column: problem.spot.column as usize,
            key: problem.key,
            what: problem.reason.to_string(),
        }
    }
}

/// What reading came across.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// Each of them refuses the config.
    pub problems: Vec<Problem>,
    /// Worth telling, and no more.
    pub warnings: Vec<Problem>,
}

impl Findings {
    /// Both, as one.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.problems.extend(other.problems);
        self.warnings.extend(other.warnings);
        self
    }
}
