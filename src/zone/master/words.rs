//! The words of one entry, taken one by one, as the fields of RDATA.

use super::super::name_text::{NameError, unescape, wire_from_text};
use super::super::problem::Reason;
use super::super::{Name, Rtype};
use super::layout::{self, Field};
use super::lexer::{Fault, Word};
use super::parameters;

/// Words not yet read.
pub(super) struct Words<'a, 'w> {
    all: &'w [Word<'a>],
    next: usize,
}

impl<'a, 'w> Words<'a, 'w> {
    pub(super) fn new(all: &'w [Word<'a>]) -> Words<'a, 'w> {
        Words { all, next: 0 }
    }

    pub(super) fn next(&mut self) -> Option<Word<'a>> {
        let word = self.all.get(self.next).copied();
        self.next += usize::from(word.is_some());
        word
    }

    pub(super) fn need(&mut self, what: &'static str, allowed: &'static str) -> Result<Word<'a>, Fault> {
        self.next().ok_or_else(|| self.end_fault(Reason::Missing(what, allowed)))
    }

    /// A fault at the last word: where something is missing.
    pub(super) fn end_fault(&self, reason: Reason) -> Fault {
        match self.all.last() {
            Some(word) => word.fault(reason),
            None => Fault { line: 1, column: 1, reason },
        }
    }

    /// The data of a record, in its own text form or in RFC 3597's.
    pub(super) fn rdata(&mut self, rtype: Rtype, origin: &Name) -> Result<Vec<u8>, Fault> {
        if rtype.is_meta() {
            return Err(self.end_fault(Reason::MetaType));
        }
        if rtype.is_signature() {
            return Err(self.end_fault(Reason::Signed));
        }
        let generic = self.all.get(self.next).is_some_and(|word| word.text == "\\#" && !word.quoted);
        let rdata = if generic { self.generic(rtype)? } else { self.specific(rtype, origin)? };
        if rdata.len() > usize::from(u16::MAX) {
            return Err(self.end_fault(Reason::LongData(rdata.len())));
        }
        Ok(rdata)
    }

    fn specific(&mut self, rtype: Rtype, origin: &Name) -> Result<Vec<u8>, Fault> {
        let fields = layout::of(rtype).ok_or_else(|| self.end_fault(Reason::NoTextForm(rtype)))?;
        let mut rdata = Vec::new();
        for (what, field) in fields {
            self.field(what, *field, origin, &mut rdata)?;
        }
        match self.next() {
            Some(word) => {
                Err(word.fault(Reason::LeftOver(word.text.to_owned(), "the fields of the type, no more")))
            }
            None => Ok(rdata),
        }
    }

    fn field(
        &mut self,
        what: &'static str,
        field: Field,
        origin: &Name,
        rdata: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        match field {
            Field::Texts => {
                text(&self.need(what, field.allowed())?, rdata)?;
                while let Some(word) = self.next() {
                    text(&word, rdata)?;
                }
                return Ok(());
            }
            Field::Hex => return self.joined(what, field, layout::from_hex, rdata),
            Field::Base64 => return self.joined(what, field, layout::from_base64, rdata),
            Field::Parameters => return parameters::read(self, rdata),
            _ => {}
        }
        let word = self.need(what, field.allowed())?;
        match field {
            Field::Name => rdata.extend(word.name_wire(origin)?),
            Field::Text => text(&word, rdata)?,
            Field::Octets => rdata.extend(octets(&word)?),
            _ => {
                let wire = field.wire(word.text).filter(|_| !word.quoted);
                rdata.extend(wire.ok_or_else(|| word.wrong(what, field.allowed()))?);
            }
        }
        Ok(())
    }

    /// All words that are left, read as one.
    fn joined(
        &mut self,
        what: &'static str,
        field: Field,
        decode: fn(&str) -> Option<Vec<u8>>,
        rdata: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let first = self.need(what, field.allowed())?;
        let mut all = first.text.to_owned();
        while let Some(word) = self.next() {
            all.push_str(word.text);
        }
        let data = decode(&all).filter(|data| !data.is_empty());
        rdata.extend(data.ok_or_else(|| Word { text: &all, ..first }.wrong(what, field.allowed()))?);
        Ok(())
    }

    /// `\# LENGTH HEX…`, checked against the type's layout when it has one.
    fn generic(&mut self, rtype: Rtype) -> Result<Vec<u8>, Fault> {
        let mark = self.need("\\#", "RFC 3597 data")?;
        let word = self.need("length after \\#", "the number of octets")?;
        let len: u16 = word.text.parse().map_err(|_| word.wrong("length", "0 to 65535"))?;
        let mut hex = String::new();
        while let Some(word) = self.next() {
            hex.push_str(word.text);
        }
        let rdata = layout::from_hex(&hex)
            .ok_or_else(|| mark.wrong("RFC 3597 data", "an even number of hex digits"))?;
        if rdata.len() != usize::from(len) {
            return Err(mark.fault(Reason::GenericLength(len, rdata.len())));
        }
        layout::check(rtype, &rdata).map_err(|allowed| mark.fault(Reason::GenericData(rtype, allowed)))?;
        Ok(rdata)
    }
}

impl Word<'_> {
    pub(super) fn fault(&self, reason: Reason) -> Fault {
        Fault { line: self.line, column: self.column, reason }
    }

    /// The name that is written, its case kept.
    pub(super) fn name_wire(&self, origin: &Name) -> Result<Vec<u8>, Fault> {
        wire_from_text(self.text, origin.wire()).map_err(|error| self.fault(Reason::Name(error)))
    }

    pub(super) fn wrong(&self, what: &'static str, allowed: &'static str) -> Fault {
        self.fault(Reason::Field(self.text.chars().take(40).collect(), what, allowed))
    }
}

/// A character string with its length octet (RFC 1035 §3.3).
fn text(word: &Word<'_>, rdata: &mut Vec<u8>) -> Result<(), Fault> {
    let octets = octets(word)?;
    let len = u8::try_from(octets.len()).map_err(|_| word.fault(Reason::LongText(octets.len())))?;
    rdata.push(len);
    rdata.extend(octets);
    Ok(())
}

/// The octets of a word, escapes resolved; UTF-8 stays as it is.
pub(super) fn octets(word: &Word<'_>) -> Result<Vec<u8>, Fault> {
    let mut octets = Vec::with_capacity(word.text.len());
    let mut bytes = word.text.bytes();
    while let Some(byte) = bytes.next() {
        octets.push(match byte {
            b'"' => return Err(word.fault(Reason::Name(NameError::Quote))),
            b'\\' => unescape(&mut bytes).map_err(|error| word.fault(Reason::Name(error)))?,
            other => other,
        });
    }
    Ok(octets)
}
