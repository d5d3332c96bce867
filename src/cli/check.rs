//! `meridian check`: reads everything, starts nothing, prints every problem.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::exit::Exit;
use super::prove;
use super::terminal::{Audience, Terminal};
use crate::admin::body::{ErrorBody, Moment, ProblemBody, ProblemsBody};
use crate::config::Problem;
use crate::director::{self, Effort, Proof, StartError, Summary};

/// Read config, zones and database, start nothing, print every problem
#[derive(Debug, Args)]
#[command(after_help = "\
Each problem is a line FILE:LINE:COLUMN: KEY: what was found; what is allowed (exit 2).

What it would serve is proven too, for ten seconds at most (exit 1: an invariant does not hold); `prove` takes its time.

Example:
  meridian check --config meridian.toml")]
pub(super) struct Check {
    /// The config file
    #[arg(long, value_name = "FILE", default_value = "meridian.toml")]
    config: PathBuf,
    /// Leave out the proof
    #[arg(long)]
    no_prove: bool,
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(super) fn run(&self) -> Exit {
        let mut terminal = Terminal::new(if self.json { Audience::Program } else { Audience::Person });
        let effort = (!self.no_prove).then(|| Effort::bounded(LIMIT));
        let (summary, proof) = match director::check(&self.config, effort) {
            Ok(checked) => checked,
            Err(error) => {
                let exit = report_start_error(&mut terminal, &error);
                if let Some(accepted) = director::last_known_good(&self.config) {
                    let accepted = Moment(accepted);
                    terminal.complain(&format!("a start now would serve what was accepted at {accepted}"));
                }
                return exit;
            }
        };
        for warning in &summary.warnings {
            terminal.complain(&format!("warning: {warning}"));
        }
        match terminal.audience() {
            Audience::Person => terminal.say(&format!("{}: {}", self.config.display(), words(&summary))),
            Audience::Program => terminal.document(&document(&summary, proof.as_ref())),
        }
        match proof {
            Some(proof) if !proof.ledger.holds() => {
                terminal.say(&prove::words(&proof, &self.config, terminal.paint()));
                Exit::Refused
            }
            Some(proof) => {
                terminal.say(&prove::footer(&proof));
                Exit::Done
            }
            None => Exit::Done,
        }
    }
}

fn words(summary: &Summary) -> String {
    let counted = [
        (summary.zones, "zone"),
        (summary.records, "record"),
        (summary.services, "service"),
        (summary.regions, "region"),
        (summary.fences, "fence"),
        (summary.warnings.len(), "warning"),
    ]
    .map(|(count, what)| format!("{count} {what}{}", if count == 1 { "" } else { "s" }));
    format!("good: {}; database of {}", counted.join(", "), Moment(summary.database_built))
}

fn document(summary: &Summary, proof: Option<&Proof>) -> serde_json::Value {
    json!({
        "zones": summary.zones,
        "records": summary.records,
        "services": summary.services,
        "regions": summary.regions,
        "fences": summary.fences,
        "database_built": Moment(summary.database_built),
        "warnings": bodies(&summary.warnings),
        "problems": [],
        "proof": proof.map(prove::document),
    })
}

fn bodies(problems: &[Problem]) -> Vec<ProblemBody> {
    let line = |problem: &Problem| ProblemBody::from(director::problem_line(problem));
    problems.iter().map(line).collect()
}

/// Says why a whole config could not be used, and gives the exit code.
pub(super) fn report_start_error(terminal: &mut Terminal, error: &StartError) -> Exit {
    let (exit, document) = match error {
        StartError::Config(problems) => {
            let problems = bodies(problems);
            for problem in &problems {
                terminal.complain(&problem.to_string());
            }
            (Exit::Usage, json!(ProblemsBody { problems }))
        }
        _ => {
            terminal.complain(&error.to_string());
            let exit = if error.is_absence() { Exit::NoServer } else { Exit::Refused };
            let body = ErrorBody { error: error.to_string(), rule: None, sequence: None };
            (exit, json!(body))
        }
    };
    if terminal.audience() == Audience::Program {
        terminal.document(&document);
    }
    exit
}

/// How long the proof may take; a whole one of the sample takes a second or two.
const LIMIT: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_config_is_counted() {
        let summary = Summary {
            zones: 1,
            records: 12,
            services: 2,
            regions: 4,
            fences: 1,
            database_built: 1_795_158_162,
            warnings: vec![],
        };
        assert_eq!(
            words(&summary),
            "good: 1 zone, 12 records, 2 services, 4 regions, 1 fence, 0 warnings; database of 2026-11-20T07:02:42Z"
        );
    }

    #[test]
    fn mistakes_are_a_matter_of_the_config_and_refusals_are_not() {
        let mut terminal = Terminal::new(Audience::Person);
        let mistakes = StartError::Config(vec![]);
        assert_eq!(report_start_error(&mut terminal, &mistakes), Exit::Usage);
        let failed = StartError::System(std::io::Error::other("address in use"));
        assert_eq!(report_start_error(&mut terminal, &failed), Exit::Refused);
    }
}
