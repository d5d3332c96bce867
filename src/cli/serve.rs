//! `meridian serve`: the server, in the foreground.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::check::report_start_error;
use super::exit::Exit;
use super::terminal::{Audience, Terminal};
use crate::director::{self, ServeOptions, Stand, StartError};

/// Serve DNS, probe regions and listen to operators, in the foreground
#[derive(Debug, Args)]
#[command(after_help = "\
SIGHUP or `meridian reload` loads the config anew; SIGUSR2 starts a successor from the program's file as it is now,
which takes over; SIGTERM or Ctrl-C stops cleanly. RUST_LOG=debug says more, and --log-format json says it to programs.

Examples:
  meridian serve --config /etc/meridian/meridian.toml
  meridian serve --config /etc/meridian/meridian.toml --takeover   # beside the running one, which then leaves")]
pub(super) struct Serve {
    /// The config file
    #[arg(long, value_name = "FILE", default_value = "meridian.toml")]
    config: PathBuf,

    /// Take the place of the process that serves this config now, without losing a query
    #[arg(long)]
    takeover: bool,
}

impl Serve {
    pub(super) fn run(self) -> Exit {
        let Self { config, takeover } = self;
        // Before any thread but this one begins: rights are given up thread by thread.
        match Stand::take(ServeOptions { config, takeover }) {
            Ok(stand) => run_server(director::serve(stand)),
            Err(error) => report_start_error(&mut Terminal::new(Audience::Person), &error),
        }
    }
}

/// Runs a server to its end, on all cores.
pub(super) fn run_server(server: impl Future<Output = Result<(), StartError>>) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let ended = match runtime {
        Ok(runtime) => {
            let ended = runtime.block_on(server);
            runtime.shutdown_timeout(STRAGGLERS);
            ended
        }
        Err(error) => Err(StartError::System(error)),
    };
    match ended {
        Ok(()) => Exit::Done,
        Err(error) => report_start_error(&mut Terminal::new(Audience::Person), &error),
    }
}

/// What a thread that reads a file still gets, once all has ended that has to: a disk that hangs keeps no process.
const STRAGGLERS: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_hangs_on_a_disk_does_not_keep_the_process_from_ending() {
        let (hang, released) = std::sync::mpsc::channel::<()>();
        let server = async move {
            drop(tokio::task::spawn_blocking(move || released.recv()));
            Ok(())
        };
        assert_eq!(run_server(server), Exit::Done);
        drop(hang);
    }
}
