//! Every mistake a zone can have, each with the exact words a user sees: what was found; what is allowed.
//!
//! The first groups refuse a zone; [`Reason::is_warning`] says which are only spoken of.

use std::fmt;
use std::sync::Arc;

use super::{Name, NameError, Rtype};

/// A place in a zone file; lines and columns count from 1, columns in octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spot {
    /// The file as it was named by the caller or by `$INCLUDE`.
    pub file: Arc<str>,
    /// The line.
    pub line: u32,
    /// The column, 1 where only the line is known.
    pub column: u32,
}

/// A mistake: where, in which record or key, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands.
    pub spot: Spot,
    /// The record (`www.example.com. CNAME`), directive or service that it is about.
    pub key: String,
    /// What was found and what is allowed.
    pub reason: Reason,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Spot { file, line, column } = &self.spot;
        write!(f, "{file}:{line}:{column}: {}: {}", self.key, self.reason)
    }
}

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant's text says what it is")]
pub enum Reason {
    // files
    #[error("not a zone's file name; <origin>.zone, with an origin's / written @, and .zone for the root")]
    FileName,
    #[error("zone {0} is also in {1}; one file a zone")]
    SecondFile(Name, Arc<str>),
    #[error("the last line is not ended, so the file may have been cut short; end it with a newline")]
    Unterminated,
    #[error("cannot include `{0}`: {1}")]
    Include(String, String),
    #[error("`{0}` is being included already; a file cannot include itself")]
    IncludeLoop(String),
    #[error("more than {0} files included; at most {0}")]
    IncludeCount(usize),

    // words
    #[error("a quoted string without its end; \" on the same line")]
    OpenQuote,
    #[error("a parenthesis that is never closed; ) before the file ends")]
    OpenParenthesis,
    #[error("a ) without its (; write \\) for the character")]
    StrayParenthesis,
    #[error("the control character \\{0:03}; write it as \\{0:03}")]
    Control(u8),

    // directives and the head of a record
    #[error("directive {0}; $ORIGIN, $TTL or $INCLUDE")]
    Directive(String),
    #[error("$GENERATE is not read; write the records out")]
    Generate,
    #[error("{0} words after the directive; {1}")]
    DirectiveWords(usize, &'static str),
    #[error("a record without an owner before it; start the line with a name or @")]
    NoOwner,
    #[error("no record type; NAME [TTL] [IN] TYPE DATA")]
    NoType,
    #[error("type or class `{0}`; a type such as A or TYPE65280, the class IN")]
    UnknownType(String),
    #[error("class {0}; IN alone is served")]
    Class(String),
    #[error("no TTL; write $TTL at the top, or a TTL in the record")]
    NoTtl,
    #[error("TTL `{0}`; seconds up to 2147483647, or units such as 1h30m (RFC 2181)")]
    Ttl(String),
    #[error("{0}")]
    Name(#[from] NameError),

    // data
    #[error("a question's or message's type; a type of data")]
    MetaType,
    #[error("a signed zone; zones are read unsigned")]
    Signed,
    #[error("the text form of {0} is not read; write it as TYPE{n} \\# LENGTH HEX (RFC 3597)", n = .0.0)]
    NoTextForm(Rtype),
    #[error("no {0}; {1}")]
    Missing(&'static str, &'static str),
    #[error("`{0}` left over; {1}")]
    LeftOver(String, &'static str),
    #[error("`{0}` as {1}; {2}")]
    Field(String, &'static str, &'static str),
    #[error("a string of {0} octets; at most 255, longer text in several strings")]
    LongText(usize),
    #[error("\\# {0} with {1} octets of data; as many as announced")]
    GenericLength(u16, usize),
    #[error("octets that are no {0} data; {1}")]
    GenericData(Rtype, &'static str),
    #[error("{0} octets of data; at most 65535")]
    LongData(usize),
    #[error("key {0} twice; each key once (RFC 9460)")]
    ParameterTwice(String),
    #[error("parameter `{0}`; alpn, port, ipv4hint, mandatory and so on, or keyNNNNN (RFC 9460)")]
    Parameter(String),
    #[error("{0}; RFC 9460 §8")]
    Mandatory(&'static str),

    // a zone's records together
    #[error("no SOA record; one at the apex")]
    NoSoa,
    #[error("a second SOA; one, the first is on line {0}")]
    SecondSoa(u32),
    #[error("SOA below the apex; one, at {0}")]
    SoaBelowApex(Name),
    #[error("outside the zone; names at or below {0}")]
    Outside(Name),
    #[error("CNAME beside {0}; a CNAME stands alone (RFC 1034 §3.6.2)")]
    CnameBeside(Rtype),
    #[error("CNAME at the apex; the addresses themselves, or a service")]
    CnameAtApex,
    #[error("a second {0} for the name; one")]
    SecondTarget(Rtype),
    #[error("NS at a wildcard; the delegated names one by one (RFC 4592 §4.2)")]
    WildcardNs,
    #[error("DNAME at a wildcard; the names one by one (RFC 6672 §3.3)")]
    WildcardDname,
    #[error("DNAME beside NS below the apex; one of them (RFC 6672 §2.3)")]
    DnameBesideNs,
    #[error("below the DNAME at {0}; nothing, since the DNAME takes every name there (RFC 6672 §2.4)")]
    BelowDname(Name),
    #[error("zone apex with the first label *; a name without it")]
    WildcardApex,
    #[error("{0} octets of records in one answer; at most {1}")]
    LongRrset(usize, usize),
    #[error("name server {0} has no address in the zone; A or AAAA records for it (glue)")]
    NoGlue(Name),
    #[error("name server {0} does not exist or has no address; A or AAAA records for it, not a CNAME")]
    NoAddress(Name),
    #[error(
        "serial {new} after {old}; it never falls (RFC 1982): raise it above {old}, or reload with --force"
    )]
    SerialFell { old: u32, new: u32 },

    // steered names
    #[error("{0} lies in none of the zones; a name in {1}")]
    ServiceOutside(Name, String),
    #[error("{0} lies below the delegation or DNAME at {1}; a name that the zone itself answers for")]
    ServiceBelowCut(Name, Name),
    #[error("{0} is a wildcard; a single name")]
    ServiceWildcard(Name),
    #[error("{0} is steered, so the file holds no {1} for it; remove the record or the service")]
    ServiceBeside(Name, Rtype),
    #[error(
        "{0} is a zone's apex, and its regions are CNAME targets, which allow no SOA beside them; regions with addresses"
    )]
    ServiceAliasApex(Name),
    #[error("{0} is steered by two services; one")]
    ServiceTwice(Name),
    #[error("{0} is steered, so the file holds no address hints for it; remove them or the service")]
    ServiceHints(Name),

    // warnings
    #[error("no NS record at the apex; one for each name server of the zone")]
    NoNs,
    #[error("below the delegation at {0}: loaded, never answered")]
    BelowCut(Name),
    #[error("in the zone {0}, which has a file of its own: never answered from here")]
    InChild(Name),
    #[error("DS without NS: a DS stands at a delegation")]
    DsWithoutNs,
    #[error("TTL {0}, others of the RRset have {1}: made equal to the least (RFC 2181 §5.2)")]
    UnequalTtl(u32, u32),
    #[error("TTL 0: every query comes here")]
    ZeroTtl,
    #[error("the same record is on line {0}: kept once")]
    Duplicate(u32),
    #[error("a CNAME loop over {0}: answers end where it closes")]
    CnameLoop(String),
    #[error("more than {0} CNAMEs follow one another from here: answers stop after a few")]
    CnameChain(usize),
    #[error("its name servers lie only below delegations that need it: nothing below can be resolved")]
    DelegationCycle,
}

impl Reason {
    /// Whether the zone is served in spite of it.
    pub fn is_warning(&self) -> bool {
        use Reason::*;
        matches!(
            self,
            NoNs | BelowCut(_)
                | InChild(_)
                | DsWithoutNs
                | UnequalTtl(..)
                | ZeroTtl
                | Duplicate(_)
                | CnameLoop(_)
                | CnameChain(_)
                | DelegationCycle
        )
    }
}

/// What was found in all files so far: nothing stops at the first.
#[derive(Default)]
pub(super) struct Problems {
    all: Vec<Problem>,
}

impl Problems {
    pub(super) fn say(&mut self, spot: &Spot, key: impl Into<String>, reason: Reason) {
        self.all.push(Problem { spot: spot.clone(), key: key.into(), reason });
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    pub(super) fn are_fatal(&self) -> bool {
        self.all.iter().any(|problem| !problem.reason.is_warning())
    }

    /// All of them in the order of files and lines: the fatal ones when there are any, else the warnings.
    pub(super) fn into_result(mut self) -> Result<Vec<Problem>, Vec<Problem>> {
        let fatal = self.are_fatal();
        self.all.retain(|problem| problem.reason.is_warning() != fatal);
        self.all.sort_by(|a, b| {
            let place =
                |problem: &Problem| (problem.spot.file.clone(), problem.spot.line, problem.spot.column);
            place(a).cmp(&place(b))
        });
        if fatal { Err(self.all) } else { Ok(self.all) }
    }
}
