//! `meridian reload`: config, zones and database anew.

use clap::Args;
use reqwest::Method;

use super::connect::{Connection, Request};
use super::exit::Exit;
use super::line::Tone;
use super::report::ask_all;
use crate::admin::body::ReloadBody;

/// Load config, zones and database anew; with mistakes, the old ones serve on
#[derive(Debug, Args)]
#[command(after_help = "\
Every problem is printed as FILE:LINE:COLUMN: KEY: what was found; what is allowed (exit 2). What would serve is proven
first; a config that breaks an invariant is refused, and so is a zone whose serial falls, unless forced. A location database that moves more clients than [geoip] max_drift
allows is held, and the old one serves on.

Example:
  meridian check --config meridian.toml && meridian reload")]
pub(super) struct Reload {
    /// Take the location database however many clients it moves
    #[arg(long)]
    accept_drift: bool,
    /// Go through what would refuse it for falling back, such as a zone's serial; said in events
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    connection: Connection,
}

impl Reload {
    pub(super) fn run(&self) -> Exit {
        let mut request = Request::new(Method::POST, &["reload"]);
        if self.accept_drift {
            request.parameters.push(("accept_drift", "true".to_owned()));
        }
        if self.force {
            request.parameters.push(("force", "true".to_owned()));
        }
        ask_all::<ReloadBody>(&self.connection, &request, |body, terminal| {
            let held = body.held.as_ref().map(|held| terminal.paint().words(Tone::Warning, held));
            let held = held.map_or_else(String::new, |held| format!("\n{held}"));
            format!("reloaded (epoch {}){held}", body.epoch)
        })
    }
}
