//! A canary's part of every client, as operators write it: `2%`.

use std::fmt;
use std::str::FromStr;

/// 0.1 % to 50 %, to the hundredth of a percent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Portion(u16);

/// Not a part that a canary may have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?}: no canary's share; allowed is 0.1% to 50%, written like \"2%\"")]
pub struct PortionError(Box<str>);

impl Portion {
    const LEAST: u16 = 10;
    const MOST: u16 = 5_000;

    /// Of hundredths of a percent; none outside its bounds.
    #[must_use]
    pub fn of_hundredths(hundredths: u16) -> Option<Self> {
        (Self::LEAST..=Self::MOST).contains(&hundredths).then_some(Self(hundredths))
    }

    /// In hundredths of a percent.
    #[must_use]
    pub const fn hundredths(self) -> u16 {
        self.0
    }

    /// As a part of 1.
    #[must_use]
    pub fn part(self) -> f64 {
        f64::from(self.0) / 10_000.0
    }
}

impl fmt::Display for Portion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}%", f64::from(self.0) / 100.0)
    }
}

impl FromStr for Portion {
    type Err = PortionError;

    fn from_str(text: &str) -> Result<Self, PortionError> {
        let percent = text.strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
        let hundredths = percent.map(|percent| (percent * 100.0).round());
        let within = hundredths.filter(|found| (0.0..=f64::from(u16::MAX)).contains(found));
        within.and_then(|found| Self::of_hundredths(found as u16)).ok_or_else(|| PortionError(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_portion_is_read_as_it_is_written_and_bounded() {
        for (text, hundredths) in [("2%", 200), ("0.1%", 10), ("50%", 5_000), ("12.25%", 1_225)] {
            let portion: Portion = text.parse().unwrap();
            assert_eq!((portion.hundredths(), portion.to_string()), (hundredths, text.to_owned()));
        }
        for wrong in ["2", "0%", "0.09%", "50.01%", "-1%", "NaN%", "1e9%", "%", "half"] {
            let error = wrong.parse::<Portion>().unwrap_err().to_string();
            assert!(error.contains("allowed is 0.1% to 50%"), "{error}");
        }
        assert!((Portion(200).part() - 0.02).abs() < 1e-12);
    }
}
