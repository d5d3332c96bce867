//! Syntax errors, each once: a broken statement is blanked out and the rest is parsed again, so that a list which is
//! never closed does not make an error of every line behind it.

use std::borrow::Cow;
use std::ops::Range;

use toml::de::DeTable;

/// A text without the statements that could not be parsed; every octet that is left is where it was.
pub(super) struct Repaired<'t> {
    pub text: Cow<'t, str>,
    pub faults: Vec<Fault>,
}

/// A syntax error.
pub(super) struct Fault {
    /// Octet of the text.
    pub offset: usize,
    /// What was found; what is allowed.
    pub what: String,
}

impl Fault {
    /// Whether it stands in a list or an inline table, which may have more lines.
    fn is_in_brackets(&self) -> bool {
        ["array", "inline table", "key-value pairs"].iter().any(|word| self.what.contains(word))
    }
}

/// Blanks out what cannot be parsed. A doubled key is an error too, and leaves the rest as it is.
pub(super) fn repair(original: &str) -> Repaired<'_> {
    let mut repaired = Repaired { text: Cow::Borrowed(original), faults: Vec::new() };
    let mut left = faults(original);
    for _ in 0..MOST_FAULTS {
        let Some(at) = left.iter().position(|fault| fault.what != DOUBLED) else {
            break;
        };
        let fault = left.swap_remove(at);
        let (broken, offset) = broken_part(&repaired.text, &fault);
        repaired.text = Cow::Owned(blanked(&repaired.text, broken));
        repaired.faults.push(Fault { offset, ..fault });
        left = faults(&repaired.text);
    }
    repaired.faults.extend(left);
    repaired
}

/// The syntax errors of a text, in order.
fn faults(text: &str) -> Vec<Fault> {
    let (_, errors) = DeTable::parse_recoverable(text);
    let what = |message: &str| match message {
        "duplicate key" => DOUBLED.to_owned(),
        message => message.replacen(", expected ", "; expected ", 1),
    };
    let mut faults: Vec<_> = errors
        .iter()
        .map(|error| Fault { offset: error.span().map_or(0, |span| span.start), what: what(error.message()) })
        .collect();
    faults.sort_by_key(|fault| fault.offset);
    faults
}

/// The statement that an error belongs to, with everything under it if it is a table's head; and where the error is
/// best shown: at the end of the statement, when it was only noticed behind it.
fn broken_part(text: &str, fault: &Fault) -> (Range<usize>, usize) {
    let offset = fault.offset;
    let starts = statement_starts(text);
    let line_start = text[..floor(text, offset)].rfind('\n').map_or(0, |at| at + 1);
    let noticed_behind =
        text[line_start..floor(text, offset)].trim().is_empty() && starts.contains(&line_start);
    let upto = if noticed_behind { line_start } else { line_start + 1 };
    let mut start = starts.iter().copied().rfind(|start| *start < upto);
    if start.is_some_and(|start| noticed_behind && text[start..line_start].trim().is_empty()) {
        start = None;
    }
    let Some(start) = start else {
        return (line_start..line_end(text, line_start), offset);
    };
    let end = if is_head(&text[start..]) {
        starts.iter().copied().find(|at| *at > start && is_head(&text[*at..])).unwrap_or(text.len())
    } else if noticed_behind {
        line_start
    } else if fault.is_in_brackets() {
        starts.iter().copied().find(|at| *at > line_start).unwrap_or(text.len())
    } else {
        line_end(text, line_start)
    };
    let shown = if noticed_behind { start + text[start..line_start].trim_end().len() } else { offset };
    (start..end, shown)
}

/// Octets at which a line begins that looks like a table's head or a key with its value.
fn statement_starts(text: &str) -> Vec<usize> {
    let mut at = 0;
    let lines = text.split_inclusive('\n').map(|line| {
        let start = at;
        at += line.len();
        (start, line)
    });
    lines.filter(|(_, line)| is_head(line) || is_assignment(line)).map(|(start, _)| start).collect()
}

fn is_head(line: &str) -> bool {
    let inner = line.trim_start().strip_prefix('[').map(|rest| rest.strip_prefix('[').unwrap_or(rest));
    inner.is_some_and(|inner| {
        let first_line = inner.lines().next().unwrap_or_default();
        first_line.trim_start().starts_with(key_character) && !first_line.contains(',')
    })
}

fn is_assignment(line: &str) -> bool {
    line.split_once('=').is_some_and(|(key, _)| {
        let key = key.trim();
        !key.is_empty()
            && !key.starts_with(['#', '{', '['])
            && (key.contains(['"', '\'']) || key.chars().all(key_character))
    })
}

fn key_character(character: char) -> bool {
    character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '"' | '\'')
}

/// The text with spaces in place of a range, line ends kept.
fn blanked(text: &str, range: Range<usize>) -> String {
    let keep = |octet: u8| {
        if matches!(octet, b'\n' | b'\r') { octet as char } else { ' ' }
    };
    let blank: String = text[range.clone()].bytes().map(keep).collect();
    format!("{}{blank}{}", &text[..range.start], &text[range.end..])
}

fn line_end(text: &str, start: usize) -> usize {
    text[start..].find('\n').map_or(text.len(), |at| start + at)
}

/// The offset, or the start of the character around it.
fn floor(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rfind(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// A key that is there twice.
const DOUBLED: &str = "duplicate key; each key once";
/// Statements that are blanked out at most; what is broken after that many is shown as the parser sees it.
const MOST_FAULTS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(usize, String)> {
        let repaired = repair(text);
        assert_eq!(repaired.text.len(), text.len(), "every octet stays where it was");
        let line = |offset: usize| text[..offset].matches('\n').count() + 1;
        repaired.faults.into_iter().map(|fault| (line(fault.offset), fault.what)).collect()
    }

    #[test]
    fn a_list_that_is_never_closed_is_one_error_on_its_own_line() {
        let text = "[a]\nb = [\"1\", \"2\"\nc = 3\n[d]\ne = 4\n";
        assert_eq!(shown(text), [(2, "missing comma between array elements; expected `,`".to_owned())]);
        assert_eq!(repair(text).text, "[a]\n             \nc = 3\n[d]\ne = 4\n");
    }

    #[test]
    fn a_head_that_is_never_closed_takes_its_table_along() {
        let text = "[a]\nb = 1\n[c\nd = 2\n[e]\nf = 3\n";
        assert_eq!(shown(text).len(), 1);
        assert_eq!(repair(text).text, "[a]\nb = 1\n  \n     \n[e]\nf = 3\n");
    }

    #[test]
    fn each_broken_line_is_one_error() {
        let text = "a = tru\nb = 12x\nc = \nd = 1 2\n= 5\ne\nf = \"open\ng = 7\n";
        let mut lines: Vec<_> = shown(text).into_iter().map(|(line, _)| line).collect();
        lines.sort_unstable();
        assert_eq!(lines, [1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(repair(text).text.trim(), "g = 7");
    }
}
