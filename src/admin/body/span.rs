//! A length of time as people read it: the two largest units.

use std::fmt;

/// Seconds, shown as `12s`, `4m 05s`, `2h 03m`, `3d 04h`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(pub u64);

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self.0 {
            seconds @ 0..60 => format!("{seconds}s"),
            seconds @ 60..3_600 => format!("{}m {:02}s", seconds / 60, seconds % 60),
            seconds @ 3_600..86_400 => format!("{}h {:02}m", seconds / 3_600, seconds % 3_600 / 60),
            seconds => format!("{}d {:02}h", seconds / 86_400, seconds % 86_400 / 3_600),
        };
        out.pad(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_show_their_two_largest_units() {
        let shown =
            [0, 59, 60, 245, 3_600, 7_380, 86_399, 86_400, 273_600].map(|seconds| Span(seconds).to_string());
        assert_eq!(
            shown,
            ["0s", "59s", "1m 00s", "4m 05s", "1h 00m", "2h 03m", "23h 59m", "1d 00h", "3d 04h"]
        );
    }
}
