//! A query, parsed strictly: every octet is accounted for, nothing is allocated, and what is wrong is said by an RCODE.

use super::edns::{self, Edns};
use super::rcode::Rcode;
use crate::zone::QueryName;

/// Octets of a message header (RFC 1035 §4.1.1).
pub(super) const HEADER: usize = 12;

/// A well-formed query for one name.
pub(super) struct Query<'m> {
    /// What is common to all replies to it.
    pub asked: Asked<'m>,
    /// QTYPE.
    pub rtype: u16,
    /// QCLASS.
    pub class: u16,
}

/// What a reply repeats of its query.
pub(super) struct Asked<'m> {
    /// Identifier and flags: the first four octets.
    pub head: [u8; 4],
    /// The question's octets, case and all; empty when it could not be read.
    pub question: &'m [u8],
    /// The query's OPT, where it had a readable one.
    pub edns: Option<Edns<'m>>,
}

/// What the octets turned out to be.
pub(super) enum Parsed<'m> {
    /// Nothing to answer: under 12 octets, or an answer itself.
    Ignored,
    /// Answered with this code and no data.
    Refused(Rcode, Asked<'m>),
    /// A query.
    Query(Query<'m>),
}

impl<'m> Query<'m> {
    /// Reads a message of any length. `name` becomes the name asked for; where no query comes out it is of no meaning.
    pub(super) fn parse(message: &'m [u8], name: &mut QueryName) -> Parsed<'m> {
        let Some(header) = message.first_chunk::<HEADER>() else {
            return Parsed::Ignored;
        };
        let [id_high, id_low, flags, more, ..] = *header;
        if flags & QR != 0 {
            return Parsed::Ignored;
        }
        let mut asked = Asked { head: [id_high, id_low, flags, more], question: &[], edns: None };
        if flags & OPCODE != 0 {
            asked.head = [id_high, id_low, flags & OPCODE, 0]; // no flag of a foreign opcode is copied
            return Parsed::Refused(Rcode::NotImplemented, asked);
        }
        let count = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        if count(4) != 1 {
            return Parsed::Refused(Rcode::FormErr, asked);
        }
        let Ok(fixed) = name.read(message, HEADER) else {
            return Parsed::Refused(Rcode::FormErr, asked);
        };
        let Some([type_high, type_low, class_high, class_low]) =
            message.get(fixed..).and_then(|rest| rest.first_chunk::<4>()).copied()
        else {
            return Parsed::Refused(Rcode::FormErr, asked);
        };
        let end = fixed + 4;
        asked.question = message.get(HEADER..end).unwrap_or_default();
        let skipped = u32::from(count(6)) + u32::from(count(8));
        match edns::find(message, end, skipped, count(10)) {
            Ok(edns) => asked.edns = edns,
            Err(edns) => {
                asked.edns = edns;
                return Parsed::Refused(Rcode::FormErr, asked);
            }
        }
        if asked.edns.as_ref().is_some_and(|edns| edns.version > 0) {
            return Parsed::Refused(Rcode::BadVersion, asked);
        }
        let rtype = u16::from_be_bytes([type_high, type_low]);
        let class = u16::from_be_bytes([class_high, class_low]);
        Parsed::Query(Query { asked, rtype, class })
    }
}

const QR: u8 = 0x80;
const OPCODE: u8 = 0x78;
