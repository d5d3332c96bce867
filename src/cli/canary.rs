//! `meridian canary` and `meridian uncanary`: a part of every client for one region, before its turn.

use clap::Args;

use super::connect::Connection;
use super::exit::Exit;
use super::overrides::{self, Placing, Terms};
use crate::admin::body::Share;

/// Give a region a part of every client for a while, before its turn
#[derive(Debug, Args)]
#[command(after_help = "\
It takes the place of the service's own `canary`, inside fences only, and while the region is well. The same clients
keep their region: a part that grows from 2 % to 5 % moves 3 % of them.

Examples:
  meridian canary eu-west 2% --service api.yourdomain.com --for 4h --reason \"new gateway version\"
  meridian canary eu-west 5% --service api.yourdomain.com --for 4h --reason \"the first hour was fine\"
  meridian uncanary eu-west --service api.yourdomain.com")]
pub(super) struct Canary {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// Its part of every client: 0.1% to 50%
    #[arg(value_name = "SHARE")]
    share: Share,
    #[command(flatten)]
    terms: Terms,
    #[command(flatten)]
    connection: Connection,
}

/// End a region's part as a canary before its time
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  meridian uncanary eu-west --service api.yourdomain.com")]
pub(super) struct Uncanary {
    /// The region, by its name in the config
    #[arg(value_name = "REGION")]
    region: String,
    /// The part of this one service's clients instead of that of all
    #[arg(long, value_name = "NAME")]
    service: Option<String>,
    #[command(flatten)]
    connection: Connection,
}

impl Canary {
    pub(super) fn run(&self) -> Exit {
        let region = std::slice::from_ref(&self.region);
        let placing = Placing { place: "canary", state: None, gradual: None, share: Some(self.share) };
        overrides::put(&self.connection, region, &self.terms, &placing)
    }
}

impl Uncanary {
    pub(super) fn run(&self) -> Exit {
        let region = std::slice::from_ref(&self.region);
        overrides::lift(&self.connection, region, "canary", self.service.as_deref())
    }
}
