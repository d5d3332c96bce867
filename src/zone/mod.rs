//! What we answer for: the static records of our zones, and which of their names a service steers.
//!
//! **Knows** master files (`master/`), what a zone may hold (`check.rs`, `check_across.rs`, `loops.rs`), and how a name
//! finds its records (`tree.rs`): wildcards, empty non-terminals, delegations, DNAME, nested zones.
//!
//! **Gives** [`Zones`], a frozen table. [`Zones::find`] says what holds for an asked name, in tens of nanoseconds,
//! without allocating, locking or panicking; the RRsets it leads to are octets ready to copy ([`RRset::write`]).
//!
//! **Refuses** every mistake of every file at once, each with file, line and the words of [`Reason`]. It opens no file
//! itself: the caller hands in texts, and what `$INCLUDE` names through a closure. It does not answer queries (that is
//! `answer/`), sign, transfer or accept updates.
//!
//! How an answer is put together: a name's owner is a pointer at the question (12), the apex lies at the end of it
//! (`12 + name.len() - apex.len()`), a cut's owner likewise; a CNAME says where its target came to stand
//! ([`Target::place`]); glue points at the server's name inside the NS records ([`Glue::host_at`]).
//!
//! ```text
//! texts ── master/ ──► records ── contents, check ──► RRsets ── build ──► Zones ── find ──► Found
//! ```

mod build;
mod check;
mod check_across;
mod contents;
mod encoded;
mod lead;
mod loops;
mod master;
mod name;
mod name_text;
mod node;
mod problem;
mod query_name;
mod rtype;
mod serial;
mod suffix_hash;
mod table;
mod tree;
mod word;
#[cfg(test)]
pub(crate) mod work;

use std::collections::HashMap;
use std::sync::Arc;

use contents::Contents;
pub use encoded::{Place, RRset, Target};
pub use lead::Lead;
use master::Reader;
pub use name::{Labels, Name};
pub use name_text::NameError;
pub use node::{Cut, Glue, GlueKind, Node, Zone};
use problem::Problems;
pub use problem::{Problem, Reason, Spot};
pub use query_name::{BadName, QueryName};
pub use rtype::Rtype;
pub use serial::serial_fell;
pub use tree::{Found, Owner, Zones};

/// A zone file: `<origin>.zone`, and what it says.
#[derive(Debug, Clone)]
pub struct ZoneFile {
    /// The file's name, with folders or without; its last part names the zone.
    pub file: Arc<str>,
    /// Its whole text.
    pub text: String,
}

/// A name that a service steers.
#[derive(Debug, Clone)]
pub struct Steered {
    /// The name.
    pub name: Name,
    /// The caller's number for the service; [`Node::service`] gives it back.
    pub service: u32,
    /// The steered types; CNAME alone where the name is an alias.
    pub types: Vec<Rtype>,
    /// Where the service is configured, for problems.
    pub spot: Spot,
    /// The service's key there, for problems.
    pub key: String,
}

impl Steered {
    fn is_alias(&self) -> bool {
        self.types.contains(&Rtype::CNAME)
    }
}

impl Zones {
    /// Reads and checks everything, and freezes it. Gives the warnings beside the zones, or every problem.
    ///
    /// `include` is asked for what a file includes, by the including file's name and the name as written.
    pub fn build(
        files: &[ZoneFile],
        include: &dyn Fn(&str, &str) -> Result<ZoneFile, String>,
        steered: &[Steered],
    ) -> Result<(Zones, Vec<Problem>), Vec<Problem>> {
        let mut problems = Problems::default();
        let all = read(files, include, &mut problems);
        for contents in &all {
            check::zone(contents, &all, &mut problems);
        }
        check_across::zones(&all, steered, &mut problems);
        let zones = build::freeze(&all, steered, &mut problems);
        if !problems.are_fatal() {
            loops::cnames(&zones, &all, &mut problems);
            loops::delegations(&all, &mut problems);
        }
        problems.into_result().map(|warnings| (zones, warnings))
    }
}

/// The contents of all files, sorted by apex.
fn read(
    files: &[ZoneFile],
    include: &dyn Fn(&str, &str) -> Result<ZoneFile, String>,
    problems: &mut Problems,
) -> Vec<Contents> {
    let mut all: Vec<Contents> = Vec::new();
    let mut seen = HashMap::new();
    for ZoneFile { file, text } in files {
        let top = Spot { file: file.clone(), line: 1, column: 1 };
        let Some(apex) = origin_of(file) else {
            problems.say(&top, &**file, Reason::FileName);
            continue;
        };
        if let Some(first) = seen.insert(apex.clone(), file.clone()) {
            problems.say(&top, apex.to_string(), Reason::SecondFile(apex, first));
            continue;
        }
        let before = problems.len();
        let records = Reader::read(file, text, &apex, include, problems);
        let faulty = problems.len() > before;
        all.push(Contents::new(apex, file.clone(), records, faulty, problems));
    }
    all.sort_by(|a, b| a.apex.cmp(&b.apex));
    all
}

/// The origin that a zone file's name says: `example.com.zone`, `0@26.2.0.192.in-addr.arpa.zone`, `.zone` for the root.
fn origin_of(file: &str) -> Option<Name> {
    let last = file.rsplit('/').next()?;
    let origin = last.strip_suffix(".zone")?.replace('@', "/");
    if origin.is_empty() { Some(Name::root()) } else { Name::from_text(&origin, &Name::root()).ok() }
}
