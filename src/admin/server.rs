//! Connections: how many, how slow they may be, and how they end. The same for the socket and the page.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};

/// Bounds on what clients may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at once; more wait in the kernel's queue.
    pub connections: usize,
    /// Followers of events at once.
    pub followers: usize,
    /// For a request's head to arrive, and for an idle connection.
    pub head: Duration,
    /// For a request's body to arrive.
    pub body: Duration,
    /// For the director to answer.
    pub director: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 64,
            followers: 32,
            head: Duration::from_secs(5),
            body: Duration::from_secs(5),
            director: Duration::from_secs(5),
        }
    }
}

/// How long a connection may last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// As long as it is at work: followers stay.
    Open,
    /// No longer than this, however slowly its client reads.
    AtMost(Duration),
}

/// Whether the server takes connections; followers watch it to end their streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// It does.
    Serve,
    /// It does not, and gives those at work this long.
    Stop(Duration),
}

/// What a listener grants its connections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Terms {
    /// How many at once.
    pub(super) connections: usize,
    /// For a request's head to arrive.
    pub(super) head: Duration,
    /// For all of a connection.
    pub(super) life: Life,
}

impl Limits {
    pub(super) const fn terms(&self, life: Life) -> Terms {
        Terms { connections: self.connections, head: self.head, life }
    }
}

/// A listener at work.
#[derive(Debug)]
pub(super) struct Server {
    run: watch::Sender<Run>,
    task: JoinHandle<()>,
}

impl Server {
    /// Serves every connection of `listener` with the router that `route` makes for it.
    pub(super) fn spawn<L: Listener>(
        listener: L,
        terms: Terms,
        run: watch::Sender<Run>,
        route: impl Fn(&L::Io) -> Router + Send + 'static,
    ) -> Self {
        let task = tokio::spawn(accept(listener, terms, run.subscribe(), route));
        Self { run, task }
    }

    /// Stops accepting, lets requests at work end within `deadline`, then cuts them off.
    pub(super) async fn shutdown(self, deadline: Duration) {
        self.run.send_replace(Run::Stop(deadline));
        self.join().await;
    }

    /// Waits until the listener has ended.
    pub(super) async fn join(self) {
        if let Err(error) = self.task.await {
            tracing::error!(%error, "a listener of the admin edge ended badly");
        }
    }
}

async fn accept<L: Listener>(
    mut listener: L,
    terms: Terms,
    mut run: watch::Receiver<Run>,
    route: impl Fn(&L::Io) -> Router,
) {
    let slots = Arc::new(Semaphore::new(terms.connections));
    let mut connections = JoinSet::new();
    let deadline = loop {
        let next = async {
            let slot = Arc::clone(&slots).acquire_owned().await;
            (slot, listener.accept().await.0)
        };
        let (slot, io) = tokio::select! {
            next = next => next,
            deadline = stopped(&mut run) => break deadline,
        };
        let router = route(&io);
        let run = run.clone();
        connections.spawn(async move {
            let _slot = slot;
            match terms.life {
                Life::Open => serve(io, router, terms.head, run).await,
                Life::AtMost(life) => {
                    let _cut_off = tokio::time::timeout(life, serve(io, router, terms.head, run)).await;
                }
            }
        });
        while connections.try_join_next().is_some() {}
    };
    drop(listener);
    let at_work = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(deadline, at_work).await.is_err() {
        connections.shutdown().await;
    }
}

async fn serve<T>(io: T, router: Router, head: Duration, mut run: watch::Receiver<Run>)
where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(io), TowerToHyperService::new(router));
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        _ = stopped(&mut run) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an admin connection ended early");
    }
}

/// Ends when the server is told to stop, with the time that is left.
pub(super) async fn stopped(run: &mut watch::Receiver<Run>) -> Duration {
    match run.wait_for(|run| *run != Run::Serve).await.as_deref() {
        Ok(Run::Stop(deadline)) => *deadline,
        Ok(Run::Serve) | Err(_) => Duration::ZERO,
    }
}
