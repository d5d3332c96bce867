//! What a source file names: its paths, `use` groups spelt out, without comments, strings and test modules.

use std::iter::Peekable;
use std::str::Chars;

/// A path as `crate::health::Layer`, and the line that it begins on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    pub(crate) path: Vec<String>,
}

/// Every path that `text` names outside its test modules, single names included.
pub(crate) fn paths(text: &str) -> Vec<Named> {
    let tokens = tokens(&without_test_modules(&code_only(text)));
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        at = read_path(&tokens, at, &[], &mut found).max(at + 1);
    }
    found
}

#[derive(Debug)]
struct Token {
    line: usize,
    text: String,
}

/// Names, `::`, and single marks.
fn tokens(code: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line.trim_start();
        while let Some(first) = rest.chars().next() {
            let length = if rest.starts_with("::") {
                2
            } else if is_name(first) {
                rest.find(|c| !is_name(c)).unwrap_or(rest.len())
            } else {
                first.len_utf8()
            };
            tokens.push(Token { line: number + 1, text: rest[..length].to_owned() });
            rest = rest[length..].trim_start();
        }
    }
    tokens
}

/// Reads one path from `at`, whose first segments are `before`; a `{…}` group in it branches. Returns where it ends.
fn read_path(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    let Some(first) = tokens.get(at) else { return at };
    let line = first.line;
    let mut path = before.to_vec();
    let text = |at: usize| tokens.get(at).map_or("", |token| token.text.as_str());
    loop {
        match text(at) {
            "{" if !path.is_empty() => return read_group(tokens, at + 1, &path, found),
            "*" if !path.is_empty() => {
                at += 1;
                break;
            }
            _ => {}
        }
        if !text(at).starts_with(is_name) {
            break;
        }
        path.push(text(at).to_owned());
        at += 1;
        if text(at) != "::" {
            break;
        }
        at += 1;
    }
    if !path.is_empty() {
        found.push(Named { line, path });
    }
    at
}

fn read_group(tokens: &[Token], mut at: usize, before: &[String], found: &mut Vec<Named>) -> usize {
    while let Some(token) = tokens.get(at) {
        match token.text.as_str() {
            "}" => return at + 1,
            "," => at += 1,
            "as" => at += 2,
            _ => at = read_path(tokens, at, before, found).max(at + 1),
        }
    }
    at
}

/// `text` with every comment, string and character literal blanked; lines stay where they are.
pub(crate) fn code_only(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    let mut last = ' ';
    while let Some(next) = rest.next() {
        match (next, rest.peek()) {
            ('/', Some('/')) => skip_line(&mut rest),
            ('/', Some('*')) => skip_block(&mut rest, &mut code),
            ('"', _) => skip_string(&mut rest, &mut code),
            ('r', Some('"' | '#')) if !is_name(last) || last == 'b' => skip_raw(&mut rest, &mut code),
            ('\'', _) => skip_character(&mut rest),
            _ => code.push(next),
        }
        last = next;
    }
    code
}

fn skip_line(rest: &mut Peekable<Chars<'_>>) {
    while rest.next_if(|next| *next != '\n').is_some() {}
}

fn skip_block(rest: &mut Peekable<Chars<'_>>, code: &mut String) {
    let mut last = ' ';
    rest.next();
    for next in rest.by_ref() {
        if next == '\n' {
            code.push(next);
        }
        if (last, next) == ('*', '/') {
            return;
        }
        last = next;
    }
}

fn skip_string(rest: &mut Peekable<Chars<'_>>, code: &mut String) {
    while let Some(next) = rest.next() {
        match next {
            '"' => return,
            '\n' => code.push(next),
            '\\' if rest.next() == Some('\n') => code.push('\n'),
            _ => {}
        }
    }
}

/// `r"…"`, `r#"…"#`; a raw name as `r#type` is left alone but for its mark.
fn skip_raw(rest: &mut Peekable<Chars<'_>>, code: &mut String) {
    let mut marks = 0;
    while rest.next_if_eq(&'#').is_some() {
        marks += 1;
    }
    if rest.next_if_eq(&'"').is_none() {
        return;
    }
    let mut closing = None;
    for next in rest.by_ref() {
        if next == '\n' {
            code.push(next);
        }
        closing = match (next, closing) {
            ('"', _) => Some(0),
            ('#', Some(seen)) => Some(seen + 1),
            _ => None,
        };
        if closing == Some(marks) {
            return;
        }
    }
}

/// A literal as `'a'` or `'\n'`; a lifetime keeps its name.
fn skip_character(rest: &mut Peekable<Chars<'_>>) {
    let mut ahead = rest.clone();
    let literal = match ahead.next() {
        Some('\\') => true,
        Some(_) => ahead.next() == Some('\''),
        None => false,
    };
    if literal {
        let escaped = rest.next() == Some('\\');
        if escaped {
            rest.next();
        }
        while rest.next_if(|next| *next != '\'').is_some() {}
        rest.next();
    }
}

/// Blanks every `#[cfg(test)] mod … { … }` at the left margin.
fn without_test_modules(code: &str) -> String {
    let lines: Vec<&str> = code.lines().collect();
    let mut kept = String::with_capacity(code.len());
    let mut inside = false;
    for (number, line) in lines.iter().enumerate() {
        let next = lines.get(number + 1).copied().unwrap_or_default();
        if *line == "#[cfg(test)]" && next.starts_with("mod ") && next.ends_with('{') {
            inside = true;
        }
        if !inside {
            kept.push_str(line);
        }
        if *line == "}" {
            inside = false;
        }
        kept.push('\n');
    }
    kept
}

fn is_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Vec<String> {
        paths(text).iter().map(|named| named.path.join("::")).collect()
    }

    #[test]
    fn groups_are_spelt_out() {
        let text = "use crate::{geo::{Country as Land, self}, zone::*};";
        let found = named(text);
        for path in ["crate::geo::Country", "crate::geo::self", "crate::zone"] {
            assert!(found.iter().any(|name| name == path), "{path} is missing in {found:?}");
        }
    }

    #[test]
    fn comments_strings_and_test_modules_are_not_read() {
        let text = "// tokio::a\n/* tokio::b\n */ let s = \"tokio::c\"; let r = r#\"\"tokio::d\"#;\n#[cfg(test)]\nmod tests {\n    use tokio::e;\n}\nlet q = '\"'; fn f<'a>() { tokio::f() }\n";
        let found: Vec<_> = paths(text).into_iter().filter(|named| named.path[0] == "tokio").collect();
        let [only] = &found[..] else { panic!("one of them is code: {found:?}") };
        assert_eq!((only.line, only.path.join("::").as_str()), (8, "tokio::f"));
    }

    #[test]
    fn what_follows_a_test_module_is_read() {
        let text = "#[cfg(test)]\nmod tests {\n    fn a() {}\n}\nuse std::fs;\n";
        assert!(named(text).contains(&"std::fs".to_owned()));
    }
}
