//! EDNS (RFC 6891): finds the OPT among a query's records, reads what we use of it, and writes ours.

use super::subnet::Subnet;

/// What a query's OPT says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edns<'m> {
    /// The largest datagram the client takes, as offered.
    pub size: u16,
    /// EDNS version.
    pub version: u8,
    /// The DO flag.
    pub dnssec_ok: bool,
    /// Whether NSID is asked for (RFC 5001).
    pub nsid: bool,
    /// The client subnet, where it is given.
    pub subnet: Option<Subnet<'m>>,
}

/// Walks all records behind the question and gives the OPT. The message must end where its last record ends.
///
/// `Err` is a FORMERR, with the OPT where it could be read so far.
pub(super) fn find(
    message: &[u8],
    mut at: usize,
    skipped: u32,
    additionals: u16,
) -> Result<Option<Edns<'_>>, Option<Edns<'_>>> {
    for _ in 0..skipped {
        at = Record::read(message, at).ok_or(None)?.end;
    }
    let mut found: Option<Edns<'_>> = None;
    for _ in 0..additionals {
        let record = Record::read(message, at).ok_or(found)?;
        at = record.end;
        if record.rtype != OPT {
            continue;
        }
        if found.is_some() || !record.owner_is_root {
            return Err(found);
        }
        let (edns, options) = record.edns();
        found = Some(edns);
        found = Some(read_options(edns, options).ok_or(found)?);
    }
    if at == message.len() { Ok(found) } else { Err(found) }
}

/// Fills in the options that we use; none when they run past the end or are malformed themselves.
fn read_options<'m>(mut edns: Edns<'m>, mut options: &'m [u8]) -> Option<Edns<'m>> {
    if edns.version > 0 {
        return Some(edns); // options of another version are not processed (RFC 6891 §6.1.3)
    }
    while !options.is_empty() {
        let (code, rest) = options.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        match u16::from_be_bytes(*code) {
            NSID => edns.nsid = true,
            Subnet::OPTION if edns.subnet.is_some() => return None,
            Subnet::OPTION => edns.subnet = Some(Subnet::parse(data)?),
            _ => {}
        }
        options = rest;
    }
    Some(edns)
}

/// The fixed part of one resource record.
struct Record<'m> {
    owner_is_root: bool,
    rtype: u16,
    class: u16,
    ttl: [u8; 4],
    data: &'m [u8],
    end: usize,
}

impl<'m> Record<'m> {
    fn read(message: &'m [u8], at: usize) -> Option<Self> {
        let owner_end = skip_name(message, at)?;
        let (fixed, rest) = message.get(owner_end..)?.split_first_chunk::<10>()?;
        let [t0, t1, c0, c1, ttl0, ttl1, ttl2, ttl3, l0, l1] = *fixed;
        let data = rest.get(..usize::from(u16::from_be_bytes([l0, l1])))?;
        Some(Self {
            owner_is_root: owner_end == at + 1,
            rtype: u16::from_be_bytes([t0, t1]),
            class: u16::from_be_bytes([c0, c1]),
            ttl: [ttl0, ttl1, ttl2, ttl3],
            data,
            end: owner_end + 10 + data.len(),
        })
    }

    fn edns(&self) -> (Edns<'m>, &'m [u8]) {
        let [_, version, flags, _] = self.ttl;
        let edns =
            Edns { size: self.class, version, dnssec_ok: flags & 0x80 != 0, nsid: false, subnet: None };
        (edns, self.data)
    }
}

/// The position behind a name. A compression pointer ends it and is not followed.
fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            label @ 1..=63 => at += 1 + usize::from(label),
            192.. => return message.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
}

/// The type of the OPT pseudo-record.
pub(super) const OPT: u16 = 41;
/// Name server identifier (RFC 5001).
pub(super) const NSID: u16 = 3;
/// The largest datagram that we take and send (RFC 9715; 1280 less IPv6 and UDP headers).
pub(super) const DATAGRAM: u16 = 1232;
