//! Why an operator's word is not taken.

use thiserror::Error;

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
    /// No safety rule has this name.
    #[error("there is no safety rule {found:?}; the rules are min_regions")]
    UnknownRule {
        /// The name as given.
        found: Box<str>,
    },
    /// A safety rule would be broken, or broken further.
    #[error(
        "{service} would keep {left} eligible region(s) {place}, and {rule} = {least}; \
         bring another region back first"
    )]
    Rule {
        /// The rule's key in the config.
        rule: &'static str,
        /// The service that would be left short.
        service: Box<str>,
        /// Inside which fence, in words.
        place: String,
        /// Eligible regions that would be left there.
        left: usize,
        /// How many the rule demands.
        least: u16,
    },
}

impl Refusal {
    /// The safety rule that refused, if one did.
    #[must_use]
    pub const fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Rule { rule, .. } => Some(rule),
            _ => None,
        }
    }
}

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}
