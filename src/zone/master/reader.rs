//! Entries → records: directives, owners, TTLs and classes left out, includes.

use std::sync::Arc;

use super::super::problem::{Problems, Reason, Spot};
use super::super::{Name, Rtype, ZoneFile};
use super::Record;
use super::head::Head;
use super::lexer::{Entry, Fault, Lexer, Word};
use super::words::Words;

/// Reads one zone's file and what it includes.
pub(in super::super) struct Reader<'a> {
    include: &'a dyn Fn(&str, &str) -> Result<ZoneFile, String>,
    problems: &'a mut Problems,
    records: Vec<Record>,
    default_ttl: Option<u32>,
    last_ttl: Option<u32>,
    /// Files being read, outermost first.
    open: Vec<Arc<str>>,
    included: usize,
}

/// What one file has said so far; an included file starts with a copy (RFC 1035 §5.1).
#[derive(Clone)]
struct Scope {
    file: Arc<str>,
    origin: Name,
    owner: Option<Name>,
}

impl<'a> Reader<'a> {
    /// All records of `text`; mistakes go to `problems`.
    pub(in super::super) fn read(
        file: &Arc<str>,
        text: &str,
        origin: &Name,
        include: &'a dyn Fn(&str, &str) -> Result<ZoneFile, String>,
        problems: &'a mut Problems,
    ) -> Vec<Record> {
        let mut reader = Reader {
            include,
            problems,
            records: Vec::new(),
            default_ttl: None,
            last_ttl: None,
            open: Vec::new(),
            included: 0,
        };
        reader.file(text, Scope { file: file.clone(), origin: origin.clone(), owner: None });
        reader.records
    }

    fn file(&mut self, text: &str, mut scope: Scope) {
        self.open.push(scope.file.clone());
        let mut lexer = Lexer::new(text);
        for entry in lexer.by_ref() {
            let (key, result) = match entry {
                Ok(entry) => self.entry(&entry, &mut scope),
                Err(fault) => (scope.origin.to_string(), Err(fault)),
            };
            if let Err(Fault { line, column, reason }) = result {
                self.problems.say(&Spot { file: scope.file.clone(), line, column }, key, reason);
            }
        }
        if !text.is_empty() && !text.ends_with('\n') {
            let spot = Spot { file: scope.file.clone(), line: lexer.line(), column: 1 };
            self.problems.say(&spot, scope.origin.to_string(), Reason::Unterminated);
        }
        self.open.pop();
    }

    /// Reads one entry; gives what it is about beside the outcome.
    fn entry(&mut self, entry: &Entry<'_>, scope: &mut Scope) -> (String, Result<(), Fault>) {
        let Some((first, rest)) = entry.words.split_first() else {
            return (String::new(), Ok(()));
        };
        if first.text.starts_with('$') && !first.quoted && !entry.indented {
            return (first.text.to_owned(), self.directive(first, rest, scope));
        }
        let mut words = Words::new(&entry.words);
        if !entry.indented {
            match words.name("an owner", &scope.origin) {
                Ok(owner) => scope.owner = Some(owner),
                Err(fault) => return (first.text.to_owned(), Err(fault)),
            }
        }
        let Some(owner) = scope.owner.clone() else {
            return (first.text.to_owned(), Err(first.fault(Reason::NoOwner)));
        };
        let mut key = owner.to_string();
        let result = self.record(owner, &mut key, words, first, scope);
        (key, result)
    }

    fn record(
        &mut self,
        owner: Name,
        key: &mut String,
        mut words: Words<'_, '_>,
        first: &Word<'_>,
        scope: &Scope,
    ) -> Result<(), Fault> {
        let head = Head::read(&mut words)?;
        key.push_str(&format!(" {}", head.rtype));
        let rdata = words.rdata(head.rtype, &scope.origin)?;
        let ttl = head.ttl.or(self.default_ttl).or(self.last_ttl);
        let ttl = ttl.or_else(|| minimum_of(head.rtype, &rdata)).ok_or_else(|| first.fault(Reason::NoTtl))?;
        self.last_ttl = head.ttl.or(self.last_ttl);
        let spot = Spot { file: scope.file.clone(), line: first.line, column: 1 };
        self.records.push(Record { owner, rtype: head.rtype, ttl, rdata, spot });
        Ok(())
    }

    fn directive(
        &mut self,
        directive: &Word<'_>,
        words: &[Word<'_>],
        scope: &mut Scope,
    ) -> Result<(), Fault> {
        let count = |allowed| directive.fault(Reason::DirectiveWords(words.len(), allowed));
        match (directive.text.to_ascii_uppercase().as_str(), words) {
            ("$ORIGIN", [name]) => scope.origin = name.name(&scope.origin)?,
            ("$ORIGIN", _) => return Err(count("one: the new origin")),
            ("$TTL", [ttl]) => self.default_ttl = Some(ttl.ttl()?),
            ("$TTL", _) => return Err(count("one: the default TTL")),
            ("$INCLUDE", [file]) => self.include(file, scope.clone())?,
            ("$INCLUDE", [file, origin]) => {
                let origin = origin.name(&scope.origin)?;
                self.include(file, Scope { origin, ..scope.clone() })?;
            }
            ("$INCLUDE", _) => return Err(count("one or two: a file, and its origin")),
            ("$GENERATE", _) => return Err(directive.fault(Reason::Generate)),
            _ => return Err(directive.fault(Reason::Directive(directive.text.to_owned()))),
        }
        Ok(())
    }

    fn include(&mut self, word: &Word<'_>, scope: Scope) -> Result<(), Fault> {
        if self.included == MAX_INCLUDES {
            return Err(word.fault(Reason::IncludeCount(MAX_INCLUDES)));
        }
        self.included += 1;
        let text = (self.include)(&scope.file, word.text);
        let included = text.map_err(|why| word.fault(Reason::Include(word.text.to_owned(), why)))?;
        if self.open.contains(&included.file) {
            return Err(word.fault(Reason::IncludeLoop(included.file.to_string())));
        }
        if self.open.len() > MAX_DEPTH {
            return Err(word.fault(Reason::Include(
                word.text.to_owned(),
                format!("{MAX_DEPTH} files deep; at most that"),
            )));
        }
        self.file(&included.text, Scope { file: included.file, ..scope });
        Ok(())
    }
}

/// The TTL of an SOA that none is written for: its MINIMUM, as RFC 1035 meant it.
fn minimum_of(rtype: Rtype, rdata: &[u8]) -> Option<u32> {
    let last = rdata.last_chunk::<4>().filter(|_| rtype == Rtype::SOA)?;
    Some(u32::from_be_bytes(*last))
}

/// The most files that one zone includes, and how deep.
const MAX_INCLUDES: usize = 1_000;
const MAX_DEPTH: usize = 8;
