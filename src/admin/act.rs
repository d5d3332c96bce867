//! What the admin edge asks of the director, and what it gets back. Plain values: no HTTP, no JSON.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use tokio::sync::oneshot;

use super::overview::Overview;
use crate::answer::Explanation;
use crate::health::{FaultClass, Layer, Reading};
use crate::region::Endpoint;
use crate::world::{Forecast, Override, Push, Rule, StampedEvent, Status};

/// One request to the director. A dropped reply means that the asker has left; an act is then still an act.
#[derive(Debug)]
pub enum Act {
    /// Tell the state of everything.
    Status(oneshot::Sender<Status>),
    /// Take an operator's word.
    Override(Proposal, oneshot::Sender<Result<Placed, Refusal>>),
    /// End an override before its time; replies with the epoch.
    Lift(Lift, oneshot::Sender<Result<u64, Refusal>>),
    /// Load config, zones and database anew; replies with what serves, or every problem.
    Reload(Leave, oneshot::Sender<Result<Reloaded, Vec<ProblemLine>>>),
    /// Take what a machine says of a region.
    Push(Push, oneshot::Sender<Result<u64, Refusal>>),
    /// End a source's word about a region before its time; replies with the epoch.
    Unpush {
        /// The region's name.
        region: Box<str>,
        /// The source.
        source: Box<str>,
        /// The epoch.
        reply: oneshot::Sender<Result<u64, Refusal>>,
    },
    /// Take observations from a vantage.
    Observe(Report, oneshot::Sender<Result<(), Refusal>>),
    /// Say why a client gets its answer.
    Explain(Question, oneshot::Sender<Result<Explanation, Refusal>>),
    /// Say where a client may be served: by the service of this name, or by all.
    Where(IpNet, Option<Box<str>>, oneshot::Sender<Result<Whereabouts, Refusal>>),
    /// Tell all that the page shows, with the map of the service of this name; none: of the first one.
    Overview(Option<Box<str>>, oneshot::Sender<Result<Overview, Refusal>>),
    /// Give the newest kept events, at most so many, newest first.
    Recent(u32, oneshot::Sender<Result<Vec<StampedEvent>, Refusal>>),
    /// Recompute the hashes of everything that is kept.
    Verify(oneshot::Sender<Result<Audited, Refusal>>),
    /// Give at most `limit` kept events with numbers above `since`, oldest first, each with its chain and its hash.
    Links {
        /// The last number that the asker has.
        since: u64,
        /// How many at most.
        limit: u32,
        /// The events.
        reply: oneshot::Sender<Result<Vec<ChainedEvent>, Refusal>>,
    },
    /// Give at most `limit` kept events with numbers above `since`, oldest first.
    History {
        /// The last number that the asker has.
        since: u64,
        /// How many at most.
        limit: u32,
        /// The events.
        reply: oneshot::Sender<Result<Vec<StampedEvent>, Refusal>>,
    },
}

/// What the hashes of the kept events say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Audited {
    /// Every hash fits.
    Whole {
        /// Operators' acts and reloads.
        audit: u64,
        /// Verdicts and last resorts.
        transitions: u64,
    },
    /// Something was changed, removed or inserted.
    Broken {
        /// The number of the first event that does not fit; none: the last ones are gone.
        event: Option<u64>,
        /// `audit` or `transition`.
        chain: &'static str,
        /// In words.
        what: String,
    },
}

/// An event as it stands in its chain.
#[derive(Clone, Debug, PartialEq)]
pub struct ChainedEvent {
    /// What happened.
    pub event: StampedEvent,
    /// `audit` or `transition`.
    pub chain: Box<str>,
    /// SHA-256 over the link before it and this one, in hexadecimal.
    pub hash: String,
}

/// Drains or forces that an operator wants: all of them, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What would hold; regions and services are names that may not exist.
    pub wanted: Vec<Override>,
    /// The safety rules to go through.
    pub through: Vec<Rule>,
    /// Whether to do it.
    pub mode: Mode,
}

/// Whether a proposal is done or only judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Do it.
    Act,
    /// Say what would happen.
    DryRun,
}

/// Overrides as they hold (or would), and the snapshot that shows them.
#[derive(Clone, Debug, PartialEq)]
pub struct Placed {
    /// The overrides, in the order that was asked for.
    pub placed: Vec<Override>,
    /// What a dry run foresees.
    pub forecast: Option<Forecast>,
    /// The epoch that answers with it; of a dry run, the present one.
    pub epoch: u64,
}

/// What becomes of a location database that moves more than `max_drift` allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Drifting {
    /// It is held: the one that serves stays.
    #[default]
    Held,
    /// It is taken.
    Accepted,
}

/// What whoever asks for a load lets pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Leave {
    /// What becomes of a location database that moves too many.
    pub drifting: Drifting,
    /// Who goes through what else would refuse it, such as a zone that is gone; none: nobody does.
    pub forced: Option<Forced>,
}

/// An operator who takes a load although it takes back what serves: records, regions, fences, services, serials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Forced {
    /// Who.
    pub actor: Box<str>,
    /// Why, if that was said.
    pub reason: Option<Box<str>>,
}

/// What serves after a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reloaded {
    /// The epoch that answers with it.
    pub epoch: u64,
    /// Why the location database was not taken, and what takes it; none: it was, or is the same.
    pub held: Option<String>,
}

/// An override to end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lift {
    /// The region's name.
    pub region: Box<str>,
    /// The one service it is about; none: the override for all.
    pub service: Option<Box<str>>,
    /// Which of the two.
    pub place: Place,
    /// Who ends it.
    pub actor: Box<str>,
}

/// The two places for overrides that a region has, for each service and for all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `drain`
    Drain,
    /// `force`, up or down.
    Force,
    /// `canary`
    Canary,
}

/// Observations from one vantage.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// Where they were made.
    pub vantage: Box<str>,
    /// Grows with each report of a vantage.
    pub sequence: u64,
    /// Whether its control targets answer; none: it has none.
    pub controls: Option<bool>,
    /// What was observed.
    pub observations: Vec<Observed>,
}

/// One observation, by names.
#[derive(Clone, Debug, PartialEq)]
pub struct Observed {
    /// The region's name.
    pub region: Box<str>,
    /// The endpoint.
    pub endpoint: Endpoint,
    /// What was checked.
    pub layer: Layer,
    /// Passed, or the fault met.
    pub result: Result<(), FaultClass>,
    /// How long the attempt took.
    pub took: Duration,
    /// What it read beside.
    pub reading: Reading,
}

/// Who asks for what, and what to suppose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The name asked for, lower case, without the final dot.
    pub name: Box<str>,
    /// The client's subnet as ECS would carry it.
    pub client: IpNet,
    /// The resolver's address; none: the client's own.
    pub resolver: Option<IpAddr>,
    /// The type asked for (RFC 1035 §3.2.2).
    pub rtype: u16,
    /// States to suppose instead of the real ones.
    pub suppositions: Vec<Supposition>,
}

/// `REGION=up|down|drained`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Supposition {
    /// The region's name.
    pub region: Box<str>,
    /// The state to suppose.
    pub state: Supposed,
}

/// A state to suppose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Supposed {
    /// The probes say up, and no override holds.
    Up,
    /// The probes say down.
    Down,
    /// Drained.
    Drained,
}

/// Where a client may be served, for gateways that lock the second door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whereabouts {
    /// ISO 3166 codes of all countries in the block, the leading one first; empty when unlocated.
    pub countries: Vec<Box<str>>,
    /// Fences that hold the client, in config order.
    pub fences: Vec<Box<str>>,
    /// Regions that the fences allow.
    pub allowed: Vec<Box<str>>,
    /// The region that it would be sent to now.
    pub chosen: Option<Box<str>>,
}

/// One problem of a config or zone file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemLine {
    /// The file.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1.
    pub column: usize,
    /// The key, dotted; empty outside keys.
    pub key: String,
    /// What was found; what is allowed.
    pub what: String,
}

/// Why the director does not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No such region, service, name or override; says which there are.
    #[error("{0}")]
    Unknown(String),
    /// The request contradicts itself or the config.
    #[error("{0}")]
    Invalid(String),
    /// A safety rule forbids it.
    #[error("{what}")]
    Rule {
        /// The rule's key in `[safety]`.
        rule: Box<str>,
        /// The fence and the figure.
        what: String,
    },
    /// A sequence that is not above the last one of its vantage.
    #[error("{what}")]
    Stale {
        /// The last one.
        last: u64,
        /// The vantage and both sequences.
        what: String,
    },
    /// This asker may not.
    #[error("{0}")]
    Forbidden(String),
    /// The store did not take it, so it was not done.
    #[error("{0}")]
    Store(String),
}
