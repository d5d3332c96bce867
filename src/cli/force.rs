//! `meridian force` and `meridian unforce`: an operator's word over the probes', and its end.

use clap::{Args, ValueEnum};

use super::connect::Connection;
use super::exit::Exit;
use super::overrides::{self, Placing, Terms};
use crate::admin::body::ForceState;

/// Treat a region as up or down, whatever its probes say
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  meridian force eu-west down --for 30m --reason \"bad answers, probes pass\"
  meridian force eu-west up --for 10m --reason \"probe path is broken, region is fine\"")]
pub(super) struct Force {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// What it is treated as
    state: State,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum State {
    Up,
    Down,
}

/// Let the probes speak for a region again
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  meridian unforce eu-west")]
pub(super) struct Unforce {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// The force of this one service instead of that of all
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Force {
    pub(super) fn run(&self) -> Exit {
        let state = match self.state {
            State::Up => ForceState::Up,
            State::Down => ForceState::Down,
        };
        let region = std::slice::from_ref(&self.region);
        let placing = Placing { place: "force", state: Some(state), gradual: None, share: None };
        overrides::put(&self.connection, region, &self.terms, &placing)
    }
}

impl Unforce {
    pub(super) fn run(&self) -> Exit {
        let region = std::slice::from_ref(&self.region);
        overrides::lift(&self.connection, region, "force", self.service.as_deref())
    }
}
