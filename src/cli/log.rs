//! Where log lines go: standard error, one line an event, as text or as JSON.

use std::io::IsTerminal;

use clap::ValueEnum;
use tracing_subscriber::EnvFilter;

/// How a line is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people: time, level, words, `key=value`.
    #[default]
    Text,
    /// For programs: one JSON object a line.
    Json,
}

/// Begins to log. `RUST_LOG` says of what and how much, else [`FILTER`] does.
pub(super) fn begin(format: LogFormat) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match format {
        LogFormat::Text => lines.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => {
            lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init();
        }
    }
}

/// hickory and what it stands on would log a line a query, and whatever a client does wrong.
const FILTER: &str = "info,hickory_server=off,hickory_net=off,quinn=off,quinn_proto=off,quinn_udp=off";
