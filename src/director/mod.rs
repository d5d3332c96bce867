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
//! One task owns the World and waits for nothing but its next input. What can be slow (the disk, a load) runs beside it
//! and comes back as an input, so that neither a full disk nor a large reload delays a verdict.
#![allow(clippy::disallowed_methods, reason = "the top: it may read clocks")]

mod acts;
mod demo;
mod gauges;
mod orders;
mod record;
mod reload;
mod run;
mod start;

pub use demo::{Demo, demo};
pub use start::{Director, StartError};

use std::path::Path;
use std::time::Duration;

/// Serves the config at `path` until a signal says stop. `told` hears what a person should know once all listens.
pub fn serve(path: &Path, told: impl FnOnce(&Director)) -> Result<(), StartError> {
    runtime()?.block_on(async {
        let director = Director::start(path).await?;
        told(&director);
        director.run(run::signalled()?).await;
        Ok(())
    })
}

fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(RUNTIME_THREADS)
        .enable_all()
        .build()
        .map_err(StartError::System)
}

/// For the loop, the probes and the operators; DNS has threads of its own.
const RUNTIME_THREADS: usize = 2;
/// How long a stop waits for TCP streams, requests and writes under way.
const DRAIN: Duration = Duration::from_secs(5);
