//! The commands: one file each. They parse arguments, ask, and word the answer; what is decided is decided elsewhere.
//!
//! Exit codes: 0 done or holds; 1 refused or does not hold; 2 usage or config; 3 no server there. `--json` puts one
//! JSON document on standard output and people's words on standard error. A closed pipe ends a command quietly.
#![allow(clippy::disallowed_methods, reason = "an edge: it may read clocks and the environment")]

mod audit;
mod canary;
mod check;
mod completions;
mod connect;
mod demo;
mod drain;
mod drill;
mod event_line;
mod events;
mod exit;
mod explain;
mod failure;
mod follower;
mod force;
mod forecast;
mod geoip;
mod import;
mod line;
mod log;
mod losses;
mod man;
mod overrides;
mod probe;
mod prove;
mod push;
mod reload;
mod report;
mod reporter;
mod serve;
mod server_events;
mod shares;
mod status;
mod table;
mod terminal;
mod wait;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Exit;

/// A global traffic director: an authoritative GeoDNS server with data-sovereignty fences and region health.
#[derive(Debug, Parser)]
#[command(name = "meridian", version, arg_required_else_help = true, after_help = AFTER_HELP)]
struct Arguments {
    /// How log lines are written: text for people, or one JSON object a line
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "FORMAT",
        env = "MERIDIAN_LOG_FORMAT",
        default_value_t
    )]
    log_format: log::LogFormat,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Probe(probe::Probe),
    Check(check::Check),
    Explain(explain::Explain),
    Prove(prove::Prove),
    Geoip(geoip::Geoip),
    Status(status::Status),
    Drain(drain::Drain),
    Undrain(drain::Undrain),
    Force(force::Force),
    Unforce(force::Unforce),
    Canary(canary::Canary),
    Uncanary(canary::Uncanary),
    Push(push::Push),
    Unpush(push::Unpush),
    Reload(reload::Reload),
    Events(events::Events),
    Import(import::Import),
    Completions(completions::Completions),
    Man(man::Man),
    Audit(audit::Audit),
    Drill(Box<drill::Drill>),
}

/// Runs the command that the process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(told) => {
            // Help goes to standard output, usage errors to standard error; a closed pipe is no error of ours.
            let _closed = told.print();
            return if told.use_stderr() { Exit::Usage } else { Exit::Done }.into();
        }
    };
    log::begin(arguments.log_format);
    match arguments.command {
        Command::Demo(demo) => demo.run(),
        Command::Serve(serve) => serve.run(),
        Command::Probe(probe) => probe.run(),
        Command::Check(check) => check.run(),
        Command::Explain(explain) => explain.run(),
        Command::Prove(prove) => prove.run(),
        Command::Geoip(geoip) => geoip.run(),
        Command::Status(status) => status.run(),
        Command::Drain(drain) => drain.run(),
        Command::Undrain(undrain) => undrain.run(),
        Command::Force(force) => force.run(),
        Command::Unforce(unforce) => unforce.run(),
        Command::Canary(canary) => canary.run(),
        Command::Uncanary(uncanary) => uncanary.run(),
        Command::Push(push) => push.run(),
        Command::Unpush(unpush) => unpush.run(),
        Command::Reload(reload) => reload.run(),
        Command::Events(events) => events.run(),
        Command::Import(import) => import.run(),
        Command::Completions(completions) => completions.run(),
        Command::Man(man) => man.run(),
        Command::Audit(audit) => audit.run(),
        Command::Drill(drill) => drill.run(),
    }
    .into()
}

const AFTER_HELP: &str = "\
First steps:
  meridian demo                                          a whole world on loopback, to look around
  meridian check --config meridian.toml                  every problem of a config, in one run
  meridian serve --config meridian.toml                  the server, in the foreground
  meridian prove --config meridian.toml                  that no client leaves its fence, in any state
  meridian status                                        regions, verdicts, overrides
  meridian explain api.yourdomain.com --client 81.2.69.0/24
  meridian drain eu-west --for 2h --reason \"database upgrade\"

Exit codes: 0 done or holds; 1 refused or does not hold; 2 usage or config; 3 no server there.";
