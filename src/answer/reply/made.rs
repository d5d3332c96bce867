//! Records that are made for one answer rather than copied: steered ones, the CNAME of a DNAME, a text of class CHAOS.

use super::{HEADER, NoRoom, Reply};
use crate::steer::Binding;

/// Addresses of one family, packed.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct AddressRecords<'s> {
    /// A or AAAA.
    pub rtype: u16,
    /// Octets of one address, 4 or 16.
    pub size: usize,
    /// The addresses, one behind the other.
    pub data: &'s [u8],
}

/// An HTTPS or SVCB record.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct BindingRecord<'s> {
    /// HTTPS or SVCB.
    pub rtype: u16,
    /// What it says beside addresses.
    pub binding: &'s Binding,
    /// `ipv4hint` and `ipv6hint`, packed; empty: the hint is left out.
    pub hints: [&'s [u8]; 2],
}

impl Reply<'_, '_> {
    /// Adds address records of one owner in the answer section, beginning with the one at `first` and going round.
    pub(in super::super) fn addresses(
        &mut self,
        owner: u16,
        records: &AddressRecords<'_>,
        ttl: u32,
        first: usize,
    ) -> Result<(), NoRoom> {
        let count = records.data.len() / records.size;
        let size = RECORD + records.size;
        let room = self.take(count * size, count as u16)?;
        let head = head(owner, records.rtype, IN, ttl, records.size);
        for (slot, address) in room.chunks_exact_mut(size).zip(rotated(records.data, records.size, first)) {
            let (front, data) = slot.split_at_mut(RECORD);
            front.copy_from_slice(&head);
            data.copy_from_slice(address);
        }
        Ok(())
    }

    /// Adds one HTTPS or SVCB record, its hints beginning with the addresses at `first` and going round.
    pub(in super::super) fn binding(
        &mut self,
        owner: u16,
        record: &BindingRecord<'_>,
        ttl: u32,
        first: usize,
    ) -> Result<(), NoRoom> {
        let fixed = record.binding.octets();
        let hints = record.hints.iter().filter(|hint| !hint.is_empty());
        let length = fixed.len() + hints.map(|hint| PARAMETER + hint.len()).sum::<usize>();
        let (front, data) = self.take(RECORD + length, 1)?.split_at_mut(RECORD);
        front.copy_from_slice(&head(owner, record.rtype, IN, ttl, length));
        let (front, mut data) = data.split_at_mut(fixed.len());
        front.copy_from_slice(fixed);
        for (hint, (key, size)) in record.hints.into_iter().zip([(IPV4HINT, 4), (IPV6HINT, 16)]) {
            if hint.is_empty() {
                continue;
            }
            let (front, rest) = data.split_at_mut(PARAMETER + hint.len());
            let (parameter, addresses) = front.split_at_mut(PARAMETER);
            let [length_high, length_low] = (hint.len() as u16).to_be_bytes();
            parameter.copy_from_slice(&[0, key, length_high, length_low]);
            for (slot, address) in addresses.chunks_exact_mut(size).zip(rotated(hint, size, first)) {
                slot.copy_from_slice(address);
            }
            data = rest;
        }
        Ok(())
    }

    /// Adds a CNAME made from a DNAME, its target whole; gives where the target stands.
    pub(in super::super) fn alias(&mut self, owner: u16, ttl: u32, target: &[u8]) -> Result<usize, NoRoom> {
        let at = self.at + RECORD;
        let (front, data) = self.take(RECORD + target.len(), 1)?.split_at_mut(RECORD);
        front.copy_from_slice(&head(owner, CNAME, IN, ttl, target.len()));
        data.copy_from_slice(target);
        Ok(at)
    }

    /// Adds what a TXT question of class CHAOS is told, of at most 255 octets; nobody is to keep it.
    pub(in super::super) fn text(&mut self, text: &[u8]) -> Result<(), NoRoom> {
        self.authoritative = true;
        let (front, data) = self.take(RECORD + 1 + text.len(), 1)?.split_at_mut(RECORD);
        front.copy_from_slice(&head(HEADER as u16, TXT, CHAOS, 0, 1 + text.len()));
        let (length, data) = data.split_at_mut(1);
        length.copy_from_slice(&[text.len() as u8]);
        data.copy_from_slice(text);
        Ok(())
    }

    /// Room for `count` answer records of `length` octets together.
    fn take(&mut self, length: usize, count: u16) -> Result<&mut [u8], NoRoom> {
        let records = self.out.get_mut(..self.room).ok_or(NoRoom)?;
        let room = records.get_mut(self.at..self.at + length).ok_or(NoRoom)?;
        self.at += length;
        self.counts[0] = self.counts[0].saturating_add(count);
        Ok(room)
    }
}

/// A record up to its data, the owner as a pointer.
const fn head(owner: u16, rtype: u16, class: u8, ttl: u32, length: usize) -> [u8; RECORD] {
    let [o0, o1] = (owner | 0xc000).to_be_bytes();
    let [t0, t1] = rtype.to_be_bytes();
    let [ttl0, ttl1, ttl2, ttl3] = ttl.to_be_bytes();
    let [l0, l1] = (length as u16).to_be_bytes();
    [o0, o1, t0, t1, 0, class, ttl0, ttl1, ttl2, ttl3, l0, l1]
}

/// The addresses, beginning with the one at `first` and going round.
fn rotated(packed: &[u8], size: usize, first: usize) -> impl Iterator<Item = &[u8]> {
    let count = packed.len() / size;
    let (front, back) = packed.split_at((first % count.max(1)) * size);
    back.chunks_exact(size).chain(front.chunks_exact(size))
}

/// Octets of a record before its data, with a compressed owner.
const RECORD: usize = 12;
/// Octets of an SvcParam before its value.
const PARAMETER: usize = 4;
const IPV4HINT: u8 = 4;
const IPV6HINT: u8 = 6;
const CNAME: u16 = 5;
const TXT: u16 = 16;
const IN: u8 = 1;
const CHAOS: u8 = 3;
