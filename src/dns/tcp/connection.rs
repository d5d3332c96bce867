//! One connection: reads messages, has them answered in order, writes the answers. Every wait has an end.

use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::TcpLimits;
use super::crowd::Activity;
use super::desk::{Desk, Next};

/// A connection at work.
pub(super) struct Connection {
    pub(super) stream: TcpStream,
    pub(super) peer: SocketAddr,
    pub(super) limits: TcpLimits,
    pub(super) desk: Rc<RefCell<Desk>>,
    pub(super) activity: Activity,
    pub(super) draining: watch::Receiver<Option<Instant>>,
    pub(super) input: Vec<u8>,
    pub(super) output: Vec<u8>,
}

/// Why a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// The client went.
    ByClient,
    /// Silent for too long.
    Idle,
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
            Self::Deadline => Some("deadline"),
            Self::Unread => Some("unread"),
            Self::Junk => Some("junk"),
            Self::Shutdown => Some("shutdown"),
        }
    }
}

impl Connection {
    /// Serves until one side has had enough.
    pub(super) async fn serve(mut self) -> Closed {
        loop {
            if let Err(closed) = self.turn().await {
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
            let read = timeout_at(deadline, read(&self.stream, &mut self.input)).await;
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
            read = read(&self.stream, &mut self.input) => read,
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
        timeout(self.limits.message, self.stream.write_all(&self.output))
            .await
            .map_err(|_| Closed::Unread)?
            .map_err(|_| Closed::ByClient)?;
        self.output.clear();
        self.activity.set(Instant::now());
        Ok(())
    }
}

/// Appends to `input` what has come, at least an octet. Takes no memory before something has.
async fn read(stream: &TcpStream, input: &mut Vec<u8>) -> Result<(), Closed> {
    loop {
        stream.readable().await.map_err(|_| Closed::ByClient)?;
        input.reserve(READ);
        match stream.try_read_buf(input) {
            Ok(1..) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return Err(Closed::ByClient),
        }
    }
}

/// Octets of input taken at once; a longer message takes several reads.
const READ: usize = 4 << 10;
/// Octets of each buffer that an idle connection may keep.
const KEPT: usize = 8 << 10;
