//! What a metric is: a name, its labels, one line of help. The number of labels is part of the type, so that
//! a call with one too few does not compile. Nothing else in the house speaks to the `metrics` crate.

use metrics::{Label, Unit};

/// What people read about a metric.
#[derive(Clone, Copy, Debug)]
pub struct Description {
    /// Its name in the exposition.
    pub name: &'static str,
    /// One line, without the final dot.
    pub help: &'static str,
    /// Names of its labels.
    pub labels: &'static [&'static str],
    /// What its number does.
    pub kind: Kind,
}

/// What a metric's number does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Seconds, counted in buckets: `_bucket` with the label `le`, `_sum` and `_count`.
    Histogram,
}

impl Kind {
    /// Its word in the exposition.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A number that only grows, with `N` labels.
#[derive(Debug)]
pub struct Counter<const N: usize> {
    name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
}

/// One cell of a counter, found once and then raised without a look-up, a lock or an allocation.
#[derive(Clone)]
pub struct Count(metrics::Counter);

impl Count {
    /// Raises it.
    pub fn add(&self, by: u64) {
        self.0.increment(by);
    }
}

impl<const N: usize> Counter<N> {
    pub(super) const fn new(name: &'static str, labels: [&'static str; N], help: &'static str) -> Self {
        Self { name, labels, help }
    }

    /// The cell of these label values, in the order of the labels. Looks it up: keep it where queries pass.
    #[must_use]
    pub fn of(&self, values: [&str; N]) -> Count {
        Count(metrics::counter!(self.name, pairs(&self.labels, values)))
    }

    /// What a line of the exposition says of this counter, if it does. A label value with a quote or a backslash in
    /// it stays escaped.
    pub(super) fn total(&self, line: &str) -> Option<Total<N>> {
        let (labels, value) = line.strip_prefix(self.name)?.strip_prefix('{')?.rsplit_once("} ")?;
        let value = value.parse().ok()?;
        let mut rest = labels;
        let mut found = Vec::with_capacity(N);
        for name in self.labels {
            let text = rest.strip_prefix(',').unwrap_or(rest).strip_prefix(name)?.strip_prefix("=\"")?;
            let end = text.find(['"'])?;
            found.push(text[..end].to_owned());
            rest = &text[end + 1..];
        }
        Some(Total { labels: found.try_into().ok()?, value })
    }

    /// Raises the cell of these label values.
    pub fn add(&self, values: [&str; N], by: u64) {
        self.of(values).add(by);
    }

    pub(super) fn describe(&'static self) -> Description {
        metrics::describe_counter!(self.name, Unit::Count, self.help);
        Description { name: self.name, help: self.help, labels: &self.labels, kind: Kind::Counter }
    }
}

/// What one cell of a counter has reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Total<const N: usize> {
    /// The values of its labels, in their order.
    pub labels: [String; N],
    /// The number.
    pub value: f64,
}

/// A number that goes up and down, with `N` labels.
#[derive(Debug)]
pub struct Gauge<const N: usize> {
    name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
}

impl<const N: usize> Gauge<N> {
    pub(super) const fn new(name: &'static str, labels: [&'static str; N], help: &'static str) -> Self {
        Self { name, labels, help }
    }

    /// Sets the cell of these label values.
    pub fn set(&self, values: [&str; N], to: f64) {
        metrics::gauge!(self.name, pairs(&self.labels, values)).set(to);
    }

    /// Moves the cell of these label values up or down.
    pub fn add(&self, values: [&str; N], by: f64) {
        metrics::gauge!(self.name, pairs(&self.labels, values)).increment(by);
    }

    pub(super) fn describe(&'static self) -> Description {
        metrics::describe_gauge!(self.name, Unit::Count, self.help);
        Description { name: self.name, help: self.help, labels: &self.labels, kind: Kind::Gauge }
    }
}

/// A distribution of seconds over fixed buckets, with `N` labels.
#[derive(Debug)]
pub struct Histogram<const N: usize> {
    name: &'static str,
    labels: [&'static str; N],
    help: &'static str,
    pub(super) buckets: &'static [f64],
}

impl<const N: usize> Histogram<N> {
    pub(super) const fn new(
        name: &'static str,
        labels: [&'static str; N],
        help: &'static str,
        buckets: &'static [f64],
    ) -> Self {
        Self { name, labels, help, buckets }
    }

    /// Adds one sample to the cell of these label values.
    pub fn record(&self, values: [&str; N], sample: std::time::Duration) {
        metrics::histogram!(self.name, pairs(&self.labels, values)).record(sample.as_secs_f64());
    }

    /// Its name in the exposition.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    pub(super) fn describe(&'static self) -> Description {
        metrics::describe_histogram!(self.name, Unit::Seconds, self.help);
        Description { name: self.name, help: self.help, labels: &self.labels, kind: Kind::Histogram }
    }
}

fn pairs<const N: usize>(names: &[&'static str; N], values: [&str; N]) -> Vec<Label> {
    names.iter().zip(values).map(|(name, value)| Label::new(*name, value.to_owned())).collect()
}
