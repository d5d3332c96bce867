//! Transaction signatures (RFC 8945): this server shares keys with nobody, so a signed query is told that its key is not
//! known. An answer that ignored the signature would be thrown away as forged, and the client would wait for another.

use super::edns::{Record, skip_name};
use crate::zone::QueryName;

/// What an answer repeats of a query's TSIG.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tsig<'m> {
    /// The key's name.
    key: &'m [u8],
    /// The algorithm's name.
    algorithm: &'m [u8],
    /// Time signed, and fudge.
    time: &'m [u8],
}

impl<'m> Tsig<'m> {
    /// The record's type.
    pub(super) const TYPE: u16 = 250;

    /// Reads the record; none is a FORMERR.
    pub(super) fn read(message: &'m [u8], record: &Record<'m>) -> Option<Self> {
        let (_, end) = QueryName::parse(message, record.at).ok()?;
        let key = message.get(record.at..end)?;
        let (algorithm, rest) = record.data.split_at(skip_name(record.data, 0)?);
        let (time, rest) = rest.split_at_checked(TIME)?;
        let (size, rest) = rest.split_first_chunk::<2>()?;
        let rest = rest.get(usize::from(u16::from_be_bytes(*size))..)?;
        let ([_, _, _, _, o0, o1], other) = rest.split_first_chunk::<6>()?;
        let whole = other.len() == usize::from(u16::from_be_bytes([*o0, *o1])) && record.class == ANY;
        whole.then_some(Self { key, algorithm, time })
    }

    /// Writes an unsigned TSIG that says BADKEY (RFC 8945 §5.2.1, §5.3.2) at the start of `out`; how many octets it
    /// took, 0 when there was no room.
    pub(super) fn write(&self, id: [u8; 2], out: &mut [u8]) -> usize {
        let [size_high, size_low] = ((self.algorithm.len() + TIME + TAIL) as u16).to_be_bytes();
        let kind = [0, Self::TYPE as u8, 0, ANY as u8, 0, 0, 0, 0, size_high, size_low];
        let tail = [0, 0, id[0], id[1], 0, BADKEY, 0, 0];
        let parts = [self.key, &kind, self.algorithm, self.time, &tail];
        let length = parts.iter().map(|part| part.len()).sum();
        let Some(mut room) = out.get_mut(..length) else { return 0 };
        for part in parts {
            let (slot, rest) = room.split_at_mut(part.len());
            slot.copy_from_slice(part);
            room = rest;
        }
        length
    }
}

const ANY: u16 = 255;
const BADKEY: u8 = 17;
/// Octets of time signed and fudge.
const TIME: usize = 8;
/// Octets of an empty MAC, the ID, the error and the length of no other data.
const TAIL: usize = 8;
