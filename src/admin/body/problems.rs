//! What is said when something is not done.

use serde::{Deserialize, Serialize};

use crate::admin::act::ProblemLine;

/// Every 4xx and 5xx, but a refused reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// What was found, what is allowed.
    pub error: String,
    /// The safety rule that forbids it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// The last sequence that was taken, where a report's is not above it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<u64>,
}

/// A refused reload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemsBody {
    /// All of them.
    pub problems: Vec<ProblemBody>,
}

/// One problem of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemBody {
    /// The file's path.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    /// The key, dotted.
    pub key: String,
    /// What was found; what is allowed.
    pub what: String,
}

impl From<Vec<ProblemLine>> for ProblemsBody {
    fn from(problems: Vec<ProblemLine>) -> Self {
        Self { problems: problems.into_iter().map(ProblemBody::from).collect() }
    }
}

impl From<ProblemLine> for ProblemBody {
    fn from(problem: ProblemLine) -> Self {
        Self {
            file: problem.file.display().to_string(),
            line: problem.line,
            column: problem.column,
            key: problem.key,
            what: problem.what,
        }
    }
}

impl std::fmt::Display for ProblemBody {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { file, line, column, key, what } = self;
        write!(out, "{file}:{line}:{column}: {key}: {what}")
    }
}
