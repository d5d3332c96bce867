//! `meridian reload`: config, zones and database anew.

use clap::Args;
use reqwest::Method;

use super::connect::{Connection, Request};
use super::exit::Exit;
use super::report::ask_all;
use crate::admin::body::EpochBody;

/// Load config, zones and database anew; with mistakes, the old ones serve on
#[derive(Debug, Args)]
#[command(after_help = "\
Every problem is printed as FILE:LINE:COLUMN: KEY: what was found; what is allowed (exit 2).

Example:
  meridian check --config meridian.toml && meridian reload")]
pub(super) struct Reload {
    #[command(flatten)]
    connection: Connection,
}

impl Reload {
    pub(super) fn run(&self) -> Exit {
        let request = Request::new(Method::POST, &["reload"]);
        ask_all::<EpochBody>(&self.connection, &request, |body, _| format!("reloaded (epoch {})", body.epoch))
    }
}
