//! Many datagrams with one system call: `recvmmsg` and `sendmmsg` over buffers that are laid out once.
//!
//! This folder is the one home of `unsafe` in this crate: the two calls, two options (of a socket, of a
//! thread), and reading what the kernel wrote. An answer leaves from the address that was asked: where the
//! socket reports it (wildcard binds), it is handed back with the answer. A `Batch` belongs to one thread; it
//! decides nothing about the messages.
#![allow(unsafe_code)]

mod address;
mod control;
mod option;

use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::{io, mem, ptr};

use address::{name_length, socket_address};
use control::{Control, reply_control};
pub(super) use option::{set_option, sleep_exactly};

/// Messages taken at once.
pub(super) const MESSAGES: usize = 64;
/// Octets kept of a query; the rest of a longer one is cut off, and what arrived is then malformed.
const QUERY: usize = 4096;
/// Octets that an answer may have (RFC 9715; IPv6's least MTU without headers).
pub(super) const ANSWER: usize = 1232;

/// Buffers for [`MESSAGES`] queries and their answers.
pub(super) struct Batch {
    queries: Box<[u8]>,
    answers: Box<[u8]>,
    peers: Box<[libc::sockaddr_storage]>,
    controls: Box<[Control]>,
    control_lengths: [usize; MESSAGES],
    query_lengths: [usize; MESSAGES],
    answer_lengths: [usize; MESSAGES],
    received: usize,
}

/// One query and the place for its answer.
pub(super) struct Exchange<'a> {
    /// What arrived.
    pub(super) query: &'a [u8],
    /// Who sent it.
    pub(super) client: SocketAddr,
    /// Where the answer goes.
    pub(super) answer: &'a mut [u8],
    /// Octets of the answer; 0, as it starts, sends nothing.
    pub(super) length: &'a mut usize,
}

impl Batch {
    pub(super) fn new() -> Self {
        // SAFETY: sockaddr_storage is plain integers, for which all zeroes is a value.
        let nobody: libc::sockaddr_storage = unsafe { mem::zeroed() };
        Self {
            queries: vec![0; MESSAGES * QUERY].into(),
            answers: vec![0; MESSAGES * ANSWER].into(),
            peers: vec![nobody; MESSAGES].into(),
            controls: vec![Control::EMPTY; MESSAGES].into(),
            control_lengths: [0; MESSAGES],
            query_lengths: [0; MESSAGES],
            answer_lengths: [0; MESSAGES],
            received: 0,
        }
    }

    /// Waits for a message, takes what else is there, and says how many. 0 when the socket's timeout passed.
    pub(super) fn receive(&mut self, socket: &UdpSocket) -> io::Result<usize> {
        self.received = 0;
        let mut vectors = [EMPTY_VECTOR; MESSAGES];
        let mut headers = [EMPTY_HEADER; MESSAGES];
        let slots = self.queries.chunks_exact_mut(QUERY).zip(&mut self.peers).zip(&mut self.controls);
        for ((header, vector), ((query, peer), control)) in headers.iter_mut().zip(&mut vectors).zip(slots) {
            vector.iov_base = query.as_mut_ptr().cast();
            vector.iov_len = query.len();
            header.msg_hdr.msg_name = ptr::from_mut(peer).cast();
            header.msg_hdr.msg_namelen = mem::size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = control.len() as _;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
        }
        // SAFETY: `headers` holds MESSAGES headers. Each points to one vector of `vectors` and, through it,
        // to a query buffer, to a peer and to a control buffer, each of the length given. All are distinct,
        // this frame owns them or borrows them mutably through `self`, and they outlive the call. No timeout
        // is passed.
        let received = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                MESSAGES as libc::c_uint,
                libc::MSG_WAITFORONE,
                ptr::null_mut(),
            )
        };
        let Ok(received) = usize::try_from(received) else {
            return nothing_yet(io::Error::last_os_error());
        };
        for (slot, header) in headers.iter().take(received).enumerate() {
            self.query_lengths[slot] = (header.msg_len as usize).min(QUERY);
            // SAFETY: the kernel filled this header, and its control buffer is this slot's, untouched since.
            let (control, length) = unsafe { reply_control(&header.msg_hdr) };
            self.control_lengths[slot] = length;
            if length > 0 {
                self.controls[slot] = control;
            }
            self.answer_lengths[slot] = 0;
        }
        self.received = received.min(MESSAGES);
        Ok(self.received)
    }

    /// The queries of the last [`Batch::receive`], each with the place for its answer.
    pub(super) fn exchanges(&mut self) -> impl Iterator<Item = Exchange<'_>> {
        let queries = self.queries.chunks_exact(QUERY).zip(&self.query_lengths);
        let answers = self.answers.chunks_exact_mut(ANSWER).zip(&mut self.answer_lengths);
        queries.zip(&self.peers).zip(answers).take(self.received).map(
            |(((query, used), peer), (answer, length))| Exchange {
                query: &query[..*used],
                client: socket_address(peer),
                answer,
                length,
            },
        )
    }

    /// Sends every answer that has a length; returns how many could not be sent. A failure belongs to one
    /// message: the others are sent. Where the socket's send timeout passes, the rest is given up, so that
    /// the queries that wait meanwhile are not.
    pub(super) fn send(&mut self, socket: &UdpSocket) -> usize {
        let mut vectors = [EMPTY_VECTOR; MESSAGES];
        let mut headers = [EMPTY_HEADER; MESSAGES];
        let mut count = 0;
        for slot in 0..self.received {
            let length = self.answer_lengths[slot].min(ANSWER);
            if length == 0 {
                continue;
            }
            let name_length = name_length(&self.peers[slot]);
            vectors[count].iov_base = self.answers[slot * ANSWER..][..length].as_mut_ptr().cast();
            vectors[count].iov_len = length;
            let header = &mut headers[count].msg_hdr;
            header.msg_name = ptr::from_mut(&mut self.peers[slot]).cast();
            header.msg_namelen = name_length;
            header.msg_control = self.controls[slot].as_mut_ptr().cast();
            header.msg_controllen = self.control_lengths[slot] as _;
            header.msg_iov = &raw mut vectors[count];
            header.msg_iovlen = 1;
            count += 1;
        }
        // SAFETY: the first `count` headers are set above. Each points to a name, a control message and one
        // vector (and through it to an answer) of the lengths given, which `self` and this frame own; nothing
        // touches them before the call is over.
        unsafe { send_all(socket, &mut headers[..count]) }
    }
}

/// Sends the prepared headers one after another, skipping those that fail; returns how many failed.
///
/// # Safety
/// Every pointer in `headers` is null or points to live memory of the length beside it.
unsafe fn send_all(socket: &UdpSocket, headers: &mut [libc::mmsghdr]) -> usize {
    let (mut done, mut failed) = (0, 0);
    while done < headers.len() {
        let rest = &mut headers[done..];
        // SAFETY: `rest` holds that many headers, whose pointers the caller vouches for. The kernel writes
        // only their `msg_len`.
        let sent =
            unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), rest.len() as libc::c_uint, 0) };
        match usize::try_from(sent) {
            Ok(sent) => done += sent,
            Err(_) => match io::Error::last_os_error().kind() {
                io::ErrorKind::Interrupted => {}
                io::ErrorKind::WouldBlock => return failed + headers.len() - done,
                _ => (done, failed) = (done + 1, failed + 1),
            },
        }
    }
    failed
}

/// A timeout and an interrupting signal are no errors.
fn nothing_yet(error: io::Error) -> io::Result<usize> {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
        _ => Err(error),
    }
}

const EMPTY_VECTOR: libc::iovec = libc::iovec { iov_base: ptr::null_mut(), iov_len: 0 };

// SAFETY: mmsghdr is pointers and integers, for which all zeroes (null, nothing) is a value.
const EMPTY_HEADER: libc::mmsghdr = unsafe { mem::zeroed() };

#[cfg(test)]
mod tests;
