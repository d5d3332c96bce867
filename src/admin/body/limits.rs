//! What an operator says with an override: for how long, how much, how quickly, and why.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::world::{Portion, PortionError};

/// How long an override holds: 1 minute to 72 hours, else 1 hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Term(u64);

/// Not a length of time that an override may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?}: {wrong}; allowed is 1min to 72h, written like \"90s\", \"30m\" or \"2h\"")]
pub struct TermError {
    found: String,
    wrong: &'static str,
}

impl Term {
    const SHORTEST: u64 = 60;
    const LONGEST: u64 = 72 * 3_600;

    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl Default for Term {
    fn default() -> Self {
        Self(3_600)
    }
}

impl FromStr for Term {
    type Err = TermError;

    fn from_str(text: &str) -> Result<Self, TermError> {
        let wrong = |wrong| TermError { found: text.to_owned(), wrong };
        let term = humantime::parse_duration(text).map_err(|_| wrong("not a duration"))?;
        match term.as_secs() {
            ..Self::SHORTEST => Err(wrong("too short")),
            seconds if seconds > Self::LONGEST || (seconds == Self::LONGEST && term.subsec_nanos() > 0) => {
                Err(wrong("too long"))
            }
            seconds => Ok(Self(seconds)),
        }
    }
}

impl TryFrom<String> for Term {
    type Error = TermError;

    fn try_from(text: String) -> Result<Self, TermError> {
        text.parse()
    }
}

impl From<Term> for String {
    fn from(term: Term) -> Self {
        format!("{}s", term.0)
    }
}

/// How long a drain takes: 10 seconds to 24 hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Gradual(u64);

impl Gradual {
    /// In seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl FromStr for Gradual {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let allowed = "allowed is 10s to 24h, written like \"90s\" or \"10m\"";
        let span =
            humantime::parse_duration(text).map_err(|_| format!("{text:?}: not a duration; {allowed}"))?;
        match span.as_secs() {
            seconds @ 10..=86_400 => Ok(Self(seconds)),
            _ => Err(format!("{text:?}: too short or too long; {allowed}")),
        }
    }
}

impl TryFrom<String> for Gradual {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Gradual> for String {
    fn from(span: Gradual) -> Self {
        format!("{}s", span.0)
    }
}

/// A canary's part of every client: 0.1 % to 50 %.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Share(Portion);

impl From<Portion> for Share {
    fn from(portion: Portion) -> Self {
        Self(portion)
    }
}

impl From<Share> for Portion {
    fn from(share: Share) -> Self {
        share.0
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl FromStr for Share {
    type Err = PortionError;

    fn from_str(text: &str) -> Result<Self, PortionError> {
        text.parse().map(Self)
    }
}

impl TryFrom<String> for Share {
    type Error = PortionError;

    fn try_from(text: String) -> Result<Self, PortionError> {
        text.parse()
    }
}

impl From<Share> for String {
    fn from(share: Share) -> Self {
        share.to_string()
    }
}

/// Why an operator does it: one line, 1 to 500 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Why(Box<str>);

/// Not a reason that others could read later.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("reason: {0}; allowed is one line of 1 to 500 characters")]
pub struct WhyError(&'static str);

impl FromStr for Why {
    type Err = WhyError;

    fn from_str(text: &str) -> Result<Self, WhyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(WhyError("it is empty"));
        }
        if text.chars().count() > 500 {
            return Err(WhyError("it is too long"));
        }
        if text.chars().any(char::is_control) {
            return Err(WhyError("it holds control characters"));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for Why {
    type Error = WhyError;

    fn try_from(text: String) -> Result<Self, WhyError> {
        text.parse()
    }
}

impl From<Why> for String {
    fn from(why: Why) -> Self {
        why.0.into()
    }
}

impl From<Why> for Box<str> {
    fn from(why: Why) -> Self {
        why.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_run_from_a_minute_to_three_days() {
        let seconds = |text: &str| text.parse::<Term>().map(Term::seconds).map_err(|error| error.wrong);
        assert_eq!(seconds("1min"), Ok(60));
        assert_eq!(seconds("2h"), Ok(7_200));
        assert_eq!(seconds("72h"), Ok(259_200));
        assert_eq!(seconds("59s 999ms"), Err("too short"));
        assert_eq!(seconds("72h 1ns"), Err("too long"));
        assert_eq!(seconds("73h"), Err("too long"));
        assert_eq!(seconds("soon"), Err("not a duration"));
        assert_eq!(seconds("99999999999999999999h"), Err("not a duration"));
    }

    #[test]
    fn a_drain_takes_seconds_to_a_day() {
        let seconds = |text: &str| text.parse::<Gradual>().map(Gradual::seconds);
        assert_eq!((seconds("10s"), seconds("10m"), seconds("24h")), (Ok(10), Ok(600), Ok(86_400)));
        for wrong in ["9s", "25h", "slowly"] {
            assert!(seconds(wrong).unwrap_err().contains("allowed is 10s to 24h"));
        }
    }

    #[test]
    fn reasons_are_one_readable_line() {
        assert_eq!(" database upgrade ".parse::<Why>().map(String::from), Ok("database upgrade".to_owned()));
        assert!("  ".parse::<Why>().is_err());
        assert!("two\nlines".parse::<Why>().is_err());
        assert!("\u{1b}[2J".parse::<Why>().is_err(), "no terminal is cleared by a reason");
        assert!("x".repeat(501).parse::<Why>().is_err());
    }
}
