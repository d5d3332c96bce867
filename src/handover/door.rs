//! The predecessor's side: waits for successors, lets in one at a time, and asks the director for what it needs.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream as Stream;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use super::PATIENCE;
use super::frame::Line;

/// What a successor asks of the director. A session asks in this order, and ends with [`Ask::Lost`] or after
/// [`Ask::Serving`].
#[derive(Debug)]
pub enum Ask {
    /// Every socket, once the store is free; or why not.
    Give(oneshot::Sender<Result<Given, String>>),
    /// The successor serves: stop. What is sent is held until no socket is read here any more.
    Serving(u32, oneshot::Sender<oneshot::Receiver<()>>),
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
    match asked(asks, Ask::Give)? {
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
    if let Err(error) = expect(&mut line, "serving") {
        let _it_has_ended = line.say("revoked");
        return Err(error);
    }
    let left = asked(asks, |reply| Ask::Serving(pid, reply))?;
    // From here on there is no way back: a successor that dies now is the service manager's to start again.
    let _it_has_ended = line.say("go");
    let _left = left.blocking_recv();
    Ok(())
}

fn expect(line: &mut Line, wanted: &str) -> io::Result<()> {
    let word = line.hear()?;
    if word.split(' ').next() == Some(wanted) {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidData, format!("it said {word:?} instead of {wanted}")))
}

fn asked<T>(asks: &mpsc::Sender<Ask>, ask: impl FnOnce(oneshot::Sender<T>) -> Ask) -> io::Result<T> {
    let (reply, answer) = oneshot::channel();
    let gone = || io::Error::other("this process is ending");
    asks.blocking_send(ask(reply)).map_err(|_| gone())?;
    answer.blocking_recv().map_err(|_| gone())
}

/// After a failure to accept: no busy loop.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(100);
