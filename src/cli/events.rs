//! `meridian events`: transitions, overrides, reloads; kept ones, and as they happen.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connect::{Connection, Server};
use super::event_line;
use super::exit::Exit;
use super::follower::{Follower, News};
use super::report::{block_on, fail};
use super::server_events::Told;
use super::terminal::{Audience, Terminal};
use crate::admin::body::EventBody;

/// Print what happened: transitions, overrides, reloads
#[derive(Debug, Args)]
#[command(after_help = "\
Without --follow: what the server has kept, and the end. With --follow: what happens from now on (or since --since),
over restarts of the server too; Ctrl-C ends it.

Examples:
  meridian events
  meridian events --follow
  meridian events --json | jq 'select(.kind == \"override\")'")]
pub(super) struct Events {
    /// Go on with what happens
    #[arg(long)]
    follow: bool,
    /// Begin after this event's number
    #[arg(long, value_name = "ID")]
    since: Option<u64>,
    #[command(flatten)]
    connection: Connection,
}

impl Events {
    pub(super) fn run(&self) -> Exit {
        let mut terminal = self.connection.terminal();
        match self.connection.servers() {
            Ok(servers) => block_on(self.print(&servers, &mut terminal)),
            Err(failure) => fail(&mut terminal, &failure),
        }
    }

    async fn print(&self, servers: &[Server], terminal: &mut Terminal) -> Exit {
        let (tell, mut news) = mpsc::channel(64);
        let mut followers = JoinSet::new();
        for server in servers {
            let follower = Follower {
                server: server.clone(),
                since: if self.follow { self.since } else { Some(self.since.unwrap_or(0)) },
                tell: tell.clone(),
            };
            let follow = self.follow;
            followers.spawn(async move {
                if follow {
                    follower.follow().await;
                } else {
                    follower.replay().await;
                }
            });
        }
        drop(tell);
        let mut exit = Exit::Done;
        while terminal.is_open() {
            let next = tokio::select! {
                next = news.recv() => next,
                _ = tokio::signal::ctrl_c() => None,
            };
            match next {
                Some(News::Event(socket, told)) => {
                    let whose = (servers.len() > 1).then_some(socket);
                    show(terminal, whose, &told);
                }
                Some(News::Ended(_, None)) => {}
                Some(News::Ended(socket, Some(failure))) => {
                    terminal.complain(&format!("{}: {}", socket.display(), failure.words()));
                    exit = exit.max(failure.exit);
                }
                None => break,
            }
        }
        followers.shutdown().await;
        exit
    }
}

fn show(terminal: &mut Terminal, whose: Option<PathBuf>, told: &Told) {
    if told.name == "lagged" {
        return terminal.complain("too slow for the live events; reading them from the store");
    }
    if told.name == "error" {
        return terminal.complain(&told.data);
    }
    match (terminal.audience(), whose) {
        (Audience::Program, None) => terminal.print(&told.data),
        (Audience::Program, Some(socket)) => {
            let mut document: Value = serde_json::from_str(&told.data).unwrap_or(Value::Null);
            if let Value::Object(members) = &mut document {
                members.insert("socket".to_owned(), json!(socket.display().to_string()));
            }
            terminal.document(&document);
        }
        (Audience::Person, whose) => {
            let paint = terminal.paint();
            let line = match serde_json::from_str::<EventBody>(&told.data) {
                Ok(event) => event_line::render(&event, paint),
                Err(_) => told.data.clone(),
            };
            let whose = whose.map(|socket| format!("{}  ", socket.display())).unwrap_or_default();
            terminal.print(&format!("{whose}{line}"));
        }
    }
}
