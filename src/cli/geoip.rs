//! `meridian geoip`: the named groups of countries, and what another location database would change.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::check::report_start_error;
use super::exit::Exit;
use super::failure::Failure;
use super::line::Paint;
use super::prove::thousands;
use super::report::fail;
use super::shares::weights;
use super::table::{Cell, Side, Table};
use super::terminal::{Audience, Terminal};
use crate::director::{self, Drifts};
use crate::geo::{Country, Family, group, group_names};
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
    /// Also the groups that this config adds, and its own in the place of those that it replaces
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
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
        let own = match self.config.as_deref().map_or_else(|| Ok(Vec::new()), director::groups) {
            Ok(own) => own,
            Err(error) => return report_start_error(&mut terminal, &error),
        };
        let groups = laid_over(own);
        if self.json {
            let by_name: serde_json::Map<String, Value> =
                groups.iter().map(|group| (group.name.to_string(), json!(group.codes()))).collect();
            let own: Vec<&str> =
                groups.iter().filter(|group| group.is_own).map(|group| &*group.name).collect();
            terminal.document(&json!({"as_of": AS_OF, "groups": by_name, "of_config": own}));
            return Exit::Done;
        }
        for group in &groups {
            let whose = if group.is_own { "  (the config's own)" } else { "" };
            terminal.say(&format!("{}  {}{whose}", group.name, group.codes().join(" ")));
        }
        terminal.say(&format!("As understood on {AS_OF}; dated data, not legal advice."));
        Exit::Done
    }
}

/// A named group as the config has it.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    name: Box<str>,
    members: Vec<Country>,
    /// Added or replaced by the config.
    is_own: bool,
}

impl Group {
    fn codes(&self) -> Vec<&'static str> {
        self.members.iter().map(|country| country.code()).collect()
    }
}

/// The built-in groups, each as the config replaces it, and then those that the config adds.
fn laid_over(mut own: Vec<(Box<str>, Vec<Country>)>) -> Vec<Group> {
    let mut groups = Vec::new();
    for name in group_names() {
        let at = own.iter().position(|(own, _)| **own == *name);
        let members = at.map(|at| own.remove(at).1);
        groups.push(Group {
            name: name.into(),
            is_own: members.is_some(),
            members: members.unwrap_or_else(|| group(name).unwrap_or_default().to_vec()),
        });
    }
    groups.extend(own.into_iter().map(|(name, members)| Group { name, members, is_own: true }));
    groups
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
    for (services, crossings) in alike(drifts).into_iter().filter(|(_, crossings)| !crossings.is_empty()) {
        words.push_str(&format!("\n{}: what comes under other fences\n", services.join(", ")));
        words.push_str(&format!("{}\n", sums(drifts, crossings).render(paint)));
        words.push_str("The largest stretches of each family:\n");
        for family in Family::BOTH {
            let own = crossings.iter().filter(|crossing| Family::of(crossing.last) == family);
            for crossing in own.take(SHOWN) {
                let (first, change) = (crossing.prefix.first(), change(drifts, crossing));
                words.push_str(&format!("  {first} to {}: {change}\n", crossing.last));
            }
        }
        words.push_str("--json has all.\n");
    }
    words
}

/// What crosses, and the services that it is the same of.
fn alike(drifts: &Drifts) -> Vec<(Vec<&str>, &[Crossing])> {
    let mut alike: Vec<(Vec<&str>, &[Crossing])> = Vec::new();
    for (service, drift) in &drifts.services {
        match alike.iter_mut().find(|(_, crossings)| *crossings == drift.crossings) {
            Some((services, _)) => services.push(service),
            None => alike.push((vec![&**service], drift.crossings.as_slice())),
        }
    }
    alike
}

/// Each change of fences, how many stretches make it, and how long they are in sum.
fn sums(drifts: &Drifts, crossings: &[Crossing]) -> Table<4> {
    let mut sums: BTreeMap<String, [f64; 3]> = BTreeMap::new();
    for crossing in crossings {
        let sum = sums.entry(change(drifts, crossing)).or_default();
        sum[0] += 1.0;
        sum[if Family::of(crossing.last) == Family::V4 { 1 } else { 2 }] += crossing.quanta() as f64;
    }
    let mut table = Table::new([
        ("fences", Side::Left),
        ("stretches", Side::Right),
        ("ipv4 /24s", Side::Right),
        ("ipv6 /56s", Side::Right),
    ]);
    for (change, [stretches, v4, v6]) in sums {
        let [stretches, v4, v6] = [stretches, v4, v6].map(thousands);
        table.row([change, stretches, v4, v6].map(Cell::text));
    }
    table
}

/// `none → gdpr`
fn change(drifts: &Drifts, crossing: &Crossing) -> String {
    let names = [&crossing.before, &crossing.after].map(|fences| named(drifts, fences).join("+"));
    names.map(|names| if names.is_empty() { "none".to_owned() } else { names }).join(" → ")
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
/// Stretches of a family that a person is shown.
const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prove::Drift;

    fn crossing(prefix: &str, last: &str, after: Vec<crate::steer::FenceId>) -> Crossing {
        Crossing { prefix: prefix.parse().unwrap(), last: last.parse().unwrap(), before: Vec::new(), after }
    }

    #[test]
    fn a_configs_groups_stand_in_the_place_of_those_that_they_replace() {
        let members = |code: &str| vec![Country::from_code(code).unwrap()];
        let groups = laid_over(vec![("@home".into(), members("US")), ("@EU".into(), members("GB"))]);
        let seen: Vec<(&str, bool)> = groups.iter().map(|group| (&*group.name, group.is_own)).collect();
        assert_eq!(seen, [("@EU", true), ("@EEA", false), ("@GDPR-adequate", false), ("@home", true)]);
        assert_eq!(groups[0].codes(), ["GB"]);
        assert!(laid_over(Vec::new()).iter().all(|group| !group.is_own));
    }

    #[test]
    fn services_that_the_same_crosses_of_are_told_of_once_with_the_sum_of_it() {
        let gdpr = vec![crate::steer::FenceId(0)];
        let drift = Drift {
            crossings: vec![
                crossing("192.0.2.0/24", "192.0.9.255", gdpr.clone()),
                crossing("2001:db8::/55", "2001:db8:0:1ff:ffff:ffff:ffff:ffff", gdpr),
            ],
            ..Drift::default()
        };
        let drifts = Drifts {
            services: vec![
                ("api".into(), drift.clone()),
                ("batch".into(), drift),
                ("www".into(), Drift::default()),
            ],
            fences: vec!["gdpr".into()],
            sha256: [String::new(), String::new()],
        };
        let words = words(&drifts, "Internet users", Paint::Plain);
        assert!(words.contains("\napi, batch: what comes under other fences\n"), "{words}");
        let sum = words.lines().find(|line| line.starts_with("none → gdpr")).unwrap();
        assert_eq!(sum.split_whitespace().skip(3).collect::<Vec<_>>(), ["2", "8", "2"], "{words}");
        assert!(words.contains("  192.0.2.0 to 192.0.9.255: none → gdpr\n"), "{words}");
    }
}
