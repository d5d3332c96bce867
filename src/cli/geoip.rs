//! `meridian geoip`: the named groups of countries, and what another location database would change.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::check::report_start_error;
use super::exit::Exit;
use super::failure::Failure;
use super::line::Paint;
use super::report::fail;
use super::shares::weights;
use super::table::{Cell, Side, Table};
use super::terminal::{Audience, Terminal};
use crate::director::{self, Drifts};
use crate::geo::{group, group_names};
use crate::prove::Crossing;

/// Named groups of countries, and what another location database would change
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  meridian geoip groups
  meridian geoip diff - /var/lib/GeoIP/GeoLite2-Country.mmdb --config meridian.toml")]
pub(super) struct Geoip {
    #[command(subcommand)]
    question: Question,
}

#[derive(Debug, Subcommand)]
enum Question {
    /// The named groups (@EU, @EEA, @GDPR-adequate) and their members
    Groups(Groups),
    /// Who would be answered by another region, and which prefixes would cross a fence
    Diff(Diff),
}

#[derive(Debug, Args)]
struct Groups {
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "\
Every region counts as up. A file of - is the built-in database.

Example:
  meridian geoip diff - /var/lib/GeoIP/GeoLite2-Country.mmdb --config meridian.toml")]
struct Diff {
    /// The database that serves
    old: PathBuf,
    /// The one that would
    new: PathBuf,
    /// The config whose services are compared
    #[arg(long, value_name = "FILE", default_value = "meridian.toml")]
    config: PathBuf,
    /// Measured query shares: rows of country,share. Else Internet users of each country count
    #[arg(long, value_name = "FILE")]
    shares: Option<PathBuf>,
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

impl Geoip {
    pub(super) fn run(&self) -> Exit {
        match &self.question {
            Question::Groups(groups) => groups.run(),
            Question::Diff(diff) => diff.run(),
        }
    }
}

impl Groups {
    fn run(&self) -> Exit {
        let mut terminal = Terminal::new(if self.json { Audience::Program } else { Audience::Person });
        let members =
            |name| group(name).unwrap_or_default().iter().map(|country| country.code()).collect::<Vec<_>>();
        if self.json {
            let groups: serde_json::Map<String, Value> =
                group_names().map(|name| (name.to_owned(), json!(members(name)))).collect();
            terminal.document(&json!({"as_of": AS_OF, "groups": groups}));
            return Exit::Done;
        }
        for name in group_names() {
            terminal.say(&format!("{name}  {}", members(name).join(" ")));
        }
        terminal.say(&format!("As understood on {AS_OF}; dated data, not legal advice."));
        Exit::Done
    }
}

impl Diff {
    fn run(&self) -> Exit {
        let mut terminal = Terminal::new(if self.json { Audience::Program } else { Audience::Person });
        let (weights, by) = match weights(self.shares.as_deref()) {
            Ok(weights) => weights,
            Err(what) => return fail(&mut terminal, &Failure::usage(what)),
        };
        let file = |path: &'_ PathBuf| (path.as_os_str() != "-").then(|| path.clone());
        let [old, new] = [file(&self.old), file(&self.new)];
        let drifts = match director::drift(&self.config, [old.as_ref(), new.as_ref()], &weights) {
            Ok(drifts) => drifts,
            Err(error) => return report_start_error(&mut terminal, &error),
        };
        match terminal.audience() {
            Audience::Person => terminal.say(&words(&drifts, by, terminal.paint())),
            Audience::Program => terminal.document(&document(&drifts, by)),
        }
        Exit::Done
    }
}

fn words(drifts: &Drifts, by: &str, paint: Paint) -> String {
    let mut table = Table::new([
        ("service", Side::Left),
        ("ipv4", Side::Right),
        ("ipv6", Side::Right),
        ("clients", Side::Right),
        ("fence crossings", Side::Right),
    ]);
    for (service, drift) in &drifts.services {
        let [v4, v6, clients] =
            [drift.v4, drift.v6, drift.weight].map(|part| format!("{:.3} %", part * 100.0));
        let crossings = drift.crossings.len().to_string();
        table.row([&**service, &v4, &v6, &clients, &crossings].map(Cell::text));
    }
    let mut words = table.render(paint);
    words.push_str(&format!("What moves to another region: of located addresses, and of clients by {by}.\n"));
    for (service, drift) in drifts.services.iter().filter(|(_, drift)| !drift.crossings.is_empty()) {
        words.push_str(&format!("\n{service}: prefixes that cross a fence, the largest first\n"));
        for crossing in drift.crossings.iter().take(SHOWN) {
            let [before, after] =
                [&crossing.before, &crossing.after].map(|fences| named(drifts, fences).join("+"));
            let [before, after] =
                [before, after].map(|names| if names.is_empty() { "none".to_owned() } else { names });
            words.push_str(&format!("  {} to {}: {before} → {after}\n", crossing.prefix, crossing.last));
        }
        if drift.crossings.len() > SHOWN {
            words.push_str(&format!("  and {} more; --json has all\n", drift.crossings.len() - SHOWN));
        }
    }
    words
}

fn document(drifts: &Drifts, by: &str) -> Value {
    let crossing = |crossing: &Crossing| {
        json!({
            "prefix": crossing.prefix.to_string(),
            "last": crossing.last,
            "before": named(drifts, &crossing.before),
            "after": named(drifts, &crossing.after),
        })
    };
    let services: serde_json::Map<String, Value> = drifts
        .services
        .iter()
        .map(|(service, drift)| {
            let crossings: Vec<Value> = drift.crossings.iter().map(crossing).collect();
            let moved = json!({"ipv4": drift.v4, "ipv6": drift.v6, "clients": drift.weight});
            (service.to_string(), json!({"moved": moved, "crossings": crossings}))
        })
        .collect();
    json!({"old_sha256": drifts.sha256[0], "new_sha256": drifts.sha256[1], "weights": by, "services": services})
}

fn named<'a>(drifts: &'a Drifts, fences: &[crate::steer::FenceId]) -> Vec<&'a str> {
    fences.iter().map(|fence| &*drifts.fences[fence.index()]).collect()
}

/// When the country table was compiled.
const AS_OF: &str = "2026-11-20";
/// Prefixes that a person is shown.
const SHOWN: usize = 20;
