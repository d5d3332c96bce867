//! SIGUSR2: this process starts its own successor, from the program's file and the config as they are now, and leaves once
//! that one serves. It is what `systemctl reload` asks for: the successor is a child, and so of the same service.
//!
//! A successor that fails says why on standard error, which is ours too, and changes nothing.

use std::env;
use std::ffi::OsString;
use std::process::{Child, Command};
use std::thread;

use super::start::Director;
use super::succession::TRY_AGAIN;

impl Director {
    /// Starts a successor, unless one is at work.
    pub(super) fn start_successor(&self) {
        if self.succession.is_under_way() {
            return tracing::warn!("{TRY_AGAIN}");
        }
        match successor(env::args_os()).and_then(|mut command| command.spawn()) {
            Ok(child) => {
                tracing::info!(pid = child.id(), "started a successor");
                // A thread that nobody waits for: where all is well, this process ends before the other.
                let _none = thread::Builder::new().name("successor".to_owned()).spawn(move || mourn(child));
            }
            Err(error) => tracing::error!(%error, "no successor could be started; this process serves on"),
        }
    }
}

/// The words that this process was started with, and `--takeover`. Sockets come from us, not from a service manager.
fn successor(mut words: impl Iterator<Item = OsString>) -> std::io::Result<Command> {
    let nameless = || std::io::Error::other("the process does not know its program");
    let mut command = Command::new(words.next().ok_or_else(nameless)?);
    command.args(words.filter(|word| word != TAKEOVER)).arg(TAKEOVER);
    // Names that a service manager meant for this process alone.
    for name in ["LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_PID"] {
        command.env_remove(name);
    }
    Ok(command)
}

fn mourn(mut successor: Child) {
    match successor.wait() {
        Ok(status) => tracing::error!(%status, "the successor has ended; this process serves on"),
        Err(error) => tracing::error!(%error, "nobody knows what became of the successor"),
    }
}

const TAKEOVER: &str = "--takeover";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_is_started_as_this_process_was_and_takes_over_once() {
        for given in [&["/usr/bin/meridian", "serve"][..], &["/usr/bin/meridian", "serve", "--takeover"]] {
            let command = successor(given.iter().map(OsString::from)).unwrap();
            assert_eq!(command.get_program(), "/usr/bin/meridian");
            assert!(command.get_args().eq(["serve", "--takeover"]), "{command:?}");
            let removed = command.get_envs().filter(|(_, value)| value.is_none()).count();
            assert_eq!(removed, 4, "{command:?}");
        }
        assert!(successor(std::iter::empty()).is_err());
    }
}
