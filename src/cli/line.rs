//! Colour, where there is a terminal.

/// Whether words are coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paint {
    /// Not at all.
    Plain,
    /// By ANSI sequences (ECMA-48).
    Colours,
}

/// What a word means, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// As text is.
    Text,
    /// Less important.
    Dim,
    /// A name, a heading.
    Strong,
    /// Well.
    Good,
    /// Worth a look.
    Warning,
    /// Not well.
    Bad,
    /// An operator's word.
    Ordered,
}

impl Tone {
    /// The tone of a verdict's word.
    pub(super) fn of_verdict(verdict: &str) -> Self {
        match verdict {
            "up" => Self::Good,
            "degraded" => Self::Warning,
            "down" => Self::Bad,
            _ => Self::Dim,
        }
    }

    const fn sequence(self) -> &'static str {
        match self {
            Self::Text => "",
            Self::Dim => "\u{1b}[2m",
            Self::Strong => "\u{1b}[1m",
            Self::Good => "\u{1b}[32m",
            Self::Warning => "\u{1b}[33m",
            Self::Bad => "\u{1b}[31m",
            Self::Ordered => "\u{1b}[35m",
        }
    }
}

impl Paint {
    /// `words` in a tone.
    pub(super) fn words(self, tone: Tone, words: &str) -> String {
        match (self, tone) {
            (Self::Plain, _) | (_, Tone::Text) => words.to_owned(),
            (Self::Colours, tone) => format!("{}{words}\u{1b}[0m", tone.sequence()),
        }
    }
}
