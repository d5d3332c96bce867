//! Where words go: documents to standard output, people's words beside them. A closed pipe is no error.

use std::io::{self, IsTerminal, Write};

use serde_json::Value;

use super::line::Paint;

/// Whom a command speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Audience {
    /// A person: words on standard output.
    Person,
    /// A program: one JSON document on standard output, words on standard error.
    Program,
}

/// The two outputs of the process.
#[derive(Debug)]
pub(super) struct Terminal {
    audience: Audience,
    /// Whether standard output still has a reader.
    open: bool,
}

impl Terminal {
    pub(super) const fn new(audience: Audience) -> Self {
        Self { audience, open: true }
    }

    pub(super) const fn audience(&self) -> Audience {
        self.audience
    }

    /// Whether anyone still reads standard output.
    pub(super) const fn is_open(&self) -> bool {
        self.open
    }

    /// Colours, where people's words go to a terminal and `NO_COLOR` is not set (no-color.org).
    pub(super) fn paint(&self) -> Paint {
        let terminal = match self.audience {
            Audience::Person => io::stdout().is_terminal(),
            Audience::Program => io::stderr().is_terminal(),
        };
        let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if terminal && !refused { Paint::Colours } else { Paint::Plain }
    }

    /// Columns, where people's words go to a terminal.
    pub(super) fn width(&self) -> Option<usize> {
        let size = match self.audience {
            Audience::Person => terminal_size::terminal_size_of(io::stdout()),
            Audience::Program => terminal_size::terminal_size_of(io::stderr()),
        };
        size.map(|(width, _)| usize::from(width.0))
    }

    /// Says something to people.
    pub(super) fn say(&mut self, words: &str) {
        match self.audience {
            Audience::Person => self.print(words),
            Audience::Program => self.complain(words),
        }
    }

    /// Says what went wrong, to people.
    pub(super) fn complain(&mut self, words: &str) {
        let _nobody_reads = writeln!(io::stderr().lock(), "{}", words.trim_end());
    }

    /// Prints one JSON document, for programs.
    pub(super) fn document(&mut self, document: &Value) {
        self.print(&document.to_string());
    }

    /// Prints text to standard output, ending its line.
    pub(super) fn print(&mut self, text: &str) {
        let mut out = io::stdout().lock();
        let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
        self.open &= written.is_ok();
    }
}
