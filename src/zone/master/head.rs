//! The head of a record: owner, TTL, class and type, before the data.

use super::super::problem::Reason;
use super::super::rtype::generic;
use super::super::{Name, Rtype};
use super::lexer::{Fault, Word};
use super::seconds;
use super::words::Words;

/// What stands between owner and data.
pub(super) struct Head {
    pub(super) ttl: Option<u32>,
    pub(super) rtype: Rtype,
}

impl Head {
    /// `[TTL] [class] type` or `[class] [TTL] type`.
    pub(super) fn read(words: &mut Words<'_, '_>) -> Result<Head, Fault> {
        let mut ttl = None;
        let mut class = false;
        loop {
            let Some(word) = words.next() else {
                return Err(words.end_fault(Reason::NoType));
            };
            let digits = word.text.starts_with(|first: char| first.is_ascii_digit());
            match word.text.to_ascii_uppercase().as_str() {
                _ if digits && ttl.is_none() => ttl = Some(word.ttl()?),
                "IN" | "CLASS1" if !class => class = true,
                other @ ("CH" | "HS" | "CS" | "NONE") => {
                    return Err(word.fault(Reason::Class(other.to_owned())));
                }
                other if generic(other, "CLASS").is_some() => {
                    return Err(word.fault(Reason::Class(other.to_owned())));
                }
                other => {
                    let unknown = || word.fault(Reason::UnknownType(word.text.to_owned()));
                    let rtype = Rtype::from_text(other).ok_or_else(unknown)?;
                    return Ok(Head { ttl, rtype });
                }
            }
        }
    }
}

impl Word<'_> {
    pub(super) fn ttl(&self) -> Result<u32, Fault> {
        seconds(self.text).ok_or_else(|| self.fault(Reason::Ttl(self.text.to_owned())))
    }

    pub(super) fn name(&self, origin: &Name) -> Result<Name, Fault> {
        Name::from_text(self.text, origin).map_err(|error| self.fault(Reason::Name(error)))
    }
}

impl Words<'_, '_> {
    pub(super) fn name(&mut self, what: &'static str, origin: &Name) -> Result<Name, Fault> {
        self.need(what, "a domain name")?.name(origin)
    }
}
