//! What must outlive the process: overrides, verdicts, audit and transitions, in one SQLite file.
//!
//! It knows how each survives a crash: a write has reached the disk before its call returns. It gives a [`Store`]
//! (blocking, the connection itself) and a [`StoreTask`] (its thread, for the director). It refuses to share the state
//! directory with another process, to touch a file it cannot trust, and to report as done what is not on disk.
//!
//! Journal: write-ahead log with `synchronous=FULL`. One commit is one append and one fsync; a torn or refused write
//! leaves the state before it, and the file itself is only rewritten at checkpoints. The exclusive locking mode does
//! without shared memory; `meridian.lock` says who holds the directory.
#![allow(clippy::disallowed_methods, reason = "an edge: it may read clocks and the environment")]

mod accepted;
mod chain;
mod error;
mod history;
mod kept;
mod lock;
mod overrides;
mod returns;
mod row;
mod schema;
mod task;
mod verdicts;

pub use accepted::{Accepted, Generation, NotKept};
pub use chain::Verified;
pub use error::{StoreError, Suspect};
pub use history::{Link, TRANSITIONS_KEPT};
pub use schema::Store;
pub use task::StoreTask;
