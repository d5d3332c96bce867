//! `POST /v1/reload`: what serves from now on.

use serde::{Deserialize, Serialize};

/// The body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReloadBody {
    /// The snapshot that answers.
    pub epoch: u64,
    /// Why the location database was not taken, and what takes it; none: what is on disk serves.
    pub held: Option<String>,
}
