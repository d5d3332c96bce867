//! Words and descriptors over a Unix stream: a line of text each, with the descriptors that it speaks of. A signal, or
//! a stop and what continues it, interrupts calls that have a timeout (signal(7)): they are made again.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recv, recvmsg, sendmsg,
};

/// One end of the stream; its calls block, for as long as they may.
#[derive(Debug)]
pub(super) struct Line {
    stream: UnixStream,
    /// What came and was not yet asked for.
    octets: Vec<u8>,
    sockets: VecDeque<OwnedFd>,
}

impl Line {
    /// Every call ends after `patience`.
    pub(super) fn new(stream: UnixStream, patience: Duration) -> io::Result<Self> {
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(patience))?;
        stream.set_write_timeout(Some(patience))?;
        Ok(Self { stream, octets: Vec::new(), sockets: VecDeque::new() })
    }

    /// Says a word.
    pub(super) fn say(&mut self, words: &str) -> io::Result<()> {
        self.send(words, &[])
    }

    /// Hands sockets over, as many at a time as the kernel takes.
    pub(super) fn give(&mut self, sockets: &[OwnedFd]) -> io::Result<()> {
        for some in sockets.chunks(AT_ONCE) {
            self.send(&format!("sockets {}", some.len()), some)?;
        }
        self.say("given")
    }

    /// The next word; an error of kind `UnexpectedEof` where the other side went.
    pub(super) fn hear(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.octets.iter().position(|octet| *octet == b'\n') {
                let line: Vec<u8> = self.octets.drain(..=end).collect();
                return Ok(String::from_utf8_lossy(&line[..end]).into_owned());
            }
            if self.octets.len() > LONGEST {
                return Err(ErrorKind::InvalidData.into());
            }
            self.receive()?;
        }
    }

    /// The next `count` sockets, which came with a word that was heard.
    pub(super) fn take(&mut self, count: usize) -> io::Result<Vec<OwnedFd>> {
        if self.sockets.len() < count {
            return Err(io::Error::new(ErrorKind::InvalidData, "fewer sockets came than were spoken of"));
        }
        Ok(self.sockets.drain(..count).collect())
    }

    /// Whether the other side is there still, or has said more before it went.
    pub(super) fn is_there(&self) -> bool {
        let flags = RecvFlags::PEEK | RecvFlags::DONTWAIT;
        let peeked = retry_on_intr(|| recv(&self.stream, &mut [0; 1], flags));
        matches!(peeked, Ok((1.., _)) | Err(Errno::AGAIN)) || !self.octets.is_empty()
    }

    fn send(&mut self, words: &str, sockets: &[OwnedFd]) -> io::Result<()> {
        let borrowed: Vec<_> = sockets.iter().map(AsFd::as_fd).collect();
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(AT_ONCE))];
        let mut ancillary = SendAncillaryBuffer::new(&mut space);
        if !borrowed.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(&borrowed)) {
            return Err(ErrorKind::InvalidInput.into());
        }
        let text = format!("{words}\n");
        let text = [IoSlice::new(text.as_bytes())];
        let sent = retry_on_intr(|| sendmsg(&self.stream, &text, &mut ancillary, SendFlags::NOSIGNAL))?;
        // A line is far shorter than the buffer of a Unix socket: it goes whole or not at all.
        if sent == text[0].len() { Ok(()) } else { Err(ErrorKind::WriteZero.into()) }
    }

    fn receive(&mut self) -> io::Result<()> {
        let mut octets = [0; LONGEST];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(AT_ONCE))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let flags = RecvFlags::CMSG_CLOEXEC;
        let mut whole = [IoSliceMut::new(&mut octets)];
        let got = retry_on_intr(|| recvmsg(&self.stream, &mut whole, &mut ancillary, flags))?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(sockets) = message {
                self.sockets.extend(sockets);
            }
        }
        if got.bytes == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.octets.extend_from_slice(&octets[..got.bytes]);
        Ok(())
    }
}

/// Octets of a line at most.
const LONGEST: usize = 256;
/// Descriptors of a message; the kernel takes 253 (`SCM_MAX_FD`).
const AT_ONCE: usize = 200;

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;

    use super::*;

    fn pair() -> (Line, Line) {
        let (one, other) = UnixStream::pair().unwrap();
        let line = |stream| Line::new(stream, Duration::from_secs(5)).unwrap();
        (line(one), line(other))
    }

    #[test]
    fn words_arrive_in_order_and_one_at_a_time() {
        let (mut one, mut other) = pair();
        one.say("hello 7").unwrap();
        one.say("give").unwrap();
        assert_eq!((other.hear().unwrap(), other.hear().unwrap()), ("hello 7".into(), "give".into()));
        assert!(other.is_there());
        drop(one);
        assert!(!other.is_there());
        assert_eq!(other.hear().unwrap_err().kind(), ErrorKind::UnexpectedEof);
    }

    #[test]
    fn more_sockets_than_a_message_holds_arrive_in_order() {
        let (mut one, mut other) = pair();
        let sockets: Vec<_> = (0..450).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
        let addresses: Vec<_> = sockets.iter().map(|socket| socket.local_addr().unwrap()).collect();
        let given: Vec<OwnedFd> = sockets.into_iter().map(OwnedFd::from).collect();
        one.give(&given).unwrap();
        let mut taken = Vec::new();
        loop {
            let word = other.hear().unwrap();
            let Some(count) = word.strip_prefix("sockets ") else { break assert_eq!(word, "given") };
            taken.extend(other.take(count.parse().unwrap()).unwrap());
        }
        assert!(taken.iter().zip(&given).all(|(taken, given)| taken.as_raw_fd() != given.as_raw_fd()));
        let arrived: Vec<_> =
            taken.into_iter().map(|fd| std::net::UdpSocket::from(fd).local_addr().unwrap()).collect();
        assert_eq!(arrived, addresses);
    }

    #[test]
    fn a_line_without_end_is_refused() {
        let (mut one, mut other) = pair();
        one.say(&"x".repeat(2 * LONGEST)).unwrap();
        assert_eq!(other.hear().unwrap_err().kind(), ErrorKind::InvalidData);
    }
}
