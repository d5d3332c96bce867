//! `meridian reload`: config, zones and database anew.

use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::connect::{Connection, Request};
use super::exit::Exit;
use super::line::Tone;
use super::report::ask_all;
use crate::admin::body::{ReloadBody, ReloadRequest, Why};

/// Load config, zones and database anew; with mistakes, the old ones serve on
#[derive(Debug, Args)]
#[command(after_help = "\
Every problem is printed as FILE:LINE:COLUMN: KEY: what was found; what is allowed (exit 2). What would serve is proven
first; a config that breaks an invariant is refused. A location database that moves more clients than [geoip] max_drift
allows is held, and the old one serves on. What would take back what serves (a zone or more than a fifth of its records, a
steered name, a region, a fence, a zone's serial) is refused without --force.

Example:
  meridian check --config meridian.toml && meridian reload")]
pub(super) struct Reload {
    /// Take the location database however many clients it moves
    #[arg(long)]
    accept_drift: bool,
    /// Go through what would refuse it for taking back what serves: a zone, a fifth of its records, its serial, a steered
    /// name, a region, a fence; said in events
    #[arg(long)]
    force: bool,
    /// Why, for the events
    #[arg(long, value_name = "TEXT", requires = "force")]
    reason: Option<Why>,
    #[command(flatten)]
    connection: Connection,
}

impl Reload {
    pub(super) fn run(&self) -> Exit {
        let mut request = Request::new(Method::POST, &["reload"]);
        if self.force {
            request.body = Some(json!(ReloadRequest { force: true, reason: self.reason.clone() }));
        }
        if self.accept_drift {
            request.parameters.push(("accept_drift", "true".to_owned()));
        }
        ask_all::<ReloadBody>(&self.connection, &request, |body, terminal| {
            let held = body.held.as_ref().map(|held| terminal.paint().words(Tone::Warning, held));
            let held = held.map_or_else(String::new, |held| format!("\n{held}"));
            format!("reloaded (epoch {}){held}", body.epoch)
        })
    }
}
