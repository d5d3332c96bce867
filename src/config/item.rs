//! One value with its place: read as a type, or refused with what was found and what is allowed.

use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeString, DeValue};

use super::document::Document;
use super::problem::Problem;
use super::section::Section;
use super::words::short;

/// A value of the document. Each reader returns none after it has said why.
#[derive(Clone)]
pub(super) struct Item<'a> {
    document: &'a Document<'a>,
    key_offset: usize,
    offset: usize,
    path: String,
    value: &'a DeValue<'a>,
}

impl<'a> Item<'a> {
    pub(super) fn new(
        document: &'a Document<'a>,
        key: &'a Spanned<DeString<'a>>,
        value: &'a Spanned<DeValue<'a>>,
        path: String,
    ) -> Self {
        Self {
            document,
            key_offset: key.span().start,
            offset: value.span().start,
            path,
            value: value.get_ref(),
        }
    }

    pub(super) const fn key_offset(&self) -> usize {
        self.key_offset
    }

    /// The key path, as messages show it.
    pub(super) fn path_text(&self) -> &str {
        &self.path
    }

    /// The file.
    pub(super) const fn file(&self) -> &Path {
        self.document.file()
    }

    /// Line and column of the key.
    pub(super) fn key_place(&self) -> (usize, usize) {
        self.document.place(self.key_offset)
    }

    /// The same place, meant as its key.
    pub(super) fn at_key(&self) -> Self {
        Self { offset: self.key_offset, ..self.clone() }
    }

    /// Says what is wrong with the value.
    pub(super) fn refuse(&self, what: impl Display) {
        self.document.refuse(self.offset, &self.path, what);
    }

    /// Says what is wrong at a line and column of a file that the value names; once, whoever names it.
    pub(super) fn refuse_in(&self, file: &Path, (line, column): (usize, usize), what: impl Display) {
        self.document.refuse_in(Problem {
            file: file.to_owned(),
            line,
            column,
            key: "row".to_owned(),
            what: what.to_string(),
        });
    }

    /// Says what is wrong with the key.
    pub(super) fn refuse_key(&self, what: impl Display) {
        self.document.refuse(self.key_offset, &self.path, what);
    }

    /// Says that what the value names does not exist.
    pub(super) fn refuse_absence(&self, what: impl Display) {
        self.document.refuse_absence(self.offset, &self.path, what);
    }

    /// Says what is worth a look.
    pub(super) fn warn(&self, what: impl Display) {
        self.document.warn(self.offset, &self.path, what);
    }

    /// A string.
    pub(super) fn text(&self) -> Option<&'a str> {
        self.known(self.value.as_str(), "a string")
    }

    /// A string, as `read` takes it.
    pub(super) fn parse<T>(&self, allowed: &str, read: impl FnOnce(&'a str) -> Option<T>) -> Option<T> {
        self.known(self.value.as_str().and_then(read), allowed)
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, choices: &[(&str, T)]) -> Option<T> {
        let words: Vec<_> = choices.iter().map(|(word, _)| format!("{word:?}")).collect();
        self.parse(&words.join(", "), |text| {
            choices.iter().find(|(word, _)| *word == text).map(|(_, value)| *value)
        })
    }

    /// A whole number.
    pub(super) fn integer<N: TryFrom<u64>>(&self, allowed: RangeInclusive<u64>) -> Option<N> {
        let (low, high) = (allowed.start(), allowed.end());
        let number = self.value.as_integer().and_then(|integer| {
            let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok()?;
            allowed.contains(&number).then(|| N::try_from(number).ok())?
        });
        self.known(number, &format!("a whole number from {low} to {high}"))
    }

    /// A number, with or without a fraction.
    pub(super) fn number(&self, allowed: RangeInclusive<f64>) -> Option<f64> {
        let (low, high) = (allowed.start(), allowed.end());
        let text = match self.value {
            DeValue::Integer(integer) if integer.radix() == 10 => Some(integer.as_str()),
            DeValue::Float(float) => Some(float.as_str()),
            _ => None,
        };
        let number = text.and_then(|text| text.parse().ok()).filter(|number| allowed.contains(number));
        self.known(number, &format!("a number from {low} to {high}"))
    }

    /// `true` or `false`.
    pub(super) fn boolean(&self) -> Option<bool> {
        self.known(self.value.as_bool(), "true or false")
    }

    /// `"500ms"`, `"10s"`, `"2h"`.
    pub(super) fn duration(&self, allowed: RangeInclusive<Duration>) -> Option<Duration> {
        let [low, high] = [allowed.start(), allowed.end()].map(|bound| short(*bound));
        self.parse(&format!("a duration from \"{low}\" to \"{high}\""), |text| {
            humantime::parse_duration(text).ok().filter(|duration| allowed.contains(duration))
        })
    }

    /// A share, written in percent (`"2%"`), as a part of 1; `allowed` is in percent.
    pub(super) fn share(&self, allowed: RangeInclusive<f64>) -> Option<f64> {
        let (low, high) = (allowed.start(), allowed.end());
        self.parse(&format!("a share from \"{low}%\" to \"{high}%\""), |text| {
            let percent: f64 = text.strip_suffix('%')?.parse().ok()?;
            allowed.contains(&percent).then_some(percent / 100.0)
        })
    }

    /// A path, relative to the config file.
    pub(super) fn path(&self) -> Option<PathBuf> {
        self.parse("a path", |text| {
            (!text.is_empty() && !text.contains('\0')).then(|| self.document.path(text))
        })
    }

    /// The values of a list that is not empty.
    pub(super) fn list(&self) -> Option<Vec<Self>> {
        let items = self.known(
            self.value.as_array().filter(|items| !items.is_empty()),
            "a list with at least one value",
        )?;
        let at = |(index, value): (usize, &'a Spanned<DeValue<'a>>)| Self {
            document: self.document,
            key_offset: self.key_offset,
            offset: value.span().start,
            path: format!("{}[{index}]", self.path),
            value: value.get_ref(),
        };
        Some(items.iter().enumerate().map(at).collect())
    }

    /// The values of a list, each read; none when any of them is not as allowed.
    pub(super) fn list_of<T>(&self, read: impl FnMut(&Self) -> Option<T>) -> Option<Vec<T>> {
        let values: Vec<_> = self.list()?.iter().map(read).collect();
        values.into_iter().collect()
    }

    /// The same, where each value may be there only once.
    pub(super) fn list_of_once<T: PartialEq>(
        &self,
        mut read: impl FnMut(&Self) -> Option<T>,
    ) -> Option<Vec<T>> {
        let mut seen: Vec<Option<T>> = Vec::new();
        let mut once = true;
        for item in self.list()? {
            let value = read(&item);
            if value.is_some() && seen.contains(&value) {
                item.refuse(format_args!("{} is in the list already; each once", item.found()));
                once = false;
            }
            seen.push(value);
        }
        seen.into_iter().collect::<Option<_>>().filter(|_| once)
    }

    /// A list, or its one value.
    pub(super) fn one_or_list(&self) -> Option<Vec<Self>> {
        match self.value {
            DeValue::String(_) => Some(vec![self.clone()]),
            _ => self.list(),
        }
    }

    /// A table.
    pub(super) fn table(&self) -> Option<Section<'a>> {
        let table = self.known(self.value.as_table(), "a table")?;
        Some(Section::new(self.document, table, self.offset, self.path.clone()))
    }

    /// The value as a message shows it.
    pub(super) fn found(&self) -> String {
        match self.value {
            DeValue::String(text) => {
                let cut: String = text.chars().take(LONGEST_FOUND).collect();
                let more = if cut.len() < text.len() { "…" } else { "" };
                format!("{cut:?}{more}")
            }
            DeValue::Integer(integer) => integer.to_string(),
            DeValue::Float(float) => float.to_string(),
            DeValue::Boolean(boolean) => boolean.to_string(),
            DeValue::Datetime(datetime) => format!("the date {datetime}"),
            DeValue::Array(items) if items.is_empty() => "an empty list".to_owned(),
            DeValue::Array(_) => "a list".to_owned(),
            DeValue::Table(_) => "a table".to_owned(),
        }
    }

    fn known<T>(&self, value: Option<T>, allowed: &str) -> Option<T> {
        if value.is_none() {
            self.refuse(format_args!("found {}; expected {allowed}", self.found()));
        }
        value
    }
}

/// Characters of a string that a message repeats.
const LONGEST_FOUND: usize = 80;
