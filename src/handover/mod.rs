//! Sockets that come from another process: a service manager that bound them before us, or a predecessor that still
//! serves from them.
//!
//! ```text
//!  successor                                predecessor
//!     hello PID            ───────────►        one at a time: granted, or busy PID
//!     give                 ───────────►        writes what waits, lets go of the store
//!                          ◄───────────        every socket (SCM_RIGHTS), given
//!     opens the store, builds the picture, tests itself, answers beside it
//!     serving              ───────────►        stops accepting, drains
//!                          ◄───────────        go
//!                          ◄───────────        (end of the stream: it reads no socket any more)
//! ```
//!
//! The predecessor answers all the while. Whatever goes wrong before `go` (the stream ends, a word is missing, a step
//! takes too long) leaves it as it was: it takes its store back and goes on. The descriptors are the very same sockets,
//! so that nothing that waits in them is lost.
//!
//! This folder knows the words and the descriptors. What is given, and what giving up the store means, is the
//! director's. It refuses anyone but root and the user that it runs as.
#![allow(clippy::disallowed_methods, reason = "an edge: it may read clocks and the environment")]

mod door;
mod frame;
mod inherited;
mod predecessor;

pub use door::{Ask, Door, Given};
pub use inherited::Inherited;
pub use predecessor::{Predecessor, TakeoverError};

use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where a running process waits for its successor: beside its admin socket.
#[must_use]
pub fn place(admin: &Path) -> PathBuf {
    let mut name = admin.file_name().unwrap_or_default().to_owned();
    name.push(".takeover");
    admin.with_file_name(name)
}

/// How long either side waits for the other's next word. Building a picture of a million records takes a few seconds.
const PATIENCE: Duration = Duration::from_secs(60);
