//! `meridian import`: another server's config, written as Meridian's.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::check::report_start_error;
use super::exit::Exit;
use super::line::Tone;
use super::terminal::{Audience, Terminal};
use crate::admin::body::ErrorBody;
use crate::director;
use crate::import::{self, Draft, ImportError};

/// Write the config of another server as Meridian's: config, zones, and a list of what they do not carry
#[derive(Debug, Args)]
#[command(after_help = "\
Nothing is overwritten. What was written is checked; look through what is not carried before you serve it.

Examples:
  meridian import gdnsd /etc/gdnsd --into imported
  aws route53 list-resource-record-sets --hosted-zone-id Z123 > zone.json
  meridian import route53 zone.json --into imported")]
pub(super) struct Import {
    #[command(subcommand)]
    source: Source,
}

#[derive(Debug, Subcommand)]
enum Source {
    /// A gdnsd 3 configuration directory, with `config` and `zones/`
    #[command(after_help = "Example:\n  meridian import gdnsd /etc/gdnsd --into imported")]
    Gdnsd {
        /// The directory
        #[arg(value_name = "DIR")]
        directory: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// The JSON of `aws route53 list-resource-record-sets`
    #[command(after_help = "Example:\n  meridian import route53 zone.json --into imported")]
    Route53 {
        /// The file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

/// Where it goes.
#[derive(Debug, Args)]
struct Output {
    /// The directory to write meridian.toml and zones/ to
    #[arg(long, value_name = "DIR", default_value = ".")]
    into: PathBuf,
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

impl Import {
    pub(super) fn run(&self) -> Exit {
        let (draft, output) = match &self.source {
            Source::Gdnsd { directory, output } => (import::gdnsd(directory), output),
            Source::Route53 { file, output } => (import::route53(file), output),
        };
        let mut terminal = Terminal::new(if output.json { Audience::Program } else { Audience::Person });
        let written = draft.and_then(|draft| draft.write(&output.into).map(|()| draft));
        match written {
            Ok(draft) => report(&mut terminal, &draft, &output.into),
            Err(error) => refuse(&mut terminal, &error),
        }
    }
}

fn report(terminal: &mut Terminal, draft: &Draft, directory: &Path) -> Exit {
    let config = directory.join("meridian.toml");
    if let Err(error) = director::check(&config, None) {
        terminal.complain(&format!("{} was written, and does not hold yet:", config.display()));
        return report_start_error(terminal, &error);
    }
    let [services, regions, zones] = draft.counts();
    let notes: Vec<_> =
        draft.notes.iter().map(|note| json!({"place": note.place, "what": note.what})).collect();
    if terminal.audience() == Audience::Program {
        terminal.document(&json!({
            "config": config.display().to_string(),
            "services": services, "regions": regions, "zones": zones, "not_carried": notes,
        }));
        return Exit::Done;
    }
    let paint = terminal.paint();
    let done = format!("{}: {services} service(s), {regions} region(s), {zones} zone(s)", config.display());
    terminal.say(&paint.words(Tone::Strong, &done));
    if !draft.notes.is_empty() {
        terminal.say("\nNot carried, or not quite:");
    }
    for note in &draft.notes {
        terminal.say(&format!("  {}: {}", paint.words(Tone::Warning, &note.place), note.what));
    }
    Exit::Done
}

fn refuse(terminal: &mut Terminal, error: &ImportError) -> Exit {
    terminal.complain(&error.to_string());
    if terminal.audience() == Audience::Program {
        terminal.document(&json!(ErrorBody { error: error.to_string(), rule: None, sequence: None }));
    }
    Exit::Usage
}
