//! An answer under construction, written straight into the carrier's buffer.
//!
//! Room for the OPT is kept from the start, so that it always fits (RFC 6891 §7). Records that do not fit leave the
//! question, TC and the OPT (RFC 2181 §9).

mod made;

pub(super) use made::{AddressRecords, BindingRecord};

use super::edns::DATAGRAM;
use super::lookup::Answered;
use super::opt::{Findings, Options};
use super::query::{Asked, HEADER};
use crate::client::{Carrier, Client};
use crate::zone::{Place, RRset};

/// The sections of a message, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Section {
    Answer = 0,
    Authority = 1,
    Additional = 2,
}

/// The records did not fit; the answer is to be truncated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoRoom;

/// An answer being written.
pub(super) struct Reply<'a, 'o> {
    asked: &'a Asked<'a>,
    /// What the OPT says; none exactly when the query had no OPT.
    options: Option<Options<'a>>,
    out: &'o mut [u8],
    /// Where the next record goes.
    at: usize,
    /// End of the room for records.
    room: usize,
    counts: [u16; 3],
    /// Authoritative for the first owner name.
    pub authoritative: bool,
    /// Scope of the ECS option, in bits.
    pub scope: u8,
}

impl<'a, 'o> Reply<'a, 'o> {
    /// Begins with the question. None when the buffer holds not even that.
    pub(super) fn new(
        asked: &'a Asked<'a>,
        client: &Client,
        options: Option<Options<'a>>,
        out: &'o mut [u8],
    ) -> Option<Self> {
        let limit = limit(asked, client).min(out.len());
        let out = out.get_mut(..limit)?;
        let at = HEADER + asked.question.len();
        let room = limit.checked_sub(options.map_or(0, |options| options.length()));
        let room = room.filter(|room| *room >= at)?;
        out.get_mut(HEADER..at)?.copy_from_slice(asked.question);
        Some(Self { asked, options, out, at, room, counts: [0; 3], authoritative: false, scope: 0 })
    }

    /// Where the next record would go; an owner written there can be pointed at.
    pub(super) const fn position(&self) -> usize {
        self.at
    }

    /// Adds a pre-encoded RRset, whole or not at all.
    pub(super) fn rrset(&mut self, section: Section, rrset: &RRset, place: Place) -> Result<(), NoRoom> {
        let records = self.out.get_mut(..self.room).ok_or(NoRoom)?;
        self.at = rrset.write(records, self.at, place).ok_or(NoRoom)?;
        self.counts[section as usize] = self.counts[section as usize].saturating_add(rrset.count());
        Ok(())
    }

    /// Takes back every record, for an answer that did not fit.
    fn clear(&mut self) {
        self.at = HEADER + self.asked.question.len();
        self.counts = [0; 3];
    }

    /// Completes an answer whose records all fitted, or truncates it; the length of the message.
    pub(super) fn finish(mut self, answered: &Answered, fitted: Result<(), NoRoom>) -> usize {
        if fitted.is_err() {
            self.clear();
        }
        self.close(answered);
        let [id_high, id_low, asked_flags, asked_more] = self.asked.head;
        let flags = 0x80
            | asked_flags & (OPCODE | RD)
            | if self.authoritative { AA } else { 0 }
            | if fitted.is_err() { TC } else { 0 };
        let more = asked_more & CD | answered.rcode.header_bits();
        let questions = u8::from(!self.asked.question.is_empty());
        let [an, ns, ar] = self.counts.map(u16::to_be_bytes);
        let header = [id_high, id_low, flags, more, 0, questions, an[0], an[1], ns[0], ns[1], ar[0], ar[1]];
        if let Some(out) = self.out.first_chunk_mut::<HEADER>() {
            *out = header;
        }
        self.at
    }

    /// Writes the OPT, whose room was kept by `new`, and behind it the signature's error.
    fn close(&mut self, answered: &Answered) {
        let findings =
            Findings { before: self.at, rcode: answered.rcode, scope: self.scope, trouble: answered.trouble };
        if let Some(options) = &self.options {
            let free = self.out.get_mut(self.at..).unwrap_or_default();
            self.at += options.write(&findings, free);
            self.counts[Section::Additional as usize] += 1;
        }
        let [id_high, id_low, ..] = self.asked.head;
        if let Some(tsig) = &self.asked.tsig {
            let free = self.out.get_mut(self.at..).unwrap_or_default();
            let length = tsig.write([id_high, id_low], free);
            self.at += length;
            self.counts[Section::Additional as usize] += u16::from(length > 0);
        }
    }
}

/// The largest answer this client may get (RFC 1035 §4.2.1, RFC 6891 §6.2.3, RFC 9715).
fn limit(asked: &Asked<'_>, client: &Client) -> usize {
    let carrier = match client.carrier {
        Carrier::Udp => asked.edns.map_or(PLAIN, |edns| edns.size.clamp(PLAIN, DATAGRAM)),
        Carrier::Tcp | Carrier::Tls | Carrier::Quic => u16::MAX,
    };
    usize::from(carrier.min(client.limit.max(PLAIN)))
}

/// A datagram without EDNS.
const PLAIN: u16 = 512;
const OPCODE: u8 = 0x78;
const RD: u8 = 0x01;
const AA: u8 = 0x04;
const TC: u8 = 0x02;
const CD: u8 = 0x10;
