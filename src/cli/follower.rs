//! Reads one server's events, over its restarts.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Method;
use tokio::sync::mpsc;

use super::connect::{Request, Server};
use super::failure::Failure;
use super::server_events::{Parser, Told};

/// Between two attempts to reach a server that went away.
const RETRY: Duration = Duration::from_millis(500);

/// What a follower of one server reports.
pub(super) enum News {
    /// An event of the server at this socket.
    Event(PathBuf, Told),
    /// The stream of the server at this socket is over; why, if not by itself.
    Ended(PathBuf, Option<Failure>),
}

/// Reads one server's stream.
pub(super) struct Follower {
    pub(super) server: Server,
    /// The last number seen.
    pub(super) since: Option<u64>,
    pub(super) tell: mpsc::Sender<News>,
}

impl Follower {
    /// Reads what is kept, once.
    pub(super) async fn replay(mut self) {
        let ended = self.read(Then::End).await.err();
        let _nobody_reads = self.tell.send(News::Ended(self.server.socket, ended)).await;
    }

    /// Reads again and again; only a server that was never there ends it.
    pub(super) async fn follow(mut self) {
        let mut reached = false;
        loop {
            match self.read(Then::Live).await {
                Ok(()) => reached = true,
                Err(failure) if !reached => {
                    let _nobody_reads = self.tell.send(News::Ended(self.server.socket, Some(failure))).await;
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
        request.parameters.extend(self.since.map(|since| ("since", since.to_string())));
        if then == Then::End {
            request.parameters.push(("follow", "false".to_owned()));
        }
        let mut response = self.server.open(&request).await?;
        let mut parser = Parser::default();
        while let Ok(Some(piece)) = response.chunk().await {
            for told in parser.take(&piece) {
                self.since = told.id.or(self.since);
                let missed = told.name == "lagged" && self.since.is_some();
                if self.tell.send(News::Event(self.server.socket.clone(), told)).await.is_err() || missed {
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
