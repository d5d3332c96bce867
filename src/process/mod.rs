//! What this process is to its system: whose it is and what it may do, and what the service manager hears of it.
//!
//! It becomes another user once ports are bound, and can prove that nothing is left of root; it speaks the little
//! protocol of `sd_notify(3)`. It refuses to go on with more rights than were asked for.
#![allow(clippy::disallowed_methods, reason = "an edge: it may read the environment")]

mod account;
mod notify;
mod privileges;

pub use account::{Account, group_number};
pub use notify::Notifier;
pub use privileges::{Identity, PrivilegeError, become_user};
