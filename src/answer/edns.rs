//! EDNS (RFC 6891) as a query has it: finds the OPT among the records behind the question, and reads what we use of it.
//! It finds a signature there too; every other record is skipped.

use super::cookie;
use super::subnet::Subnet;
use super::tsig::Tsig;

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
    /// What is said of keeping the connection (RFC 7828).
    pub keepalive: Keepalive,
    /// The first cookie (RFC 7873 §5.2).
    pub cookie: Option<cookie::Asked<'m>>,
    /// Whether the answer's length is to be hidden (RFC 7830).
    pub padding: bool,
    /// The client subnet, where it is given.
    pub subnet: Option<Subnet<'m>>,
}

/// What a query says of keeping its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keepalive {
    Absent,
    Asked,
    /// A query names no timeout: only the server does (RFC 7828 §3.2.1). Counts on a stream only.
    Malformed,
}

/// What stands behind the question, as far as it could be read.
#[derive(Default)]
pub(super) struct Extras<'m> {
    pub edns: Option<Edns<'m>>,
    pub tsig: Option<Tsig<'m>>,
}

impl<'m> Extras<'m> {
    /// Walks all records behind the question. The message must end where its last record ends; false is a FORMERR.
    pub(super) fn read(&mut self, message: &'m [u8], mut at: usize, skipped: u16, additionals: u16) -> bool {
        for _ in 0..skipped {
            let Some(record) = Record::read(message, at) else { return false };
            at = record.end;
        }
        for left in (0..additionals).rev() {
            let Some(record) = Record::read(message, at) else { return false };
            at = record.end;
            let well = match record.rtype {
                OPT => self.opt(&record),
                Tsig::TYPE => left == 0 && self.signature(message, &record),
                _ => true,
            };
            if !well {
                return false;
            }
        }
        at == message.len()
    }

    fn opt(&mut self, record: &Record<'m>) -> bool {
        if self.edns.is_some() || !record.owner_is_root() {
            return false;
        }
        self.edns.insert(record.edns()).read_options(record.data)
    }

    fn signature(&mut self, message: &'m [u8], record: &Record<'m>) -> bool {
        self.tsig = Tsig::read(message, record);
        self.tsig.is_some()
    }
}

impl<'m> Edns<'m> {
    /// Takes in the options that we use; false when they run past the end, are too many, or malformed themselves.
    fn read_options(&mut self, mut options: &'m [u8]) -> bool {
        if self.version > 0 {
            return true; // options of another version are not processed (RFC 6891 §6.1.3)
        }
        for _ in 0..OPTIONS {
            if options.is_empty() {
                return true;
            }
            match self.read_option(options) {
                Some(rest) => options = rest,
                None => return false,
            }
        }
        options.is_empty()
    }

    /// Takes in the first option and gives the others.
    fn read_option(&mut self, options: &'m [u8]) -> Option<&'m [u8]> {
        let (code, rest) = options.split_first_chunk::<2>()?;
        let (length, rest) = rest.split_first_chunk::<2>()?;
        let (data, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        match u16::from_be_bytes(*code) {
            NSID => self.nsid = true,
            COOKIE if self.cookie.is_none() => self.cookie = Some(cookie::Asked::parse(data)?),
            KEEPALIVE if !data.is_empty() => self.keepalive = Keepalive::Malformed,
            KEEPALIVE if self.keepalive == Keepalive::Absent => self.keepalive = Keepalive::Asked,
            PADDING => self.padding = true,
            Subnet::OPTION if self.subnet.is_some() => return None,
            Subnet::OPTION => self.subnet = Some(Subnet::parse(data)?),
            _ => {}
        }
        Some(rest)
    }
}

/// One resource record of a query.
pub(super) struct Record<'m> {
    /// Where its owner stands.
    pub at: usize,
    owner_end: usize,
    rtype: u16,
    /// CLASS: of an OPT, the size.
    pub class: u16,
    ttl: [u8; 4],
    /// RDATA.
    pub data: &'m [u8],
    end: usize,
}

impl<'m> Record<'m> {
    fn read(message: &'m [u8], at: usize) -> Option<Self> {
        let owner_end = skip_name(message, at)?;
        let (fixed, rest) = message.get(owner_end..)?.split_first_chunk::<10>()?;
        let [t0, t1, c0, c1, ttl0, ttl1, ttl2, ttl3, l0, l1] = *fixed;
        let data = rest.get(..usize::from(u16::from_be_bytes([l0, l1])))?;
        Some(Self {
            at,
            owner_end,
            rtype: u16::from_be_bytes([t0, t1]),
            class: u16::from_be_bytes([c0, c1]),
            ttl: [ttl0, ttl1, ttl2, ttl3],
            data,
            end: owner_end + 10 + data.len(),
        })
    }

    fn owner_is_root(&self) -> bool {
        self.owner_end == self.at + 1
    }

    fn edns(&self) -> Edns<'m> {
        let [_, version, flags, _] = self.ttl;
        Edns {
            size: self.class,
            version,
            dnssec_ok: flags & 0x80 != 0,
            nsid: false,
            keepalive: Keepalive::Absent,
            cookie: None,
            padding: false,
            subnet: None,
        }
    }
}

/// The position behind a name. A compression pointer ends it and is not followed; a label takes a step.
pub(super) fn skip_name(message: &[u8], mut at: usize) -> Option<usize> {
    for _ in 0..=LABELS {
        match *message.get(at)? {
            0 => return Some(at + 1),
            label @ 1..=63 => at += 1 + usize::from(label),
            192.. => return message.get(at + 1).map(|_| at + 2),
            _ => return None,
        }
    }
    None
}

/// The type of the OPT pseudo-record.
pub(super) const OPT: u16 = 41;
/// Name server identifier (RFC 5001).
pub(super) const NSID: u16 = 3;
/// RFC 7873.
pub(super) const COOKIE: u16 = cookie::Asked::OPTION;
/// RFC 7828.
pub(super) const KEEPALIVE: u16 = 11;
/// RFC 7830.
pub(super) const PADDING: u16 = 12;
/// Extended DNS errors (RFC 8914).
pub(super) const EDE: u16 = 15;
/// The largest datagram that we take and send (RFC 9715; 1280 less IPv6 and UDP headers).
pub(super) const DATAGRAM: u16 = 1232;
/// As many options as a query reasonably has: what one query costs is bounded.
const OPTIONS: usize = 32;
/// The most labels of a name.
const LABELS: usize = 127;
