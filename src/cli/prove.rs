//! `meridian prove`: every class of clients in every combination of region states, against the invariants.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::check::report_start_error;
use super::exit::Exit;
use super::explain;
use super::failure::Failure;
use super::line::{Paint, Tone};
use super::losses;
use super::report::fail;
use super::shares::weights;
use super::table::{Cell, Side, Table};
use super::terminal::{Audience, Terminal};
use crate::admin::body::ExplanationBody;
use crate::admin::{Question, Supposed, Supposition, subnet};
use crate::director::{self, Effort, Proof};
use crate::prove::{Counterexample, Examined};

/// Prove that no client leaves its fence: every prefix, in every combination of region states
#[derive(Debug, Args)]
#[command(after_help = "\
What is proven is the server's function for the location shown, not where a person is.
Exit 1: some invariant does not hold; the smallest counterexample is printed.

Examples:
  meridian prove --config meridian.toml
  meridian prove --config meridian.toml --wire     also with real query bytes, at both edges of every range
  meridian prove --config meridian.toml --lose 2   what the others carry when two regions are lost")]
pub(super) struct Prove {
    /// The config file
    #[arg(long, value_name = "FILE", default_value = "meridian.toml")]
    config: PathBuf,
    /// Send query bytes for both edges of every range of the database through the server's answer
    #[arg(long)]
    wire: bool,
    /// Instead, show the load on the regions that remain when up to this many are lost
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(0..=8), conflicts_with = "wire")]
    lose: Option<u8>,
    /// Measured query shares for --lose: rows of country,share. Else Internet users of each country count
    #[arg(long, value_name = "FILE", requires = "lose")]
    shares: Option<PathBuf>,
    /// Print one JSON document on standard output, words on standard error
    #[arg(long)]
    json: bool,
}

impl Prove {
    pub(super) fn run(&self) -> Exit {
        let mut terminal = Terminal::new(if self.json { Audience::Program } else { Audience::Person });
        if let Some(most) = self.lose {
            return self.lose(&mut terminal, most.into());
        }
        let bar = io::stderr().is_terminal();
        let progress = |what: &'static str, done: usize, all: usize| {
            if bar && (done.is_multiple_of(16) || done == all) {
                draw(what, done, all);
            }
        };
        let effort = Effort { limit: None, wire: self.wire, progress: &progress };
        let proof = director::prove(&self.config, effort);
        if bar {
            let _nobody_reads = write!(io::stderr(), "\r\u{1b}[K");
        }
        let proof = match proof {
            Ok(proof) => proof,
            Err(error) => return report_start_error(&mut terminal, &error),
        };
        report(&mut terminal, &proof, &self.config)
    }

    fn lose(&self, terminal: &mut Terminal, most: usize) -> Exit {
        let (weights, by) = match weights(self.shares.as_deref()) {
            Ok(weights) => weights,
            Err(what) => return fail(terminal, &Failure::usage(what)),
        };
        match director::lose(&self.config, &weights, most) {
            Ok(losses) if terminal.audience() == Audience::Program => {
                terminal.document(&losses::document(&losses, by));
                Exit::Done
            }
            Ok(losses) => {
                terminal.say(&losses::words(&losses, by, terminal.paint()));
                Exit::Done
            }
            Err(error) => report_start_error(terminal, &error),
        }
    }
}

/// Says what was proven, and what was not with its explanation; 1 where an invariant does not hold.
fn report(terminal: &mut Terminal, proof: &Proof, config: &Path) -> Exit {
    match terminal.audience() {
        Audience::Person => terminal.say(&words(proof, config, terminal.paint())),
        Audience::Program => terminal.document(&document(proof)),
    }
    if proof.ledger.holds() { Exit::Done } else { Exit::Refused }
}

/// One line that is drawn over and over.
fn draw(what: &str, done: usize, all: usize) {
    let filled = (done * WIDTH).checked_div(all).unwrap_or(WIDTH);
    let bar: String = (0..WIDTH).map(|at| if at < filled { '█' } else { '░' }).collect();
    let _nobody_reads = write!(io::stderr(), "\r\u{1b}[K{what} {bar} {done}/{all}");
}

/// The whole report.
pub(super) fn words(proof: &Proof, config: &Path, paint: Paint) -> String {
    let mut table = Table::new([("invariant", Side::Left), ("cases", Side::Right), ("", Side::Left)]);
    for (invariant, examined) in proof.ledger.invariants() {
        let (tone, word) = match examined.counterexample {
            None => (Tone::Good, "holds"),
            Some(_) => (Tone::Bad, "does not hold"),
        };
        let cases = thousands(examined.cases as f64);
        table.row([Cell::text(invariant.word()), Cell::text(cases), Cell::new(tone, word)]);
    }
    let mut words = table.render(paint);
    for (invariant, examined) in proof.ledger.invariants() {
        if let Some(found) = &examined.counterexample {
            words.push_str(&format!("\n{}\n", counterexample(invariant.word(), found, config, paint)));
        }
    }
    let mut reductions = Table::new([("lemma", Side::Left), ("from", Side::Right), ("to", Side::Right)]);
    for reduction in proof.ledger.reductions() {
        let [from, to] = [reduction.from, reduction.to].map(thousands);
        reductions.row([Cell::text(reduction.lemma), Cell::text(from), Cell::text(to)]);
    }
    words.push_str(&format!("\n{}\n", reductions.render(paint)));
    words.push_str(&footer(proof));
    words
}

/// The verdict, what it is about, and what it does not say.
pub(super) fn footer(proof: &Proof) -> String {
    let verdict = match (proof.ledger.holds(), proof.cut_short) {
        (false, _) => "does not hold".to_owned(),
        (true, None) => "holds".to_owned(),
        (true, Some(what)) => format!("holds as far as it went: time was over before all {what} were met"),
    };
    format!(
        "{verdict}: {} prefixes, {} views of clients, config {:.12}, database {:.12}, {:.2}s\n\
         It proves the server's function for the location shown, not where a person is.",
        thousands(proof.prefixes as f64),
        proof.views,
        proof.config_sha256,
        proof.database_sha256,
        proof.took.as_secs_f64(),
    )
}

fn counterexample(invariant: &str, found: &Counterexample, config: &Path, paint: Paint) -> String {
    let states: Vec<String> =
        found.states.iter().map(|(region, state)| format!("{region} {state}")).collect();
    let states = if states.is_empty() { "all regions up".to_owned() } else { states.join(", ") };
    let suppositions: Vec<Supposition> =
        found.states.iter().filter_map(|(region, state)| supposition(region, state)).collect();
    let written: String = suppositions.iter().map(|one| format!(" --if {}", explain::written(one))).collect();
    let explanation = explanation(found, suppositions, config, paint);
    let config = config.display();
    format!(
        "{} {} for {}, {states}\n  found    {}\n  allowed  {}\n  look     \
         meridian explain {} --client {} --config {config}{written}{explanation}",
        paint.words(Tone::Bad, invariant),
        found.service,
        found.client,
        found.found,
        found.allowed,
        found.service,
        found.client,
    )
}

/// What the server would say of the client, below the counterexample; nothing where it cannot be asked.
fn explanation(
    found: &Counterexample,
    suppositions: Vec<Supposition>,
    config: &Path,
    paint: Paint,
) -> String {
    let question = Question {
        name: found.service.as_str().into(),
        client: subnet(&found.client.to_string()).unwrap_or_default(),
        resolver: None,
        rtype: 1,
        suppositions,
    };
    let explained = director::explain(config, &question);
    let words = explained.map(|explanation| explain::render(&ExplanationBody::from(explanation), paint));
    let lines = words.unwrap_or_default();
    lines.lines().map(|line| format!("\n    {line}").trim_end().to_owned()).collect()
}

/// The state as `explain` can suppose it; a part of a weight is not asked for that way.
fn supposition(region: &str, state: &str) -> Option<Supposition> {
    let state = match state {
        "drained" | "forced down" => Supposed::Drained,
        "down" | "weight 0" => Supposed::Down,
        _ => return None,
    };
    Some(Supposition { region: region.into(), state })
}

/// The report for programs.
pub(super) fn document(proof: &Proof) -> Value {
    let invariant = |(invariant, examined): (crate::prove::Invariant, &Examined)| {
        let mut body = json!({
            "name": invariant.word(),
            "cases": examined.cases,
            "holds": examined.counterexample.is_none(),
        });
        if let Some(found) = &examined.counterexample {
            let states: serde_json::Map<String, Value> =
                found.states.iter().map(|(region, state)| (region.clone(), json!(state))).collect();
            body["counterexample"] = json!({
                "service": found.service,
                "client": found.client.to_string(),
                "states": states,
                "found": found.found,
                "allowed": found.allowed,
            });
        }
        body
    };
    let reduction = |reduction: crate::prove::Reduction| json!({"lemma": reduction.lemma, "from": reduction.from, "to": reduction.to});
    json!({
        "holds": proof.ledger.holds(),
        "config_sha256": proof.config_sha256,
        "database_sha256": proof.database_sha256,
        "invariants": proof.ledger.invariants().map(invariant).collect::<Vec<_>>(),
        "reductions": proof.ledger.reductions().map(reduction).collect::<Vec<_>>(),
        "prefixes": proof.prefixes,
        "cut_short": proof.cut_short,
        "seconds": proof.took.as_secs_f64(),
    })
}

/// A count with its digits in threes; one too large for that as a power of ten.
pub(super) fn thousands(count: f64) -> String {
    if count >= 1e15 {
        return format!("{count:.1e}");
    }
    let digits = format!("{count:.0}");
    let mut spaced = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            spaced.push(',');
        }
        spaced.push(digit);
    }
    spaced
}

const WIDTH: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_written_for_people() {
        assert_eq!([1.0, 999.0, 1_000.0, 1_234_567.0].map(thousands), ["1", "999", "1,000", "1,234,567"]);
        assert_eq!(thousands(6_f64.powi(40)), "1.3e31");
    }

    /// The sample, as one that left its fence would be reported.
    fn left() -> Counterexample {
        Counterexample {
            states: vec![("eu-west".into(), "down"), ("eu-central".into(), "weight 30")],
            service: "api.yourdomain.com".into(),
            client: "91.10.0.0/24".parse().unwrap(),
            found: "us-east".into(),
            allowed: "eu-west, eu-central (inside gdpr)".into(),
        }
    }

    #[test]
    fn a_counterexample_says_how_to_look_at_it_and_what_is_seen_there() {
        let words = counterexample("fence", &left(), Path::new("meridian.toml"), Paint::Plain);
        assert!(
            words.contains("api.yourdomain.com for 91.10.0.0/24, eu-west down, eu-central weight 30"),
            "{words}"
        );
        assert!(words.contains("--config meridian.toml --if eu-west=down"), "{words}");
        assert!(words.contains("\n    location  DE (by ecs)"), "{words}");
        assert!(words.contains("\n    fence     gdpr"), "{words}");
    }

    #[test]
    fn what_does_not_hold_is_refused() {
        let proof = |ledger| Proof {
            ledger,
            config_sha256: String::new(),
            database_sha256: String::new(),
            prefixes: 1,
            views: 1,
            took: std::time::Duration::ZERO,
            cut_short: None,
        };
        let mut terminal = Terminal::new(Audience::Program);
        let config = Path::new("meridian.toml");
        let mut ledger = crate::prove::Ledger::default();
        assert_eq!(report(&mut terminal, &proof(ledger.clone()), config), Exit::Done);
        ledger.fail(crate::prove::Invariant::Fence, left());
        assert_eq!(report(&mut terminal, &proof(ledger), config), Exit::Refused);
    }
}
