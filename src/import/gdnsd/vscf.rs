//! gdnsd's config syntax: hashes `{ key => value }`, arrays `[a, b]`, plain and quoted words, `#` comments. A value that
//! stands alone counts as an array of one. Includes are refused: their text is to be put in place first.

use std::path::Path;

use crate::import::ImportError;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Word(String),
    List(Vec<Value>),
    Hash(Vec<(String, Value)>),
}

impl Value {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Keys and values in order; none of what is no hash.
    pub(super) fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Hash(entries) => entries,
            Self::Word(_) | Self::List(_) => &[],
        }
    }

    /// The word, or the only one of a list.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            Self::List(values) if values.len() == 1 => values[0].word(),
            Self::List(_) | Self::Hash(_) => None,
        }
    }

    /// Its words; a word is a list of one.
    pub(super) fn words(&self) -> Vec<String> {
        match self {
            Self::Word(word) => vec![word.clone()],
            Self::List(values) => values.iter().flat_map(Self::words).collect(),
            Self::Hash(_) => Vec::new(),
        }
    }
}

/// A piece of text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Word(String),
    Sign(char),
    Arrow,
}

/// Reads a file's text; its outermost braces may be left out.
pub(super) fn parse(path: &Path, text: &str) -> Result<Value, ImportError> {
    let fault = |line: usize, what: String| ImportError::Syntax { path: path.to_owned(), line, what };
    let tokens = tokens(text).map_err(|(line, what)| fault(line, what.to_owned()))?;
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
    let bare = !matches!(tokens.first(), Some((_, Token::Sign('{' | '['))));
    let value = if bare { reader.hash(None) } else { reader.value() };
    let value = value.map_err(|what| fault(reader.line(), what))?;
    match reader.next() {
        None => Ok(value),
        Some(other) => Err(fault(reader.line(), format!("{other:?} after the end of the config"))),
    }
}

fn tokens(text: &str) -> Result<Vec<(usize, Token)>, (usize, &'static str)> {
    let mut tokens = Vec::new();
    let mut line = 1;
    let mut characters = text.chars().peekable();
    while let Some(first) = characters.next() {
        match first {
            '\n' => line += 1,
            c if c.is_whitespace() || c == ',' || c == ';' => {}
            '#' => while characters.next_if(|c| *c != '\n').is_some() {},
            '{' | '}' | '[' | ']' => tokens.push((line, Token::Sign(first))),
            '=' => {
                characters.next_if_eq(&'>');
                tokens.push((line, Token::Arrow));
            }
            '"' => {
                let mut word = String::new();
                loop {
                    match characters.next() {
                        Some('"') => break,
                        Some('\\') => word.extend(characters.next()),
                        Some(c) => {
                            line += usize::from(c == '\n');
                            word.push(c);
                        }
                        None => return Err((line, "a quote that is not closed")),
                    }
                }
                tokens.push((line, Token::Word(word)));
            }
            _ => {
                let mut word = String::from(first);
                while let Some(c) = characters.next_if(|c| !c.is_whitespace() && !"#{}[]=,;\"".contains(*c)) {
                    word.push(c);
                }
                if word.starts_with("$include") {
                    return Err((line, "$include is not read; put the file's text here"));
                }
                tokens.push((line, Token::Word(word)));
            }
        }
    }
    Ok(tokens)
}

struct Reader<'a> {
    tokens: &'a [(usize, Token)],
    at: usize,
    depth: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).map(|(_, token)| token.clone());
        self.at += 1;
        token
    }

    /// Of the token that was read last.
    fn line(&self) -> usize {
        let last = self.at.saturating_sub(1).min(self.tokens.len().saturating_sub(1));
        self.tokens.get(last).map_or(0, |(line, _)| *line)
    }

    fn value(&mut self) -> Result<Value, String> {
        if self.depth > DEEPEST {
            return Err(format!("braces inside braces more than {DEEPEST} deep"));
        }
        self.depth += 1;
        let value = match self.next() {
            Some(Token::Word(word)) => Ok(Value::Word(word)),
            Some(Token::Sign('{')) => self.hash(Some('}')),
            Some(Token::Sign('[')) => self.list(),
            other => Err(format!("{other:?} where a value is expected")),
        };
        self.depth -= 1;
        value
    }

    fn hash(&mut self, end: Option<char>) -> Result<Value, String> {
        let mut entries = Vec::new();
        loop {
            match self.next() {
                Some(Token::Word(key)) => match self.next() {
                    Some(Token::Arrow) => entries.push((key, self.value()?)),
                    other => return Err(format!("{other:?} where `=>` is expected after {key:?}")),
                },
                Some(Token::Sign(sign)) if Some(sign) == end => return Ok(Value::Hash(entries)),
                None if end.is_none() => return Ok(Value::Hash(entries)),
                other => return Err(format!("{other:?} where a key is expected")),
            }
        }
    }

    fn list(&mut self) -> Result<Value, String> {
        let mut values = Vec::new();
        loop {
            if self.tokens.get(self.at).is_some_and(|(_, token)| *token == Token::Sign(']')) {
                self.at += 1;
                return Ok(Value::List(values));
            }
            values.push(self.value()?);
        }
    }
}

/// Nobody nests deeper, and a stack has an end.
const DEEPEST: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_lists_and_words_read_as_gdnsd_reads_them() {
        let text = "# a config\noptions => { listen => 127.0.0.1 }\nplugins = { geoip => { a => [x, \"y z\"], b => one } }";
        let config = parse(Path::new("config"), text).unwrap();
        let geoip = config.get("plugins").unwrap().get("geoip").unwrap();
        assert_eq!(geoip.get("a").unwrap().words(), ["x", "y z"]);
        assert_eq!(geoip.get("b").unwrap().words(), ["one"]);
        assert_eq!(parse(Path::new("config"), "{ a => {} }").unwrap().get("a"), Some(&Value::Hash(vec![])));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_line() {
        for (text, said) in [
            ("a =>", "config:1: None where a value is expected"),
            ("a => {\n b }", "config:2: Some(Sign('}')) where `=>` is expected after \"b\""),
            ("\n\n$include{x}", "config:3: $include is not read"),
            ("a => \"x", "config:1: a quote that is not closed"),
        ] {
            let error = parse(Path::new("config"), text).unwrap_err().to_string();
            assert!(error.starts_with(said), "{error}");
        }
        assert!(parse(Path::new("config"), &"a=>{".repeat(10_000)).is_err(), "deep nesting ends");
    }
}
