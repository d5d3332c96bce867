//! `meridian probe`: a vantage of its own, that reports to servers what it sees.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use super::check::report_start_error;
use super::connect::Connection;
use super::exit::Exit;
use super::failure::Failure;
use super::reporter::Reporter;
use super::terminal::{Audience, Terminal};
use crate::director::{Lookout, StartError};

/// Probe regions from here, as one of the config's vantages, and report to running servers
#[derive(Debug, Args)]
#[command(after_help = "\
Runs in the foreground until SIGTERM or Ctrl-C; SIGHUP reads the config anew. A server that is away is tried again; what
has grown old meanwhile is not reported.

Example:
  meridian probe --config /etc/meridian/meridian.toml --vantage paris --socket /run/meridian/admin.sock")]
pub(super) struct Probe {
    /// The config file: the servers' own, or a copy of it
    #[arg(long, value_name = "FILE", default_value = "meridian.toml")]
    config: PathBuf,
    /// Which of the config's vantages this is
    #[arg(long, value_name = "NAME")]
    vantage: String,
    /// Admin socket of a server to report to; give it again for several. Else MERIDIAN_SOCKET, else the config's
    #[arg(long, value_name = "PATH")]
    socket: Vec<PathBuf>,
}

impl Probe {
    pub(super) fn run(self) -> Exit {
        let mut terminal = Terminal::new(Audience::Person);
        let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return report_start_error(&mut terminal, &StartError::System(error)),
        };
        match runtime.block_on(self.report()) {
            Ok(()) => Exit::Done,
            Err(Ended::Start(StartError::Refused(refusal))) => {
                terminal.complain(&refusal.to_string());
                Exit::Usage
            }
            Err(Ended::Start(error)) => report_start_error(&mut terminal, &error),
            Err(Ended::Failure(failure)) => {
                terminal.complain(&failure.words());
                failure.exit
            }
        }
    }

    async fn report(self) -> Result<(), Ended> {
        let mut signals = Signals::take().map_err(Ended::Start)?;
        let mut lookout = Lookout::start(&self.config, &self.vantage).await.map_err(Ended::Start)?;
        let servers = Connection::new(self.socket, self.config, false).servers().map_err(Ended::Failure)?;
        let mut reporters: Vec<Reporter> =
            servers.into_iter().map(|server| Reporter::start(server, &self.vantage)).collect();
        tracing::info!(vantage = self.vantage, servers = reporters.len(), "probing");
        loop {
            tokio::select! {
                seen = lookout.see() => reporters.iter_mut().for_each(|reporter| reporter.take(&seen)),
                () = signals.stop.wait() => break,
                _ = signals.reload.recv() => match lookout.reload().await {
                    Ok(()) => tracing::info!("config read anew"),
                    Err(error) => tracing::error!(%error, "config not read anew; the old one serves on"),
                },
            }
        }
        lookout.stop().await;
        for reporter in reporters {
            reporter.stop(GOODBYE).await;
        }
        Ok(())
    }
}

/// Why it did not run.
enum Ended {
    Start(StartError),
    Failure(Failure),
}

struct Signals {
    stop: Stop,
    reload: Signal,
}

struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn take() -> Result<Self, StartError> {
        let on = |kind| signal(kind).map_err(StartError::System);
        let stop = Stop { terminate: on(SignalKind::terminate())?, interrupt: on(SignalKind::interrupt())? };
        Ok(Self { stop, reload: on(SignalKind::hangup())? })
    }
}

impl Stop {
    async fn wait(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// How long a stop waits for a report under way.
const GOODBYE: Duration = Duration::from_secs(1);
