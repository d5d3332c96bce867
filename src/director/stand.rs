//! What comes before anything runs: the config, the sockets, and no more rights than serving needs. One thread, nothing
//! that awaits, and not an octet read from the network.

use std::path::{Path, PathBuf};

use super::ServeOptions;
use super::accepted::{Begun, Fallback, begin};
use super::bind::{Copies, Doors, Ports};
use super::reload::{Prepared, load};
use super::start::StartError;
use crate::clock::Clock;
use crate::config::Files;
use crate::handover::{self, Inherited, Predecessor, TakeoverError};
use crate::process::{Identity, Notifier, become_user};

/// A server that has all it needs and serves nothing yet. Dropping it leaves a predecessor as it was.
#[derive(Debug)]
pub struct Stand {
    pub(super) path: PathBuf,
    pub(super) prepared: Prepared,
    /// Why the newest files do not serve, where they do not.
    pub(super) fallback: Option<Fallback>,
    pub(super) ports: Ports,
    pub(super) doors: Doors,
    pub(super) copies: Copies,
    pub(super) predecessor: Option<Predecessor>,
    pub(super) notifier: Notifier,
}

impl Stand {
    /// Takes its stand. Call it before any other thread begins: rights are given up thread by thread.
    ///
    /// # Errors
    /// The config has mistakes, a socket cannot be had, rights cannot be given up, or a predecessor refuses.
    pub fn take(options: ServeOptions) -> Result<Self, StartError> {
        let ServeOptions { config: path, takeover } = options;
        let notifier = Notifier::from_environment();
        let begun = begin(&path, Clock::start().now()).map_err(StartError::Config)?;
        let Begun { mut prepared, fallback } = begun;
        // The running process serves what was accepted already: newer files that are broken are no reason to end it.
        if let Some(broken) = fallback.as_ref().filter(|_| takeover) {
            return Err(StartError::Config(broken.problems.clone()));
        }
        let mut inherited = Inherited::from_service_manager().map_err(StartError::System)?;
        let mut predecessor = None;
        if takeover {
            predecessor = Some(succeed(&prepared, &path, &mut inherited)?);
        }
        let ports = Ports::open(&prepared.settings, &mut inherited)?;
        let user = prepared.settings.server.user.clone();
        if let Some(user) = user
            && become_user(&user)? == Identity::Changed
            && fallback.is_none()
        {
            // What only root can read would fail at the next reload: better now.
            prepared = load(&Files::Disk, &path).map_err(StartError::Config)?;
        }
        let doors = Doors::open(&prepared.settings, &mut inherited)?;
        for left in inherited.left() {
            tracing::warn!("{left} was passed on, and the config does not listen there: it is closed");
        }
        let copies = Copies::of(&prepared.settings, &ports, &doors).map_err(StartError::System)?;
        Ok(Self { path, prepared, fallback, ports, doors, copies, predecessor, notifier })
    }
}

/// Asks the running process for its sockets.
fn succeed(
    prepared: &Prepared,
    path: &Path,
    inherited: &mut Inherited,
) -> Result<Predecessor, TakeoverError> {
    let admin = prepared.settings.admin.as_ref();
    let admin = admin.ok_or_else(|| TakeoverError::NoPlace { config: path.to_owned() })?;
    let mut predecessor = Predecessor::meet(&handover::place(&admin.socket))?;
    predecessor.sockets(inherited)?;
    Ok(predecessor)
}
