//! Where the connections of the TCP thread have their queries answered: one responder and one buffer for all,
//! used between two awaits and never across one.

use std::net::SocketAddr;

use super::super::respond::Responder;
use super::super::tally::ROUND;

/// A responder with room for the longest answer.
pub(super) struct Desk {
    responder: Responder,
    answer: Box<[u8]>,
}

/// How far a pass over a connection's input came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pass {
    /// Octets that are dealt with.
    pub(super) consumed: usize,
    /// What comes behind them.
    pub(super) next: Next,
}

/// What stands at the start of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A whole message of so many octets, its length not counted.
    Whole(usize),
    /// Part of one, or nothing.
    Partial,
    /// A length that no message has.
    Junk,
}

impl Next {
    pub(super) fn of(input: &[u8]) -> Self {
        let Some((length, rest)) = input.split_first_chunk() else {
            return Self::Partial;
        };
        match usize::from(u16::from_be_bytes(*length)) {
            ..HEADER => Self::Junk,
            length if rest.len() < length => Self::Partial,
            length => Self::Whole(length),
        }
    }
}

impl Desk {
    pub(super) fn new(responder: Responder) -> Self {
        Self { responder, answer: vec![0; usize::from(u16::MAX)].into() }
    }

    /// Answers whole messages of `input`, framed, into `output`: a round at most, and until `output` is full.
    pub(super) fn pass(&mut self, peer: SocketAddr, input: &[u8], output: &mut Vec<u8>) -> Pass {
        let mut round = self.responder.round();
        let (mut consumed, mut messages) = (0, 0);
        let next = loop {
            let rest = &input[consumed..];
            let next = Next::of(rest);
            let Next::Whole(length) = next else { break next };
            if messages == ROUND || output.len() >= FULL {
                break next;
            }
            let answered = round.answer(peer, &rest[PREFIX..PREFIX + length], &mut self.answer);
            if let Ok(prefix @ 1..) = u16::try_from(answered) {
                output.extend_from_slice(&prefix.to_be_bytes());
                output.extend_from_slice(&self.answer[..answered]);
            }
            (consumed, messages) = (consumed + PREFIX + length, messages + 1);
        };
        round.close(0);
        Pass { consumed, next }
    }

    /// Shows what has been counted.
    pub(super) fn flush(&mut self) {
        self.responder.flush();
    }
}

/// Octets of a length.
const PREFIX: usize = 2;
/// Octets of the least message.
const HEADER: usize = 12;
/// Octets of answers that are collected before they are written; one more answer may come on top.
const FULL: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn framed(length: u16, body: usize) -> Vec<u8> {
        [length.to_be_bytes().as_slice(), &vec![0; body]].concat()
    }

    #[test]
    fn an_input_begins_with_a_message_a_part_of_one_or_junk() {
        let table = [
            (vec![], Next::Partial),
            (vec![0], Next::Partial),
            (framed(0, 0), Next::Junk),
            (framed(11, 11), Next::Junk),
            (framed(12, 0), Next::Partial),
            (framed(12, 11), Next::Partial),
            (framed(12, 12), Next::Whole(12)),
            (framed(12, 40), Next::Whole(12)),
            (framed(u16::MAX, 65_534), Next::Partial),
            (framed(u16::MAX, 65_535), Next::Whole(65_535)),
        ];
        for (input, expected) in table {
            assert_eq!(Next::of(&input), expected, "{} octets", input.len());
        }
    }
}
