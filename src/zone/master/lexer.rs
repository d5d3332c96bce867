//! Master-file text → entries of words with their lines: comments, quotes, parentheses (RFC 1035 §5.1).
//!
//! Words keep their escapes and quotes, since a name, a string and a parameter read them differently.

use super::super::problem::Reason;

/// One entry: the words of a line, or of several held together by parentheses.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) words: Vec<Word<'a>>,
    /// Starts with blank space, so the owner is the last one stated.
    pub(super) indented: bool,
}

/// A word as written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<'a> {
    /// Without its quotes when all of it was quoted; escapes kept.
    pub(super) text: &'a str,
    pub(super) quoted: bool,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// A mistake at a place of the file.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) reason: Reason,
}

/// Entries one by one; after a fault it goes on with the next entry.
pub(super) struct Lexer<'a> {
    text: &'a str,
    at: usize,
    line: u32,
    line_start: usize,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str) -> Lexer<'a> {
        Lexer { text, at: 0, line: 1, line_start: 0 }
    }

    /// The line that the lexer stands in.
    pub(super) fn line(&self) -> u32 {
        self.line
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn fault(&self, at: usize, reason: Reason) -> Fault {
        Fault { line: self.line, column: self.column(at), reason }
    }

    fn column(&self, at: usize) -> u32 {
        u32::try_from(at - self.line_start + 1).unwrap_or(u32::MAX)
    }

    fn end_line(&mut self) {
        self.at += 1;
        self.line = self.line.saturating_add(1);
        self.line_start = self.at;
    }

    fn skip_line(&mut self) {
        while self.peek().is_some_and(|octet| octet != b'\n') {
            self.at += 1;
        }
    }

    /// All words up to the end of the entry; `None` inside when a fault was met.
    fn entry(&mut self) -> Result<Entry<'a>, Fault> {
        let mut entry = Entry { words: Vec::new(), indented: matches!(self.peek(), Some(b' ' | b'\t')) };
        let mut open: Option<Fault> = None; // where the outermost parenthesis stands
        let mut depth = 0_u32;
        let mut fault = None;
        while let Some(octet) = self.peek() {
            match octet {
                b'\n' => {
                    self.end_line();
                    if depth == 0 {
                        break;
                    }
                }
                b' ' | b'\t' => self.at += 1,
                b'\r' if self.text.as_bytes().get(self.at + 1) == Some(&b'\n') => self.at += 1,
                b';' => self.skip_line(),
                b'(' => {
                    open.get_or_insert(self.fault(self.at, Reason::OpenParenthesis));
                    depth += 1;
                    self.at += 1;
                }
                b')' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                _ => match self.word() {
                    Ok(word) => entry.words.push(word),
                    Err(found) => {
                        fault.get_or_insert(found);
                        self.skip_line();
                    }
                },
            }
        }
        match (fault, open) {
            (Some(fault), _) => Err(fault),
            (None, Some(open)) if depth > 0 => Err(open),
            _ => Ok(entry),
        }
    }

    fn word(&mut self) -> Result<Word<'a>, Fault> {
        let start = self.at;
        let quoted = self.peek() == Some(b'"');
        while let Some(octet) = self.peek() {
            match octet {
                b'"' => self.quote()?,
                b'\\' => self.escape(),
                b' ' | b'\t' | b'\n' | b'\r' | b';' | b'(' => break,
                b')' if self.at > start => break,
                b')' => return Err(self.fault(self.at, Reason::StrayParenthesis)),
                0..0x20 | 0x7f => return Err(self.fault(self.at, Reason::Control(octet))),
                _ => self.at += 1,
            }
            if quoted {
                break;
            }
        }
        if self.at == start {
            return Err(self.fault(start, Reason::Control(b'\r'))); // a carriage return inside a line
        }
        let (first, last) = if quoted { (start + 1, self.at - 1) } else { (start, self.at) };
        let text = self.text.get(first..last).unwrap_or_default();
        Ok(Word { text, quoted, line: self.line, column: self.column(start) })
    }

    fn quote(&mut self) -> Result<(), Fault> {
        let start = self.at;
        self.at += 1;
        while let Some(octet) = self.peek() {
            match octet {
                b'"' => {
                    self.at += 1;
                    return Ok(());
                }
                b'\\' => self.escape(),
                b'\n' => break,
                _ => self.at += 1,
            }
        }
        Err(self.fault(start, Reason::OpenQuote))
    }

    /// Over the backslash and, unless the line ends there, the character behind it.
    fn escape(&mut self) {
        self.at += 1;
        if self.peek().is_some_and(|octet| octet != b'\n' && octet != b'\r') {
            self.at += 1;
            while !self.text.is_char_boundary(self.at) {
                self.at += 1;
            }
        }
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Result<Entry<'a>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            self.peek()?;
            match self.entry() {
                Ok(entry) if entry.words.is_empty() => {}
                other => return Some(other),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let shown = |entry: Result<Entry<'_>, Fault>| match entry {
            Ok(entry) => entry.words.iter().map(|word| word.text).collect::<Vec<_>>().join("|"),
            Err(fault) => format!("{}:{}: {}", fault.line, fault.column, fault.reason),
        };
        Lexer::new(text).map(shown).collect()
    }

    #[test]
    fn entries_are_lines_unless_parentheses_hold_them_together() {
        let table: [(&str, &[&str]); 8] = [
            ("a b ; comment\n\n  ; only\nc\r\n", &["a|b", "c"]),
            ("a ( b ; (\n c )d\ne\n", &["a|b|c|d", "e"]),
            ("a (b(c)) d\n", &["a|b|c|d"]),
            ("t \"a ; (b\" \"\" c\n", &["t|a ; (b||c"]),
            ("t ( \"v=1; k\"\n \"q\" )\n", &["t|v=1; k|q"]),
            ("a\\;b\\\"c\\(\n", &["a\\;b\\\"c\\("]),
            ("k=\"a b\",c d\n", &["k=\"a b\",c|d"]),
            ("\"a\"\"b\\\"\"\n", &["a|b\\\""]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn faults_say_where_and_the_next_entry_is_read() {
        let table: [(&str, &[&str]); 5] = [
            ("a \"b\nc\n", &["1:3: a quoted string without its end; \" on the same line", "c"]),
            ("a )\nc\n", &["1:3: a ) without its (; write \\) for the character", "c"]),
            ("\na (\nb\n", &["2:3: a parenthesis that is never closed; ) before the file ends"]),
            ("a\x07b\nc\n", &["1:2: the control character \\007; write it as \\007", "c"]),
            ("a ( \"b\n c )\nd\n", &["1:5: a quoted string without its end; \" on the same line", "d"]),
        ];
        for (text, expected) in table {
            assert_eq!(words(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_word_knows_its_line_and_column() {
        let entry = Lexer::new("\n (\n   x \"y\")\n").next().unwrap().unwrap();
        let places: Vec<_> =
            entry.words.iter().map(|word| (word.text, word.quoted, word.line, word.column)).collect();
        assert_eq!((places, entry.indented), (vec![("x", false, 3, 4), ("y", true, 3, 6)], true));
    }
}
