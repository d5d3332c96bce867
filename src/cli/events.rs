//! `meridian events`: transitions, overrides, reloads; kept ones, and as they happen.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::connect::{Connection, Failure, Request, Server, block_on, fail};
use super::exit::Exit;
use super::line::{Paint, Tone};
use super::server_events::{Parser, Told};
use super::terminal::{Audience, Terminal};
use crate::admin::body::{EventBody, OverrideBody, Span, What};

/// Between two attempts to reach a server that went away.
const RETRY: Duration = Duration::from_millis(500);

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

/// What a follower of one server reports.
enum News {
    Event(PathBuf, Told),
    Ended(PathBuf, Option<Failure>),
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
                since: if self.follow {
                    self.since
                } else {
                    Some(self.since.unwrap_or(0))
                },
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

/// Reads one server's stream.
struct Follower {
    server: Server,
    /// The last number seen.
    since: Option<u64>,
    tell: mpsc::Sender<News>,
}

impl Follower {
    async fn replay(mut self) {
        let ended = self.read(Then::End).await.err();
        let _nobody_reads = self.tell.send(News::Ended(self.server.socket, ended)).await;
    }

    /// Reads again and again; only a server that was never there ends it.
    async fn follow(mut self) {
        let mut reached = false;
        loop {
            match self.read(Then::Live).await {
                Ok(()) => reached = true,
                Err(failure) if !reached => {
                    let _nobody_reads = self
                        .tell
                        .send(News::Ended(self.server.socket, Some(failure)))
                        .await;
                    return;
                }
                Err(_) => {}
            }
            if self.tell.is_closed() {
                return;
            }
            tokio::time::sleep(RETRY).await;
        }
    }

    /// Reads until the stream ends; an error before its first byte is a failure.
    async fn read(&mut self, then: Then) -> Result<(), Failure> {
        let mut request = Request::new(Method::GET, &["events"]);
        request
            .parameters
            .extend(self.since.map(|since| ("since", since.to_string())));
        if then == Then::End {
            request.parameters.push(("follow", "false".to_owned()));
        }
        let mut response = self.server.open(&request).await?;
        let mut parser = Parser::default();
        while let Ok(Some(piece)) = response.chunk().await {
            for told in parser.take(&piece) {
                self.since = told.id.or(self.since);
                let missed = told.name == "lagged" && self.since.is_some();
                if self
                    .tell
                    .send(News::Event(self.server.socket.clone(), told))
                    .await
                    .is_err()
                    || missed
                {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// What comes after the kept events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    Live,
    End,
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
                Ok(event) => render(&event, paint),
                Err(_) => told.data.clone(),
            };
            let whose = whose
                .map(|socket| format!("{}  ", socket.display()))
                .unwrap_or_default();
            terminal.print(&format!("{whose}{line}"));
        }
    }
}

/// One event as a line.
fn render(event: &EventBody, paint: Paint) -> String {
    let when = paint.words(Tone::Dim, &event.at.to_string());
    format!("{when}  {}", what(&event.what, paint))
}

fn what(what: &What, paint: Paint) -> String {
    let strong = |name: &str| paint.words(Tone::Strong, name);
    let verdict = |word: &str| paint.words(Tone::of_verdict(word), word);
    match what {
        What::Endpoint {
            region,
            endpoint,
            from,
            to,
            layer,
            class,
            rounds,
        } => {
            let said = class.as_deref().unwrap_or("passed");
            format!(
                "{} {endpoint}: {} -> {} ({layer} {said}, {rounds} in a row)",
                strong(region),
                verdict(from),
                verdict(to)
            )
        }
        What::Region { region, from, to } => {
            format!("{}: {} -> {}", strong(region), verdict(from), verdict(to))
        }
        What::Override { word } => {
            let span = Span(word.until.0.saturating_sub(word.from.0));
            format!(
                "{} for {span} by {}: {}",
                named(word, paint),
                word.actor,
                word.reason
            )
        }
        What::Lifted { word, actor } => format!("{} lifted by {actor}", named(word, paint)),
        What::Expired { word } => format!("{} has reached its end", named(word, paint)),
        What::Reload { config_sha256 } => {
            let config: String = config_sha256.chars().take(12).collect();
            format!("reloaded, config {config}")
        }
        What::ReloadRefused { problems } => {
            let words = format!(
                "reload refused, the old world serves on: {}",
                problems.join(" | ")
            );
            paint.words(Tone::Warning, &words)
        }
        What::LastResort {
            service,
            fence,
            holds,
        } => {
            let fence = fence
                .as_ref()
                .map_or_else(String::new, |fence| format!(" in fence {fence}"));
            let (tone, so) = if *holds {
                (Tone::Bad, "is")
            } else {
                (Tone::Good, "is no longer")
            };
            paint.words(tone, &format!("{service}{fence} {so} at its last resort"))
        }
    }
}

/// `eu-west (api.yourdomain.com): force down`
fn named(word: &OverrideBody, paint: Paint) -> String {
    let service = word
        .service
        .as_ref()
        .map_or_else(String::new, |name| format!(" ({name})"));
    let kind = paint.words(Tone::Ordered, &word.kind.replace('_', " "));
    format!("{}{service}: {kind}", paint.words(Tone::Strong, &word.region))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_read_as_one_line_each() {
        let line = |json: &str| render(&serde_json::from_str(json).unwrap(), Paint::Plain);
        assert_eq!(
            line(
                r#"{"id":1,"at":"2026-11-20T07:02:42Z","kind":"endpoint","region":"eu-west","endpoint":"192.0.2.20",
                "from":"up","to":"down","layer":"tcp","class":"refused","rounds":3}"#
            ),
            "2026-11-20T07:02:42Z  eu-west 192.0.2.20: up -> down (tcp refused, 3 in a row)"
        );
        assert_eq!(
            line(
                r#"{"id":2,"at":"2026-11-20T07:02:42Z","kind":"override","override":{"region":"eu-west",
                "service":"api.yourdomain.com","kind":"force_down","actor":"uid:0(root)","reason":"why",
                "from":"2026-11-20T07:02:42Z","until":"2026-11-20T09:02:42Z"}}"#
            ),
            "2026-11-20T07:02:42Z  eu-west (api.yourdomain.com): force down for 2h 00m by uid:0(root): why"
        );
        assert_eq!(
            line(
                r#"{"id":3,"at":"2026-11-20T07:02:42Z","kind":"last_resort","service":"s","fence":"gdpr","holds":true}"#
            ),
            "2026-11-20T07:02:42Z  s in fence gdpr is at its last resort"
        );
    }
}
