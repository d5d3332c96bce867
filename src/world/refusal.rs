//! Why an operator's word is not taken.

use thiserror::Error;

use super::safety::Breach;

/// A refused override.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No region has this name.
    #[error("there is no region {found:?}; the regions are {}", allowed.join(", "))]
    UnknownRegion {
        /// The name as given.
        found: Box<str>,
        /// Names that exist.
        allowed: Vec<String>,
    },
    /// No service has this name, or the region is none of its own.
    #[error("region {region:?} serves no service {found:?}; it serves {}", list(allowed))]
    UnknownService {
        /// The region asked about.
        region: Box<str>,
        /// The name as given.
        found: Box<str>,
        /// Services of that region.
        allowed: Vec<String>,
    },
    /// The region cannot be a canary there.
    #[error("{region} cannot be a canary: {why}")]
    NoCanary {
        /// The region asked about.
        region: Box<str>,
        /// What stands against it, and what helps.
        why: String,
    },
    /// A safety rule would be broken, or broken further.
    #[error("{0}")]
    Rule(Breach),
}

impl Refusal {
    /// The safety rule that refused, if one did.
    #[must_use]
    pub const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Rule(breach) => Some(breach.rule.name()),
            _ => None,
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
