//! The OPT of an answer (RFC 6891): which options it carries, how much room they take, and their octets.

use super::cookie::WHOLE;
use super::edns::{COOKIE, DATAGRAM, EDE, KEEPALIVE, Keepalive, NSID, OPT, PADDING};
use super::query::Asked;
use super::rcode::Rcode;
use super::subnet::Subnet;
use super::trouble::Trouble;
use crate::catalog::Host;
use crate::client::Client;

/// What our OPT says, as far as the query alone decides it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Options<'a> {
    /// The DO flag, copied (RFC 3225 §3).
    pub dnssec_ok: bool,
    /// Name server identifier; empty: not asked for, or not told.
    pub nsid: &'a [u8],
    /// Both halves of the cookie.
    pub cookie: Option<[u8; WHOLE]>,
    /// How long the connection may be idle, in units of 100 ms (RFC 7828).
    pub keepalive: Option<u16>,
    /// Whether the length of the message is to tell nothing (RFC 7830).
    pub padded: bool,
    /// The client subnet, echoed.
    pub subnet: Option<Subnet<'a>>,
}

/// What is known of the OPT only when the answer is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Findings {
    /// Its high bits stand in the OPT.
    pub rcode: Rcode,
    /// Scope of the client subnet, in bits.
    pub scope: u8,
    /// An extended error, where there is room for it.
    pub trouble: Option<Trouble>,
    /// Octets of the message before the OPT.
    pub before: usize,
}

impl<'a> Options<'a> {
    /// What is said to a query that asked `asked`; none where it had no OPT. Of another version's options we know nothing.
    pub(super) fn of(
        asked: &Asked<'a>,
        client: &Client,
        (host, idle): (&'a Host, u16),
        cookie: Option<[u8; WHOLE]>,
    ) -> Option<Self> {
        let edns = asked.edns?;
        let kept = edns.keepalive == Keepalive::Asked && client.carrier.has_keepalive();
        Some(Self {
            dnssec_ok: edns.dnssec_ok,
            nsid: if edns.nsid { &host.nsid } else { &[] },
            cookie,
            keepalive: kept.then_some(idle),
            padded: edns.padding && client.carrier.is_encrypted() && asked.tsig.is_none(),
            subnet: edns.subnet,
        })
    }

    /// An OPT that says nothing; none where the query had none.
    pub(super) fn bare(asked: &Asked<'a>) -> Option<Self> {
        let dnssec_ok = asked.edns?.dnssec_ok;
        Some(Self { dnssec_ok, nsid: &[], cookie: None, keepalive: None, padded: false, subnet: None })
    }

    /// Octets that are certainly needed: all but the extended error.
    pub(super) fn length(&self) -> usize {
        let nsid = if self.nsid.is_empty() { 0 } else { HEAD + self.nsid.len() };
        let cookie = self.cookie.map_or(0, |cookie| HEAD + cookie.len());
        let keepalive = self.keepalive.map_or(0, |_| HEAD + 2);
        FIXED + nsid + cookie + keepalive + self.subnet.map_or(0, |subnet| subnet.length())
    }

    /// Writes the OPT at the start of `out`; how many octets it took, 0 when there was no room.
    pub(super) fn write(&self, findings: &Findings, out: &mut [u8]) -> usize {
        let trouble = findings.trouble.filter(|_| self.length() + TROUBLE <= out.len());
        let length = self.length() + trouble.map_or(0, |_| TROUBLE);
        let padding = self
            .padded
            .then(|| padding(findings.before + length, out.len().saturating_sub(length)))
            .flatten();
        let length = length + padding.map_or(0, |padding| HEAD + padding);
        let Some(room) = out.get_mut(..length) else { return 0 };
        let mut writer = Writer { room, at: 0 };
        writer.fixed(self.dnssec_ok, findings.rcode, length - FIXED);
        if !self.nsid.is_empty() {
            writer.option(NSID, &[self.nsid]);
        }
        if let Some(cookie) = &self.cookie {
            writer.option(COOKIE, &[cookie]);
        }
        if let Some(timeout) = self.keepalive {
            writer.option(KEEPALIVE, &[&timeout.to_be_bytes()]);
        }
        if let Some(subnet) = &self.subnet {
            let (head, address) = subnet.parts();
            writer.option(Subnet::OPTION, &[head, &[findings.scope], address]);
        }
        if let Some(trouble) = trouble {
            writer.option(EDE, &[&trouble.code().to_be_bytes()]);
        }
        if let Some(padding) = padding {
            writer.option(PADDING, &[ZEROS.get(..padding).unwrap_or_default()]);
        }
        length
    }
}

/// Octets of padding that bring a message of `length` octets to whole blocks (RFC 8467 §4.1); none where even the
/// option's head has no room.
fn padding(length: usize, room: usize) -> Option<usize> {
    let most = room.checked_sub(HEAD)?;
    Some(((length + HEAD).next_multiple_of(BLOCK) - length - HEAD).min(most))
}

/// Writes into room that is there.
struct Writer<'o> {
    room: &'o mut [u8],
    at: usize,
}

impl Writer<'_> {
    fn fixed(&mut self, dnssec_ok: bool, rcode: Rcode, data: usize) {
        let [size_high, size_low] = DATAGRAM.to_be_bytes();
        let [data_high, data_low] = (data as u16).to_be_bytes();
        let flags = if dnssec_ok { 0x80 } else { 0 };
        let rcode = rcode.extended_bits();
        self.put(&[0, 0, OPT as u8, size_high, size_low, rcode, 0, flags, 0, data_high, data_low]);
    }

    fn option(&mut self, code: u16, data: &[&[u8]]) {
        let length: usize = data.iter().map(|part| part.len()).sum();
        self.put(&code.to_be_bytes());
        self.put(&(length as u16).to_be_bytes());
        for part in data {
            self.put(part);
        }
    }

    fn put(&mut self, octets: &[u8]) {
        if let Some(room) = self.room.get_mut(self.at..self.at + octets.len()) {
            room.copy_from_slice(octets);
            self.at += octets.len();
        }
    }
}

/// Octets of an OPT without options.
const FIXED: usize = 11;
/// Octets that answers are padded to a multiple of (RFC 8467 §4.1).
const BLOCK: usize = 468;
const ZEROS: [u8; BLOCK] = [0; BLOCK];
/// Octets of an option's code and length.
const HEAD: usize = 4;
/// Octets of an extended error without text.
const TROUBLE: usize = HEAD + 2;
