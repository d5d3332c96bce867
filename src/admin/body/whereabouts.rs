//! `GET /v1/where`: where a client may be served.

use serde::{Deserialize, Serialize};

use crate::admin::act::Whereabouts;

/// The body.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WhereBody {
    /// ISO 3166 codes, the leading one first.
    pub countries: Vec<String>,
    /// The fences that hold the client, joined by `+`; none: free.
    pub fence: Option<String>,
    /// The regions that they allow.
    pub allowed: Vec<String>,
    /// The region that it would be sent to now.
    pub chosen: Option<String>,
}

impl From<Whereabouts> for WhereBody {
    fn from(found: Whereabouts) -> Self {
        let fences = found.fences.join("+");
        Self {
            countries: found.countries.into_iter().map(Into::into).collect(),
            fence: (!fences.is_empty()).then_some(fences),
            allowed: found.allowed.into_iter().map(Into::into).collect(),
            chosen: found.chosen.map(Into::into),
        }
    }
}
