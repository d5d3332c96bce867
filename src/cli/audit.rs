//! `meridian audit`: whether the kept events are what was written, and all of them as JSON lines.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::json;

use super::connect::{Connection, Request, Server};
use super::exit::Exit;
use super::failure::Failure;
use super::report::{block_on, fail};
use super::terminal::{Audience, Terminal};
use crate::admin::body::{AuditBody, LinkBody, LinksBody};
use crate::director;
use crate::store::StoreError;

/// Operators' acts and transitions as they were kept: verify their hashes, or export them
#[derive(Debug, Args)]
#[command(after_help = "\
Each event's hash covers the event before it: an edited, removed or inserted one is found, with its number. The hashes
carry no key: they show damage and careless edits, not an intruder who recomputes the whole chain.
Exit 1: a hash does not fit.

Examples:
  meridian audit verify                            of the running server
  meridian audit verify --state /var/lib/meridian  of a directory that no server holds
  meridian audit export > audit.jsonl")]
pub(super) struct Audit {
    #[command(subcommand)]
    act: Act,
}

#[derive(Debug, Subcommand)]
enum Act {
    /// Recompute every hash
    Verify(Source),
    /// Print every event as one JSON object a line, with its chain and its hash
    Export(Source),
}

#[derive(Debug, Args)]
struct Source {
    /// A state directory that no server holds, instead of a running server
    #[arg(long, value_name = "DIR", conflicts_with_all = ["socket"])]
    state: Option<PathBuf>,
    #[command(flatten)]
    connection: Connection,
}

impl Audit {
    pub(super) fn run(&self) -> Exit {
        let (Act::Verify(source) | Act::Export(source)) = &self.act;
        let mut terminal = source.connection.terminal();
        let done = match (&self.act, &source.state) {
            (Act::Verify(_), Some(directory)) => verify_file(directory, &mut terminal),
            (Act::Export(_), Some(directory)) => export_file(directory, &mut terminal),
            (act, None) => source.connection.servers().and_then(|servers| {
                let each = servers.iter().map(|server| match act {
                    Act::Verify(_) => block_on(verify(server, &mut terminal)),
                    Act::Export(_) => block_on(export(server, &mut terminal)),
                });
                each.collect::<Result<Vec<Exit>, Failure>>()
                    .map(|exits| exits.into_iter().max().unwrap_or(Exit::Done))
            }),
        };
        done.unwrap_or_else(|failure| fail(&mut terminal, &failure))
    }
}

async fn verify(server: &Server, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let answer = server.ask::<AuditBody>(&Request::new(Method::GET, &["audit"])).await?;
    Ok(say(&answer.body, terminal))
}

async fn export(server: &Server, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let mut since = 0;
    while terminal.is_open() {
        let mut request = Request::new(Method::GET, &["audit", "events"]);
        request.parameters = vec![("since", since.to_string())];
        let links = server.ask::<LinksBody>(&request).await?.body.events;
        let Some(last) = links.last() else { break };
        since = last.event.id;
        links.iter().for_each(|link| terminal.document(&json!(link)));
    }
    Ok(Exit::Done)
}

fn verify_file(directory: &Path, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let audited = director::audit_file(directory).map_err(|error| unreadable(&error))?;
    Ok(say(&audited.into(), terminal))
}

fn export_file(directory: &Path, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let print = |link| terminal.document(&json!(LinkBody::from(link)));
    director::audit_links(directory, print).map_err(|error| unreadable(&error))?;
    Ok(Exit::Done)
}

fn unreadable(error: &StoreError) -> Failure {
    Failure::usage(error.to_string())
}

fn say(body: &AuditBody, terminal: &mut Terminal) -> Exit {
    if terminal.audience() == Audience::Program {
        terminal.document(&json!(body));
    }
    match &body.error {
        Some(error) => terminal.complain(error),
        None => terminal.say(&format!(
            "every hash fits: {} operators' acts and reloads, {} transitions",
            body.audit.unwrap_or(0),
            body.transitions.unwrap_or(0)
        )),
    }
    if body.holds { Exit::Done } else { Exit::Refused }
}
