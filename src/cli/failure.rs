//! Why a server did not do it: the exit code, the words for people, the document for programs.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::exit::Exit;
use crate::admin::body::{ErrorBody, ProblemsBody};

/// Why a server did not do it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) exit: Exit,
    pub(super) error: String,
    /// The safety rule that forbids it.
    pub(super) rule: Option<String>,
    /// The problems of a refused reload.
    pub(super) problems: Option<ProblemsBody>,
    /// The status of the server's answer.
    pub(super) status: Option<StatusCode>,
    /// The last sequence that the server took, where a report's was not above it.
    pub(super) sequence: Option<u64>,
}

impl Failure {
    pub(super) fn new(exit: Exit, error: impl Into<String>) -> Self {
        Self { exit, error: error.into(), rule: None, problems: None, status: None, sequence: None }
    }

    pub(super) fn usage(error: impl Into<String>) -> Self {
        Self::new(Exit::Usage, error)
    }

    /// As JSON: the server's own words.
    pub(super) fn document(&self) -> Value {
        if let Some(problems) = &self.problems {
            return json!(problems);
        }
        json!(ErrorBody { error: self.error.clone(), rule: self.rule.clone(), sequence: None })
    }

    /// As people read it.
    pub(super) fn words(&self) -> String {
        match (&self.problems, &self.rule) {
            (Some(body), _) => body.problems.iter().map(|problem| format!("{problem}\n")).collect(),
            (None, Some(rule)) => {
                format!("refused by {rule}: {}; --override-rule {rule} goes through", self.error)
            }
            (None, None) => self.error.clone(),
        }
    }

    /// What a status other than success says.
    pub(super) fn of_answer(status: StatusCode, text: &str) -> Self {
        if let Ok(problems) = serde_json::from_str::<ProblemsBody>(text) {
            let mut failure = Self::usage(format!("{} problems", problems.problems.len()));
            failure.problems = Some(problems);
            return failure;
        }
        let body: ErrorBody = serde_json::from_str(text).unwrap_or_else(|_| ErrorBody {
            error: format!("the server answered {status}"),
            rule: None,
            sequence: None,
        });
        let exit = match status {
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Exit::Usage,
            _ => Exit::Refused,
        };
        let mut failure = Self::new(exit, body.error);
        failure.rule = body.rule;
        (failure.status, failure.sequence) = (Some(status), body.sequence);
        failure
    }
}
