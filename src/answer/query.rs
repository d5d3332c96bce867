//! A query, parsed strictly: every octet is accounted for, nothing is allocated, and what is wrong is said by an RCODE.

use super::cookie;
use super::edns::{self, Edns, Extras};
use super::rcode::Rcode;
use super::tsig::Tsig;
use crate::zone::QueryName;

/// Octets of a message header (RFC 1035 §4.1.1).
pub(super) const HEADER: usize = 12;

/// The one question of a query.
#[derive(Clone, Copy, Debug)]
pub(super) struct Question {
    /// QTYPE.
    pub rtype: u16,
    /// QCLASS.
    pub class: u16,
}

/// What a reply repeats of its query, or goes by.
pub(super) struct Asked<'m> {
    /// Identifier and flags: the first four octets.
    pub head: [u8; 4],
    /// The question's octets, case and all; empty when it could not be read.
    pub question: &'m [u8],
    /// The query's OPT, where it had a readable one.
    pub edns: Option<Edns<'m>>,
    /// The query's signature.
    pub tsig: Option<Tsig<'m>>,
}

/// What the octets turned out to be.
pub(super) enum Parsed<'m> {
    /// Nothing to answer: under 12 octets, or an answer itself.
    Ignored,
    /// Answered with this code and no data.
    Refused(Rcode, Asked<'m>),
    /// No question, and a cookie: only a fresh one is wanted (RFC 7873 §5.4).
    CookieOnly(Asked<'m>),
    /// A well-formed query for one name.
    Query(Asked<'m>, Question),
}

impl<'m> Parsed<'m> {
    /// Reads a message; `name` is where the asked name goes. When no query comes out it is of no meaning.
    pub(super) fn read(message: &'m [u8], name: &mut QueryName) -> Self {
        let Some(header) = message.first_chunk::<HEADER>() else {
            return Self::Ignored;
        };
        let [id_high, id_low, flags, more, ..] = *header;
        if flags & QR != 0 {
            return Self::Ignored;
        }
        let mut asked = Asked { head: [id_high, id_low, flags, more], question: &[], edns: None, tsig: None };
        if flags & OPCODE != 0 {
            asked.head = [id_high, id_low, flags & OPCODE, 0]; // no flag of a foreign opcode is copied
            return Self::Refused(Rcode::NotImplemented, asked);
        }
        let count = |at: usize| u16::from_be_bytes([header[at], header[at + 1]]);
        let counts @ [questions, answers, authorities, additionals] =
            [count(4), count(6), count(8), count(10)];
        if counts.iter().any(|count| *count > RECORDS) {
            return Self::Refused(Rcode::FormErr, asked);
        }
        let question = asked.read_questions(message, questions, name);
        let Some((question, end)) = question else {
            return Self::Refused(Rcode::FormErr, asked);
        };
        let mut extras = Extras::default();
        let whole = extras.read(message, end, answers + authorities, additionals);
        (asked.edns, asked.tsig) = (extras.edns, extras.tsig);
        match question {
            Some(question) if whole => Self::Query(asked, question),
            None if whole && questions == 0 && asked.cookie().is_some() => Self::CookieOnly(asked),
            _ => Self::Refused(Rcode::FormErr, asked),
        }
    }
}

impl<'m> Asked<'m> {
    /// The cookie that came along.
    pub(super) fn cookie(&self) -> Option<cookie::Asked<'m>> {
        self.edns.and_then(|edns| edns.cookie)
    }

    /// Reads the question where there is one only, else skips all, since behind them there may be an OPT; and the
    /// position behind them.
    fn read_questions(
        &mut self,
        message: &'m [u8],
        count: u16,
        name: &mut QueryName,
    ) -> Option<(Option<Question>, usize)> {
        if count != 1 {
            let end = (0..count).try_fold(HEADER, |at, _| Some(edns::skip_name(message, at)? + FIXED));
            return end.map(|end| (None, end));
        }
        let fixed = name.read(message, HEADER).ok()?;
        let [type_high, type_low, class_high, class_low] = *message.get(fixed..)?.first_chunk::<FIXED>()?;
        let end = fixed + FIXED;
        self.question = message.get(HEADER..end)?;
        let rtype = u16::from_be_bytes([type_high, type_low]);
        let class = u16::from_be_bytes([class_high, class_low]);
        Some((Some(Question { rtype, class }), end))
    }
}

const QR: u8 = 0x80;
const OPCODE: u8 = 0x78;
/// Octets of QTYPE and QCLASS.
const FIXED: usize = 4;
/// As many records of a section as a query reasonably has: what one query costs is bounded.
const RECORDS: u16 = 16;
