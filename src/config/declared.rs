//! Names that a config declares (`[regions.NAME]`), whether or not what stands under them could be read.
//!
//! A name whose definition is broken still exists: whoever refers to it makes no mistake.

use std::collections::HashMap;

use super::item::Item;
use super::section::Section;
use super::words::{list, suggestion};

/// Every declaration of one kind, in file order.
pub(super) struct Declared<'a, T> {
    /// What kind of thing is declared, for messages.
    kind: &'static str,
    entries: Vec<Declaration<'a, T>>,
    /// Each name's first position.
    positions: HashMap<Box<str>, usize>,
    /// Whether these are all; else the table of declarations is broken, and any name may have been meant to be there.
    complete: bool,
}

/// One declaration.
pub(super) struct Declaration<'a, T> {
    /// The name as it is referred to.
    pub name: Box<str>,
    /// Where it stands.
    pub item: Item<'a>,
    /// What it declares; none: it is broken, and that was said.
    pub value: Option<T>,
}

impl<'a, T> Declared<'a, T> {
    /// No declarations of `kind`.
    pub(super) fn none(kind: &'static str) -> Self {
        Self { kind, entries: Vec::new(), positions: HashMap::new(), complete: true }
    }

    /// Declarations of `kind` that cannot be read: no name is missed in them.
    pub(super) fn unreadable(kind: &'static str) -> Self {
        Self { complete: false, ..Self::none(kind) }
    }

    /// Reads every entry of a table of tables; `read` is given the name and its table.
    pub(super) fn read(
        kind: &'static str,
        section: &Section<'a>,
        mut read: impl FnMut(&str, Section<'a>) -> Option<T>,
    ) -> Self {
        let mut declared = Self::none(kind);
        for (name, item) in section.entries() {
            let valid = valid_name(name, &item);
            let value = item.table().and_then(|section| read(name, section));
            declared.push(name, item, value.filter(|_| valid));
        }
        declared
    }

    /// Declares one more.
    pub(super) fn push(&mut self, name: &str, item: Item<'a>, value: Option<T>) {
        let name: Box<str> = name.into();
        self.positions.entry(name.clone()).or_insert(self.entries.len());
        self.entries.push(Declaration { name, item, value });
    }

    /// The position of the declaration that `item` names; none: there is no such, and that was said.
    pub(super) fn refer(&self, item: &Item<'a>, name: &str) -> Option<usize> {
        let position = self.position(name);
        if position.is_none() && self.complete {
            item.refuse_absence(self.absence(name));
        }
        position
    }

    /// That `name` is not declared, in words.
    pub(super) fn absence(&self, name: &str) -> String {
        format!("there is no {} {name:?}; {}", self.kind, self.allowed(name))
    }

    /// Where `name` is declared.
    pub(super) fn position(&self, name: &str) -> Option<usize> {
        self.positions.get(name).copied()
    }

    /// What is declared at a position; none when it is broken.
    pub(super) fn value(&self, position: usize) -> Option<&T> {
        self.entries.get(position)?.value.as_ref()
    }

    /// The name at a position.
    pub(super) fn name(&self, position: usize) -> &str {
        &self.entries[position].name
    }

    /// Where the declaration at a position stands.
    pub(super) fn item(&self, position: usize) -> &Item<'a> {
        &self.entries[position].item
    }

    /// Every declaration.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Declaration<'a, T>> {
        self.entries.iter()
    }

    /// Everything that is declared, by reference; none when any of it is broken.
    pub(super) fn all(&self) -> Option<Vec<&T>> {
        self.entries.iter().map(|entry| entry.value.as_ref()).collect::<Option<_>>().filter(|_| self.complete)
    }

    /// Everything that is declared; none when any of it is broken.
    pub(super) fn into_all(self) -> Option<Vec<T>> {
        self.entries.into_iter().map(|entry| entry.value).collect::<Option<_>>().filter(|_| self.complete)
    }

    fn allowed(&self, name: &str) -> String {
        if self.entries.is_empty() {
            return "none is declared".to_owned();
        }
        let names = || self.entries.iter().map(|entry| &*entry.name);
        format!("{}declared are {}", suggestion(name, names()), list(names()))
    }
}

/// Names stand in routes, metric labels and arguments (`REGION=down`), so few characters are allowed.
fn valid_name(name: &str, item: &Item<'_>) -> bool {
    let letter_or_digit = |octet: u8| octet.is_ascii_alphanumeric();
    let valid = name.len() <= LONGEST_NAME
        && name.bytes().next().is_some_and(letter_or_digit)
        && name.bytes().all(|octet| letter_or_digit(octet) || matches!(octet, b'-' | b'_' | b'.'));
    if !valid {
        item.refuse_key(format_args!(
            "the name {name:?}; up to {LONGEST_NAME} of a-z, A-Z, 0-9, \"-\", \"_\" and \".\", beginning with a letter or digit"
        ));
    }
    valid
}

const LONGEST_NAME: usize = 63;
