//! What happened: transitions, overrides, reloads. Told to operators, kept in the store, counted in metrics.

use std::fmt;
use std::time::Duration;

use super::alarm::Alarm;
use super::overrides::Override;
use super::push::Push;
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
    /// A machine said something else of a region than before.
    Pushed(Push),
    /// What a machine said of a region holds no longer.
    PushEnded(Push),
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
    /// A start found the newest files broken, and serves what was accepted last.
    LastKnownGood {
        /// Unix seconds at which that was accepted.
        accepted: u64,
        /// What is wrong with the newest, as a person reads it.
        problems: Vec<String>,
    },
    /// A load took back what a reload otherwise refuses to, by an operator's force.
    ReloadForced {
        /// Who did.
        actor: Box<str>,
        /// Why, if that was said.
        reason: Option<Box<str>>,
        /// What would have refused it, as a person reads it.
        problems: Vec<String>,
    },
    /// An operator's word went through a safety rule.
    RuleOverridden {
        /// Who did.
        actor: Box<str>,
        /// The rule's key in the config.
        rule: Box<str>,
        /// What was broken, as a person reads it.
        what: Box<str>,
    },
    /// What was loaded was proven.
    Proven(Proven),
    /// A location database was not taken, and the old one serves on.
    DatabaseHeld {
        /// SHA-256 of its file, in hexadecimal.
        sha256: Box<str>,
        /// What it would move, in words.
        moved: Box<str>,
    },
    /// An alarm rose or fell.
    Alarm {
        /// As it was last.
        alarm: Alarm,
        /// Whether it holds now.
        now: Holds,
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

/// A proof in which every invariant holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// Cases that were run.
    pub cases: u64,
    /// How long it took, in whole milliseconds.
    pub took: Duration,
    /// What was left out because the time was over; none: it is whole.
    pub cut_short: Option<Box<str>>,
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
            Self::Pushed(_) => "pushed",
            Self::PushEnded(_) => "push_ended",
            Self::Reloaded { .. } => "reload",
            Self::ReloadRefused { .. } => "reload_refused",
            Self::LastKnownGood { .. } => "last_known_good",
            Self::ReloadForced { .. } => "reload_forced",
            Self::RuleOverridden { .. } => "rule_overridden",
            Self::Proven(_) => "proof",
            Self::DatabaseHeld { .. } => "database_held",
            Self::Alarm { .. } => "alarm",
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
            Self::Pushed(word) => write!(out, "{word}"),
            Self::PushEnded(word) => write!(out, "holds no longer: {word}"),
            Self::Reloaded { config_sha256 } => write!(out, "reloaded, config {config_sha256:.12}"),
            Self::ReloadRefused { problems } => {
                write!(out, "reload refused, {} problem(s); the old config serves on", problems.len())
            }
            Self::LastKnownGood { accepted: _, problems } => write!(
                out,
                "the newest files have {} problem(s); what was accepted last is served",
                problems.len()
            ),
            Self::ReloadForced { actor, reason, problems } => {
                let reason = reason.as_ref().map_or_else(String::new, |reason| format!(" ({reason})"));
                write!(out, "{actor} forced a reload{reason} through: {}", problems.join(" | "))
            }
            Self::RuleOverridden { actor, rule, what } => write!(out, "{actor} went through {rule}: {what}"),
            Self::Proven(proven) => write!(out, "{proven}"),
            Self::DatabaseHeld { sha256, moved } => {
                write!(out, "location database {sha256:.12} is held, the old one serves on: {moved}")
            }
            Self::Alarm { alarm, now: Holds::Began } => write!(out, "alarm: {alarm}"),
            Self::Alarm { alarm, now: Holds::Ended } => write!(out, "no alarm any more: {alarm}"),
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

impl fmt::Display for Proven {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (cases, seconds) = (self.cases, self.took.as_secs_f64());
        match &self.cut_short {
            None => write!(out, "proven: {cases} cases in {seconds:.1} s"),
            Some(what) => write!(
                out,
                "proven as far as it went: {cases} cases in {seconds:.1} s, then time was over before all {what} were met"
            ),
        }
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let result = self.fault.map_or("passed", FaultClass::word);
        write!(out, "{} {result}, {} round(s) in a row", self.layer.word(), self.rounds)
    }
}
