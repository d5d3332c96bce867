//! `GET /v1/audit` and `GET /v1/audit/events`: whether the kept events are what was written, and all of them.

use serde::{Deserialize, Serialize};

use super::event::EventBody;
use crate::admin::act::{Audited, ChainedEvent};

/// Whether every hash fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditBody {
    /// Whether it does.
    pub holds: bool,
    /// Operators' acts and reloads, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audit: Option<u64>,
    /// Verdicts and last resorts, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transitions: Option<u64>,
    /// The first event that does not fit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<u64>,
    /// The chain that is broken: `audit` or `transition`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chain: Option<String>,
    /// What is wrong, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Some kept events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinksBody {
    /// Oldest first.
    pub events: Vec<LinkBody>,
}

/// One kept event as it stands in its chain.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LinkBody {
    /// `audit` or `transition`.
    pub chain: String,
    /// SHA-256 over the link before it and this one, in hexadecimal.
    pub hash: String,
    /// What happened.
    #[serde(flatten)]
    pub event: EventBody,
}

impl From<Audited> for AuditBody {
    fn from(audited: Audited) -> Self {
        let empty =
            Self { holds: false, audit: None, transitions: None, event: None, chain: None, error: None };
        match audited {
            Audited::Whole { audit, transitions } => {
                Self { holds: true, audit: Some(audit), transitions: Some(transitions), ..empty }
            }
            Audited::Broken { event, chain, what } => {
                Self { event, chain: Some(chain.to_owned()), error: Some(what), ..empty }
            }
        }
    }
}

impl From<ChainedEvent> for LinkBody {
    fn from(link: ChainedEvent) -> Self {
        Self { chain: link.chain.into(), hash: link.hash, event: link.event.into() }
    }
}
