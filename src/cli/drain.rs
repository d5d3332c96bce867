//! `meridian drain` and `meridian undrain`: takes regions out of the answers, and back in.

use clap::Args;

use super::connect::Connection;
use super::exit::Exit;
use super::overrides::{self, Placing, Terms};
use super::wait;
use crate::admin::body::Gradual;

/// Take regions out of the answers for a while
#[derive(Debug, Args)]
#[command(after_help = "\
A drain moves new answers away; it survives restarts and ends by itself. A safety rule may refuse it (exit 1).
At its end, or with `undrain`, the share comes back by the service's `slow_start`.

Examples:
  meridian drain eu-west --for 2h --reason \"database upgrade\"
  meridian drain eu-west --gradual 10m --for 2h --reason \"database upgrade\"
  meridian drain eu-west --wait --reason \"database upgrade\" && systemctl stop gateway
  meridian drain eu-west eu-central --reason \"fibre cut\" --override-rule min_regions
  meridian drain eu-west --service batch.yourdomain.com --reason \"backlog\" --dry-run")]
pub(super) struct Drain {
    /// Regions, by their names in the config
    #[arg(required = true, value_name = "REGION")]
    regions: Vec<String>,
    /// Take the share away evenly over this time, 10s to 24h, instead of at once
    #[arg(long, value_name = "DURATION")]
    gradual: Option<Gradual>,
    /// Come back when no answer names them, the longest TTL has passed since, and no stream is at work
    #[arg(long, conflicts_with_all = ["service", "dry_run"])]
    wait: bool,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    connection: Connection,
}

/// End the drain of regions before its time
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  meridian undrain eu-west
  meridian undrain eu-west --service batch.yourdomain.com")]
pub(super) struct Undrain {
    /// Regions, by their names in the config
    #[arg(required = true, value_name = "REGION")]
    regions: Vec<String>,
    /// The drain of this one service instead of that of all
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Drain {
    pub(super) fn run(&self) -> Exit {
        let placing = Placing { place: "drain", state: None, gradual: self.gradual, share: None };
        let exit = overrides::put(&self.connection, &self.regions, &self.terms, &placing);
        if self.wait && exit == Exit::Done {
            return wait::until_let_go(&self.connection, &self.regions);
        }
        exit
    }
}

impl Undrain {
    pub(super) fn run(&self) -> Exit {
        overrides::lift(&self.connection, &self.regions, "drain", self.service.as_deref())
    }
}
