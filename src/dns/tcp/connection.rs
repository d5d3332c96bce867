//! One connection: reads messages, has them answered in order, writes the answers. Every wait has an end.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_rustls::TlsAcceptor;

use super::super::crowd::Activity;
use super::TcpLimits;
use super::desk::{Desk, Next};
use super::stream::Stream;

/// A connection at work.
struct Connection {
    stream: Stream,
    peer: SocketAddr,
    limits: TcpLimits,
    desk: Rc<RefCell<Desk>>,
    activity: Activity,
    draining: watch::Receiver<Option<Instant>>,
    input: Vec<u8>,
    output: Vec<u8>,
}

/// A client that was let in, and may have to shake hands first.
pub(super) struct Newcomer {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) tls: Option<TlsAcceptor>,
    pub(super) limits: TcpLimits,
    pub(super) desk: Rc<RefCell<Desk>>,
    pub(super) activity: Activity,
    pub(super) draining: watch::Receiver<Option<Instant>>,
}

impl Newcomer {
    /// Serves until one side has had enough.
    pub(super) async fn serve(self) -> Closed {
        let Self { stream, peer, tls, limits, desk, activity, mut draining } = self;
        let opened = tokio::select! {
            biased;
            opened = Stream::open(stream, tls, limits.message) => opened,
            _ = draining.wait_for(Option::is_some) => Err(Closed::Shutdown),
        };
        let stream = match opened {
            Ok(stream) => stream,
            Err(closed) => return closed,
        };
        let (input, output) = (Vec::new(), Vec::new());
        Connection { stream, peer, limits, desk, activity, draining, input, output }.serve().await
    }
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The client went.
    ByClient,
    /// Silent for too long.
    Idle,
    /// No session of TLS came about, or not in time.
    Handshake,
    /// A message took too long.
    Deadline,
    /// Answers were not read.
    Unread,
    /// A length that no message has.
    Junk,
    /// The server stops.
    Shutdown,
}

impl Closed {
    /// Its word in metrics; none where the client closed.
    pub(super) const fn word(self) -> Option<&'static str> {
        match self {
            Self::ByClient => None,
            Self::Idle => Some("idle"),
            Self::Handshake => Some("handshake"),
            Self::Deadline => Some("deadline"),
            Self::Unread => Some("unread"),
            Self::Junk => Some("junk"),
            Self::Shutdown => Some("shutdown"),
        }
    }
}

impl Connection {
    /// Serves until one side has had enough.
    async fn serve(mut self) -> Closed {
        loop {
            if let Err(closed) = self.turn().await {
                self.stream.end().await;
                return closed;
            }
        }
    }

    /// From the first octet of a message until nothing is left to answer.
    async fn turn(&mut self) -> Result<(), Closed> {
        self.rest();
        self.first_octets().await?;
        let mut started = Instant::now();
        loop {
            if self.answer().await? > 0 {
                started = Instant::now(); // what is left came with the last read
            }
            if self.input.is_empty() {
                return Ok(());
            }
            let deadline = started + self.limits.message;
            let read = timeout_at(deadline, self.stream.read(&mut self.input)).await;
            read.map_err(|_| Closed::Deadline)??;
        }
    }

    /// An idle connection holds little.
    fn rest(&mut self) {
        for buffer in [&mut self.input, &mut self.output] {
            if buffer.capacity() > KEPT {
                *buffer = Vec::new();
            }
        }
    }

    async fn first_octets(&mut self) -> Result<(), Closed> {
        tokio::select! {
            biased;
            read = self.stream.read(&mut self.input) => read,
            _ = self.draining.wait_for(Option::is_some) => Err(Closed::Shutdown),
            () = sleep(self.limits.idle) => Err(Closed::Idle),
        }
    }

    /// Answers every whole message that has come, and says how many octets they were.
    async fn answer(&mut self) -> Result<usize, Closed> {
        let mut consumed = 0;
        let next = loop {
            let pass = self.desk.borrow_mut().pass(self.peer, &self.input[consumed..], &mut self.output);
            consumed += pass.consumed;
            self.write().await?;
            if !matches!(pass.next, Next::Whole(_)) {
                break pass.next;
            }
        };
        if next == Next::Junk {
            return Err(Closed::Junk);
        }
        self.input.drain(..consumed);
        Ok(consumed)
    }

    /// Writes what has been answered: lengths and messages in one piece.
    async fn write(&mut self) -> Result<(), Closed> {
        if self.output.is_empty() {
            return Ok(());
        }
        timeout(self.limits.message, self.stream.write(&self.output))
            .await
            .map_err(|_| Closed::Unread)?
            .map_err(|_| Closed::ByClient)?;
        self.output.clear();
        self.activity.set(Instant::now());
        Ok(())
    }
}

/// Octets of each buffer that an idle connection may keep.
const KEPT: usize = 8 << 10;
