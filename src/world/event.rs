//! What happened: transitions, overrides, reloads. Told to operators, kept in the store, counted in metrics.

use std::fmt;

use super::overrides::Override;
use crate::health::{FaultClass, Layer, Verdict};

/// Something that changed the picture, or was refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Event {
    /// An endpoint's verdict flipped.
    Endpoint {
        /// The region's name.
        region: Box<str>,
        /// The endpoint's address, as text.
        endpoint: Box<str>,
        /// What was held before.
        from: Verdict,
        /// What is held now.
        to: Verdict,
        /// The observation that did it.
        evidence: Evidence,
    },
    /// A region's verdict changed.
    Region {
        /// The region's name.
        region: Box<str>,
        /// What was held before.
        from: Verdict,
        /// What is held now.
        to: Verdict,
        /// The evidence that did it, as a person reads it.
        cause: Box<str>,
    },
    /// A region's weight changed for its soft evidence.
    Weight {
        /// The region's name.
        region: Box<str>,
        /// Of its normal share before, 0 to 100.
        from: u8,
        /// Of its normal share now.
        to: u8,
        /// The evidence that did it, as a person reads it.
        cause: Box<str>,
    },
    /// An operator's word was taken, in place of an earlier one or not.
    Overridden(Override),
    /// An operator took an override back.
    Lifted {
        /// What was lifted.
        lifted: Override,
        /// Who lifted it.
        actor: Box<str>,
    },
    /// An override reached its end.
    Expired(Override),
    /// Config, zones and database were loaded anew.
    Reloaded {
        /// SHA-256 of the config file, in hexadecimal.
        config_sha256: Box<str>,
    },
    /// A reload was refused and the old world serves on.
    ReloadRefused {
        /// Every problem, as a person reads it.
        problems: Vec<String>,
    },
    /// A service began or ceased to be answered from its last resort inside a fence (or outside all fences).
    LastResort {
        /// The service's name.
        service: Box<str>,
        /// The fence's name; none for clients without a fence.
        fence: Option<Box<str>>,
        /// Whether it holds now.
        now: Holds,
    },
}

/// Whether a condition began or ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// It holds from now on.
    Began,
    /// It holds no longer.
    Ended,
}

/// What flipped an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// The layer observed last.
    pub layer: Layer,
    /// The fault met, none when it passed.
    pub fault: Option<FaultClass>,
    /// How many rounds in a row said so.
    pub rounds: u32,
}

impl Event {
    /// The kind's word in JSON and logs.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Endpoint { .. } => "endpoint",
            Self::Region { .. } => "region",
            Self::Weight { .. } => "weight",
            Self::Overridden(_) => "override",
            Self::Lifted { .. } => "lifted",
            Self::Expired(_) => "expired",
            Self::Reloaded { .. } => "reload",
            Self::ReloadRefused { .. } => "reload_refused",
            Self::LastResort { .. } => "last_resort",
        }
    }
}

impl fmt::Display for Event {
    /// One line for people.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint { region, endpoint, from, to, evidence } => {
                write!(out, "endpoint {endpoint} of {region}: {from} → {to} ({evidence})")
            }
            Self::Region { region, from, to, cause } => {
                write!(out, "region {region}: {from} → {to} ({cause})")
            }
            Self::Weight { region, from, to, cause } => {
                write!(out, "weight of {region}: {from} → {to} ({cause})")
            }
            Self::Overridden(held) => write!(out, "{held}"),
            Self::Lifted { lifted, actor } => write!(out, "{actor} lifted: {lifted}"),
            Self::Expired(held) => write!(out, "ended by itself: {held}"),
            Self::Reloaded { config_sha256 } => write!(out, "reloaded, config {config_sha256:.12}"),
            Self::ReloadRefused { problems } => {
                write!(out, "reload refused, {} problem(s); the old config serves on", problems.len())
            }
            Self::LastResort { service, fence, now } => {
                let place = fence.as_ref().map_or(String::new(), |fence| format!(" inside fence {fence}"));
                match now {
                    Holds::Began => write!(out, "{service} is answered from its last resort{place}"),
                    Holds::Ended => write!(out, "{service} has an eligible region again{place}"),
                }
            }
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = self.fault.map_or("passed", FaultClass::word);
        write!(out, "{} {result}, {} round(s) in a row", self.layer.word(), self.rounds)
    }
}
