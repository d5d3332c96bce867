//! The predecessor's side: waits for successors, lets in one at a time, and asks the director for what it needs.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Stream;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, mpsc as waited};
use std::time::Duration;

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::PATIENCE;
use super::frame::Line;

/// What a successor asks of the director. A session asks in this order, and ends with [`Ask::Lost`] or after
/// [`Ask::Serving`]. It waits for each answer for a bounded time: where nobody takes one any more, it has failed.
#[derive(Debug)]
pub enum Ask {
    /// Every socket, once the store is free; or why not.
    Give(waited::Sender<Result<Given, String>>),
    /// The successor serves: stop. What is sent is held until no socket is read here any more.
    Serving(u32, waited::Sender<oneshot::Receiver<()>>),
    /// The successor ended before it served: go on.
    Lost,
}

/// What a successor gets.
#[derive(Debug)]
pub struct Given {
    /// Every socket.
    pub sockets: Vec<OwnedFd>,
    /// Where the Unix sockets among them stand, in their order.
    pub paths: Vec<PathBuf>,
}

/// Waits for successors until dropped.
#[derive(Debug)]
pub struct Door {
    task: JoinHandle<()>,
}

impl Door {
    /// Takes the listener over; needs a runtime.
    ///
    /// # Errors
    /// The system cannot watch it.
    pub fn open(listener: std::os::unix::net::UnixListener, asks: mpsc::Sender<Ask>) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        let listener = UnixListener::from_std(listener)?;
        Ok(Self { task: tokio::spawn(accept(listener, asks)) })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: UnixListener, asks: mpsc::Sender<Ask>) {
    // Whose turn it is; 0: nobody's.
    let turn = Arc::new(AtomicU32::new(0));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let Some(pid) = welcome(&stream) else { continue };
        let Ok(stream) = stream.into_std() else { continue };
        let first = turn.compare_exchange(0, pid, Ordering::AcqRel, Ordering::Acquire);
        let (turn, asks) = (Arc::clone(&turn), asks.clone());
        // A thread of its own: it waits for the other process, and the end of this one does not wait for it.
        let begun = std::thread::Builder::new().name("handover".to_owned()).spawn(move || match first {
            Ok(_) => {
                lead(stream, pid, &asks);
                turn.store(0, Ordering::Release);
            }
            Err(other) => put_off(stream, other),
        });
        if let Err(error) = begun {
            tracing::warn!(%error, "a successor finds nobody to speak to");
        }
    }
}

fn lead(stream: Stream, pid: u32, asks: &mpsc::Sender<Ask>) {
    tracing::info!(pid, "a successor prepares to take over");
    if let Err(error) = session(stream, pid, asks) {
        tracing::warn!(pid, %error, "the successor did not take over; serving goes on");
        let _director_ended = asks.blocking_send(Ask::Lost);
    }
}

/// Tells a second successor to wait for the first; it may have gone by itself.
fn put_off(stream: Stream, first: u32) {
    let _it_has_gone = Line::new(stream, PATIENCE).and_then(|mut line| {
        line.hear()?;
        line.say(&format!("busy {first}"))
    });
}

/// The process at the other end, if it is root's or this user's.
fn welcome(stream: &UnixStream) -> Option<u32> {
    let peer = stream.peer_cred().ok()?;
    let own = rustix::process::geteuid().as_raw();
    if peer.uid() != 0 && peer.uid() != own {
        tracing::warn!(uid = peer.uid(), "a stranger wanted to take over");
        return None;
    }
    peer.pid().and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid > 0)
}

/// Leads one successor from its first word to its last; an error leaves everything as it was.
fn session(stream: Stream, pid: u32, asks: &mpsc::Sender<Ask>) -> io::Result<()> {
    let mut line = Line::new(stream, PATIENCE)?;
    expect(&mut line, "hello")?;
    line.say("granted")?;
    expect(&mut line, "give")?;
    match asked(asks, Ask::Give).unwrap_or_else(|error| Err(error.to_string())) {
        Ok(Given { sockets, paths }) => {
            for path in paths {
                line.say(&format!("path {}", path.display()))?;
            }
            line.give(&sockets)?;
        }
        Err(why) => {
            line.say(&format!("refused {why}"))?;
            return Err(io::Error::other(why));
        }
    }
    match left(&mut line, pid, asks) {
        // From here on there is no way back: a successor that dies now is the service manager's to start again.
        Ok(left) => {
            let _it_has_ended = line.say("go");
            let _left = left.blocking_recv();
            Ok(())
        }
        Err(error) => {
            let _it_has_ended = line.say("revoked");
            Err(error)
        }
    }
}

/// Leaves the place to a successor that says that it serves, and that has not given up since: this process may have
/// been stopped for longer than the other one waited.
fn left(line: &mut Line, pid: u32, asks: &mpsc::Sender<Ask>) -> io::Result<oneshot::Receiver<()>> {
    expect(line, "serving")?;
    if !line.is_there() {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it said that it serves, and has gone since",
        ));
    }
    asked(asks, |reply| Ask::Serving(pid, reply))
}

fn expect(line: &mut Line, wanted: &str) -> io::Result<()> {
    let word = line.hear()?;
    if word.split(' ').next() == Some(wanted) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("it said {word:?} instead of {wanted}")))
}

fn asked<T>(asks: &mpsc::Sender<Ask>, ask: impl FnOnce(waited::Sender<T>) -> Ask) -> io::Result<T> {
    let (reply, answer) = waited::channel();
    let gone = || io::Error::other("this process is ending");
    asks.blocking_send(ask(reply)).map_err(|_| gone())?;
    answer.recv_timeout(HALF).map_err(|error| match error {
        waited::RecvTimeoutError::Disconnected => gone(),
        waited::RecvTimeoutError::Timeout => {
            io::Error::new(io::ErrorKind::TimedOut, "what it writes is not on disk in time")
        }
    })
}

/// How long the director may take: the other process must not give up before it is told.
const HALF: Duration = Duration::from_secs(PATIENCE.as_secs() / 2);

/// After a failure to accept: no busy loop.
const PAUSE: Duration = Duration::from_millis(100);
