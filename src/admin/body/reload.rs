//! `POST /v1/reload`: what serves from now on.

use serde::{Deserialize, Serialize};

use super::limits::Why;

/// What may be asked; no body asks for nothing beyond a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReloadRequest {
    /// Whether it is taken whatever would be gone.
    #[serde(default)]
    pub force: bool,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Why>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadBody {
    /// The snapshot that answers.
    pub epoch: u64,
    /// Why the location database was not taken, and what takes it; none: what is on disk serves.
    pub held: Option<String>,
}
