//! One TOML text with the places of its values, and the list of what is wrong with it.
//!
//! Syntax errors do not hide the rest: what is left without the broken statements is read on. So that one mistake gives
//! one problem, nothing else is said of a line that has a syntax error, and what a lost line may explain (a key or a
//! name that is not there) is not reported while there is any.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeTable;

use super::problem::{Findings, Problem};
use super::section::Section;
use super::syntax::Repaired;

/// A parsed config file.
#[derive(Debug)]
pub(super) struct Document<'t> {
    file: &'t Path,
    text: &'t str,
    line_starts: Vec<usize>,
    table: Spanned<DeTable<'t>>,
    /// Lines with a syntax error.
    broken_lines: BTreeSet<usize>,
    findings: RefCell<Findings>,
}

impl<'t> Document<'t> {
    /// Parses what is left of `text` after its repair.
    pub(super) fn parse(file: &'t Path, text: &'t str, repaired: &'t Repaired<'t>) -> Self {
        let (table, _) = DeTable::parse_recoverable(&repaired.text);
        let newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        let mut document = Self {
            file,
            text,
            line_starts: std::iter::once(0).chain(newlines).collect(),
            table,
            broken_lines: BTreeSet::new(),
            findings: RefCell::default(),
        };
        for fault in &repaired.faults {
            document.syntax_error(fault.offset, &fault.what);
        }
        document
    }

    /// The top of the document.
    pub(super) fn root(&self) -> Section<'_> {
        Section::new(self, self.table.get_ref(), 0, String::new())
    }

    /// The file, as it was named.
    pub(super) const fn file(&self) -> &Path {
        self.file
    }

    /// The whole text.
    pub(super) const fn text(&self) -> &str {
        self.text
    }

    /// Line and column, from 1, of an octet of the text.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let before = self.text.as_bytes().get(start..offset).unwrap_or_default();
        (line, String::from_utf8_lossy(before).chars().count() + 1)
    }

    /// A path as the file means it: relative to the file's directory.
    pub(super) fn path(&self, text: &str) -> PathBuf {
        self.file.parent().unwrap_or(Path::new("")).join(text)
    }

    /// A mistake at an octet of the text.
    pub(super) fn refuse(&self, offset: usize, key: &str, what: impl Display) {
        let problem = self.problem(offset, key, what);
        if !self.broken_lines.contains(&problem.line) {
            self.findings.borrow_mut().problems.push(problem);
        }
    }

    /// A mistake in another file; once.
    pub(super) fn refuse_in(&self, problem: Problem) {
        let problems = &mut self.findings.borrow_mut().problems;
        if !problems.contains(&problem) {
            problems.push(problem);
        }
    }

    /// Something that is not there, which is no news while a syntax error may have swallowed it.
    pub(super) fn refuse_absence(&self, offset: usize, key: &str, what: impl Display) {
        if self.broken_lines.is_empty() {
            self.refuse(offset, key, what);
        }
    }

    /// Something worth telling.
    pub(super) fn warn(&self, offset: usize, key: &str, what: impl Display) {
        let warning = self.problem(offset, key, what);
        self.findings.borrow_mut().warnings.push(warning);
    }

    /// Whether nothing has refused it so far.
    pub(super) fn is_sound(&self) -> bool {
        self.findings.borrow().problems.is_empty()
    }

    /// Everything that was found.
    pub(super) fn into_findings(self) -> Findings {
        self.findings.into_inner()
    }

    fn syntax_error(&mut self, offset: usize, what: &str) {
        let problem = self.problem(offset, "syntax", what);
        if self.broken_lines.insert(problem.line) {
            self.findings.get_mut().problems.push(problem);
        }
    }

    fn problem(&self, offset: usize, key: &str, what: impl Display) -> Problem {
        let (line, column) = self.place(offset);
        Problem { file: self.file.to_owned(), line, column, key: key.to_owned(), what: what.to_string() }
    }
}
