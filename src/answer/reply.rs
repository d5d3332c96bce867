//! An answer under construction, written straight into the carrier's buffer.
//!
//! Room for the OPT is kept from the start, so that it always fits (RFC 6891 §7). Records that do not fit leave the
//! question, TC and the OPT (RFC 2181 §9).

use super::edns::{DATAGRAM, NSID, OPT};
use super::query::{Asked, HEADER};
use super::rcode::Rcode;
use super::subnet::Subnet;
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
    nsid: &'a [u8],
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
        nsid: &'a [u8],
        out: &'o mut [u8],
    ) -> Option<Self> {
        let limit = limit(asked, client).min(out.len());
        let at = HEADER + asked.question.len();
        out.get_mut(HEADER..at)?.copy_from_slice(asked.question);
        let mut reply =
            Self { asked, nsid, out, at, room: limit, counts: [0; 3], authoritative: false, scope: 0 };
        reply.room = limit.checked_sub(reply.opt_length()).filter(|room| *room >= at)?;
        Some(reply)
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

    /// Adds address records of one owner in the answer section, beginning with the one at `first` and going round.
    pub(super) fn addresses(
        &mut self,
        owner: u16,
        records: &AddressRecords<'_>,
        ttl: u32,
        first: usize,
    ) -> Result<(), NoRoom> {
        let count = records.data.len() / records.size;
        let size = RECORD + records.size;
        let room = self.out.get_mut(..self.room).and_then(|out| out.get_mut(self.at..)).ok_or(NoRoom)?;
        let room = room.get_mut(..count * size).ok_or(NoRoom)?;
        let [t0, t1] = records.rtype.to_be_bytes();
        let [ttl0, ttl1, ttl2, ttl3] = ttl.to_be_bytes();
        let [o0, o1] = (owner | 0xc000).to_be_bytes();
        let fixed = [o0, o1, t0, t1, 0, 1, ttl0, ttl1, ttl2, ttl3, 0, records.size as u8];
        let (front, back) = records.data.split_at((first % count.max(1)) * records.size);
        let rotated = back.chunks_exact(records.size).chain(front.chunks_exact(records.size));
        for (slot, address) in room.chunks_exact_mut(size).zip(rotated) {
            let (head, data) = slot.split_at_mut(RECORD);
            head.copy_from_slice(&fixed);
            data.copy_from_slice(address);
        }
        self.at += count * size;
        self.counts[0] = self.counts[0].saturating_add(count as u16);
        Ok(())
    }

    /// Adds a CNAME made from a DNAME, its target whole; gives where the target stands.
    pub(super) fn alias(&mut self, owner: u16, ttl: u32, target: &[u8]) -> Result<usize, NoRoom> {
        let length = target.len().min(255) as u8;
        let [ttl0, ttl1, ttl2, ttl3] = ttl.to_be_bytes();
        let [o0, o1] = (owner | 0xc000).to_be_bytes();
        let room = self.out.get_mut(..self.room).and_then(|out| out.get_mut(self.at..)).ok_or(NoRoom)?;
        let (head, data) = room.get_mut(..RECORD + target.len()).ok_or(NoRoom)?.split_at_mut(RECORD);
        head.copy_from_slice(&[o0, o1, 0, CNAME, 0, 1, ttl0, ttl1, ttl2, ttl3, 0, length]);
        data.copy_from_slice(target);
        let at = self.at + RECORD;
        self.at = at + target.len();
        self.counts[0] = self.counts[0].saturating_add(1);
        Ok(at)
    }

    /// Takes back every record, for an answer that did not fit.
    fn clear(&mut self) {
        self.at = HEADER + self.asked.question.len();
        self.counts = [0; 3];
    }

    /// Completes an answer whose records all fitted, or truncates it; the length of the message.
    pub(super) fn finish(mut self, rcode: Rcode, fitted: Result<(), NoRoom>) -> usize {
        if fitted.is_err() {
            self.clear();
        }
        self.opt(rcode);
        let [id_high, id_low, asked_flags, asked_more] = self.asked.head;
        let flags = 0x80
            | asked_flags & (OPCODE | RD)
            | if self.authoritative { AA } else { 0 }
            | if fitted.is_err() { TC } else { 0 };
        let [an, ns, ar] = self.counts.map(u16::to_be_bytes);
        let questions = u8::from(!self.asked.question.is_empty());
        let header = [
            id_high,
            id_low,
            flags,
            asked_more & CD | rcode.header_bits(),
            0,
            questions,
            an[0],
            an[1],
            ns[0],
            ns[1],
            ar[0],
            ar[1],
        ];
        if let Some(out) = self.out.first_chunk_mut::<HEADER>() {
            *out = header;
        }
        self.at
    }

    fn subnet(&self) -> Option<Subnet<'a>> {
        self.asked.edns.and_then(|edns| edns.subnet)
    }

    fn wants_nsid(&self) -> bool {
        !self.nsid.is_empty() && self.asked.edns.is_some_and(|edns| edns.nsid)
    }

    fn opt_length(&self) -> usize {
        if self.asked.edns.is_none() {
            return 0;
        }
        let nsid = if self.wants_nsid() { 4 + self.nsid.len() } else { 0 };
        11 + nsid + self.subnet().map_or(0, |subnet| subnet.length())
    }

    /// Writes the OPT, exactly when the query had one. Its room was kept by `new`.
    fn opt(&mut self, rcode: Rcode) {
        let Some(edns) = self.asked.edns else { return };
        let data = (self.opt_length() - 11) as u16;
        let [size_high, size_low] = DATAGRAM.to_be_bytes();
        let [data_high, data_low] = data.to_be_bytes();
        let dnssec_ok = if edns.dnssec_ok { 0x80 } else { 0 };
        let opt = OPT as u8;
        self.put(&[
            0,
            0,
            opt,
            size_high,
            size_low,
            rcode.extended_bits(),
            0,
            dnssec_ok,
            0,
            data_high,
            data_low,
        ]);
        if self.wants_nsid() {
            self.put(&NSID.to_be_bytes());
            self.put(&(self.nsid.len() as u16).to_be_bytes());
            self.put(self.nsid);
        }
        if let Some(subnet) = self.subnet() {
            let (head, address) = subnet.parts();
            self.put(&Subnet::OPTION.to_be_bytes());
            self.put(&(subnet.length() as u16 - 4).to_be_bytes());
            self.put(head);
            self.put(&[self.scope]);
            self.put(address);
        }
        self.counts[Section::Additional as usize] += 1;
    }

    fn put(&mut self, octets: &[u8]) {
        if let Some(room) = self.out.get_mut(self.at..self.at + octets.len()) {
            room.copy_from_slice(octets);
            self.at += octets.len();
        }
    }
}

/// Addresses of one family, packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct AddressRecords<'s> {
    /// A or AAAA.
    pub rtype: u16,
    /// Octets of one address, 4 or 16.
    pub size: usize,
    /// The addresses, one behind the other.
    pub data: &'s [u8],
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
/// Octets of a record before its data, with a compressed owner.
const RECORD: usize = 12;
const CNAME: u8 = 5;
const OPCODE: u8 = 0x78;
const RD: u8 = 0x01;
const AA: u8 = 0x04;
const TC: u8 = 0x02;
const CD: u8 = 0x10;
