//! Arguments in, exit code out.

use std::io::IsTerminal;
use std::process::ExitCode;

use tracing_subscriber::EnvFilter;

/// hickory and what it stands on would log a line a query, and whatever a client does wrong.
const FILTER: &str = "info,hickory_server=off,hickory_net=off,quinn=off,quinn_proto=off,quinn_udp=off";

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr)
        .init();
    meridian::cli::run()
}
