//! The director: binds, spawns, owns the World, publishes, drains, stops. The top of the house: it alone knows every
//! edge, and wires them by channels.
//!
//! ```text
//!   probe ──rounds──►┐                                ┌──► dns (answers from the snapshot)
//!   admin ──acts────►│ one task: World ──publish──────┤
//!   signals, clock ─►┘        │                       └──► metrics
//!                             └─ events ─► record ─► store, followers, log
//! ```
//!
//! A process takes its *stand* first: config, sockets, rights, on one thread. Then it *restores* what was kept, publishes,
//! tests itself, answers, and *wires* the other edges to the loop. A successor repeats all that beside it (`succession`).
//!
//! One task owns the World and waits for nothing but its next input. What can be slow (the disk, a load) runs beside it
//! and comes back as an input, so that neither a full disk nor a large reload delays a verdict.
#![allow(clippy::disallowed_methods, reason = "the top: it may read clocks")]

mod accepted;
mod acts;
mod alarms;
mod audit;
mod bind;
mod certificate;
mod demo;
mod drift;
mod expiry;
mod gauges;
mod guard;
mod late;
mod levels;
mod lookout;
mod notices;
mod offline;
mod orders;
mod overview;
mod probing;
mod prove;
mod query_log;
mod rates;
mod record;
mod reload;
mod reports;
mod restore;
mod run;
mod stamps;
mod stand;
mod start;
mod succession;
mod update;
mod upgrade;
mod watch;
mod wire;

pub use audit::{audit_file, audit_links};
pub use demo::{DemoOptions, demo};
pub use drift::{Drifts, drift};
pub use lookout::{Lookout, Sight};
pub use offline::{
    Losses, Summary, admin_socket, check, explain, groups, last_known_good, listens, lose, prove,
};
pub use prove::{Effort, Proof};
pub use reload::problem_line;
pub use stand::Stand;
pub use start::StartError;

use std::path::PathBuf;
use std::time::Duration;

use start::Director;

/// What `serve` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServeOptions {
    /// The config file.
    pub config: PathBuf,
    /// Whether to take the place of the process that serves now.
    pub takeover: bool,
}

/// Serves until SIGTERM or SIGINT, or until a successor does; SIGHUP loads the config anew.
///
/// # Errors
/// The state directory cannot be had, or the first picture does not answer as it should.
pub async fn serve(stand: Stand) -> Result<(), StartError> {
    let signals = run::signalled()?;
    Director::start(stand).await?.run(signals).await;
    Ok(())
}

/// How long a stop waits for TCP streams, requests and writes under way.
const DRAIN: Duration = Duration::from_secs(5);
