//! A cursor over one table: each key is asked for once, by name and type, and what nobody asked for is a mistake.

use std::fmt::Display;

use toml::de::DeTable;

use super::document::Document;
use super::item::Item;
use super::words::{list, suggestion};

/// A table of the document, while it is read.
pub(super) struct Section<'a> {
    document: &'a Document<'a>,
    table: &'a DeTable<'a>,
    /// Where the table begins.
    offset: usize,
    path: String,
    known: Vec<&'static str>,
}

impl<'a> Section<'a> {
    pub(super) const fn new(
        document: &'a Document<'a>,
        table: &'a DeTable<'a>,
        offset: usize,
        path: String,
    ) -> Self {
        Self { document, table, offset, path, known: Vec::new() }
    }

    /// The value of a key that may be left out.
    pub(super) fn find(&mut self, key: &'static str) -> Option<Item<'a>> {
        self.known.push(key);
        let (name, value) = self.table.get_key_value(key)?;
        Some(Item::new(self.document, name, value, self.child(key)))
    }

    /// Reads a key that has to be there; none: it is not, or not as allowed, and that was said.
    pub(super) fn need<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<T> {
        let value = self.maybe(key, read);
        self.present(key, value, self.name())
    }

    /// What was read of a key that has to be there because of `why`.
    pub(super) fn present<T>(&self, key: &'static str, value: Option<Option<T>>, why: &str) -> Option<T> {
        let value = value?;
        if value.is_none() {
            let what = format!("missing; {why} needs it");
            self.document.refuse_absence(self.offset, &self.child(key), what);
        }
        value
    }

    /// Reads a key that may be left out; none: it is not as allowed, and that was said.
    pub(super) fn or<T>(
        &mut self,
        key: &'static str,
        default: T,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<T> {
        self.find(key).map_or(Some(default), |item| read(&item))
    }

    /// Reads a key that stands for nothing when it is left out.
    pub(super) fn maybe<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&Item<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        self.or(key, None, |item| read(item).map(Some))
    }

    /// Reads a table that may be left out, to its end.
    pub(super) fn table<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(Section<'a>) -> Option<T>,
    ) -> Option<Option<T>> {
        self.maybe(key, |item| item.table().and_then(read))
    }

    /// Every key with its value, in file order: a table whose keys are names.
    pub(super) fn entries(&self) -> Vec<(&'a str, Item<'a>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(name, value)| {
                let key = &**name.get_ref();
                (key, Item::new(self.document, name, value, self.child(key)))
            })
            .collect();
        entries.sort_by_key(|(_, item)| item.key_offset());
        entries
    }

    /// Reports every key that was not asked for.
    pub(super) fn finish(self) {
        for (key, item) in self.entries() {
            if !self.known.contains(&key) {
                item.refuse_key(format_args!(
                    "no such key; {}allowed are {}",
                    suggestion(key, self.known.iter().copied()),
                    list(self.known.iter().copied())
                ));
            }
        }
    }

    /// A mistake about the table as a whole.
    pub(super) fn refuse(&self, what: impl Display) {
        self.document.refuse(self.offset, &self.path, what);
    }

    /// Refuses a key that is there and should not be.
    pub(super) fn refuse_present(&self, key: &str, what: impl Display) {
        if let Some((_, item)) = self.entries().into_iter().find(|(name, _)| *name == key) {
            item.refuse_key(what);
        }
    }

    fn name(&self) -> &str {
        if self.path.is_empty() { "a config" } else { &self.path }
    }

    fn child(&self, key: &str) -> String {
        let bare = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'_');
        let dot = if self.path.is_empty() { "" } else { "." };
        if !key.is_empty() && key.bytes().all(bare) {
            format!("{}{dot}{key}", self.path)
        } else {
            format!("{}{dot}{key:?}", self.path)
        }
    }
}
