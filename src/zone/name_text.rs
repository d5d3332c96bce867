//! Names as master files write them (RFC 1035 §5.1): escapes, `@`, relative names; and back to text.

use std::fmt;

use super::name::{Labels, MAX_LABEL, MAX_NAME};

/// Why a text is not a domain name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing was written.
    #[error("an empty name; a domain name, or @ for the origin")]
    Empty,
    /// Two dots in a row, or one at the start.
    #[error("an empty label; one dot between labels")]
    EmptyLabel,
    /// A label over 63 octets.
    #[error("a label of more than 63 octets; at most 63 (RFC 1035)")]
    LongLabel,
    /// A name over 255 octets with its origin.
    #[error("a name of more than 255 octets; at most 255 with its origin (RFC 1035)")]
    LongName,
    /// A backslash that is not followed by three digits up to 255, or one other character.
    #[error("a broken escape; \\DDD with DDD from 000 to 255, or \\ and one other character")]
    Escape,
    /// A quotation mark inside a word.
    #[error("a quotation mark inside a word; \\\" for the character, or quotes around all of it")]
    Quote,
    /// A letter outside ASCII.
    #[error("a letter outside ASCII; international names are written in their xn-- form")]
    NotAscii,
    /// Octets that are not one uncompressed name.
    #[error("octets that are not one whole name; labels of 1 to 63 octets and a final zero")]
    Wire,
}

/// The wire form of `text`, its case kept; a name without a final dot continues with `origin`.
pub(super) fn wire_from_text(text: &str, origin: &[u8]) -> Result<Vec<u8>, NameError> {
    if text.is_empty() {
        return Err(NameError::Empty);
    }
    if text == "@" {
        return Ok(origin.to_vec());
    }
    if text == "." {
        return Ok(vec![0]);
    }
    let mut wire = Vec::with_capacity(text.len() + origin.len() + 1);
    let mut label = Vec::new();
    let mut octets = text.bytes();
    let mut absolute = false;
    while let Some(octet) = octets.next() {
        absolute = octet == b'.';
        match octet {
            b'.' => end_label(&mut wire, &mut label)?,
            b'\\' => label.push(unescape(&mut octets)?),
            b'"' => return Err(NameError::Quote),
            0x80.. => return Err(NameError::NotAscii),
            other => label.push(other),
        }
    }
    if absolute {
        wire.push(0);
    } else {
        end_label(&mut wire, &mut label)?;
        wire.extend_from_slice(origin);
    }
    if wire.len() > MAX_NAME { Err(NameError::LongName) } else { Ok(wire) }
}

fn end_label(wire: &mut Vec<u8>, label: &mut Vec<u8>) -> Result<(), NameError> {
    if label.is_empty() {
        return Err(NameError::EmptyLabel);
    }
    let len = u8::try_from(label.len()).ok().filter(|len| *len <= MAX_LABEL).ok_or(NameError::LongLabel)?;
    wire.push(len);
    wire.append(label);
    Ok(())
}

/// The octet that an escape stands for; the backslash has been read.
pub(super) fn unescape(octets: &mut impl Iterator<Item = u8>) -> Result<u8, NameError> {
    let first = octets.next().ok_or(NameError::Escape)?;
    if !first.is_ascii_digit() {
        return if first.is_ascii() { Ok(first) } else { Err(NameError::Escape) };
    }
    let mut value = u16::from(first - b'0');
    for _ in 0..2 {
        let digit = octets.next().filter(u8::is_ascii_digit).ok_or(NameError::Escape)?;
        value = value * 10 + u16::from(digit - b'0');
    }
    u8::try_from(value).map_err(|_| NameError::Escape)
}

/// Writes a wire name as text with a final dot.
pub(super) fn write(wire: &[u8], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let mut empty = true;
    for label in Labels::of(wire) {
        empty = false;
        for octet in label {
            if b".\\\";()@$".contains(octet) {
                f.write_str("\\")?;
            }
            match octet {
                b'!'..=b'~' => write!(f, "{}", char::from(*octet))?,
                other => write!(f, "\\{other:03}")?,
            }
        }
        f.write_str(".")?;
    }
    if empty { f.write_str(".") } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Name;
    use super::*;

    #[test]
    fn names_are_read_as_master_files_write_them() {
        let origin = Name::from_text("example.com.", &Name::root()).unwrap();
        let table = [
            ("@", "example.com."),
            ("www", "www.example.com."),
            ("WWW.Example.NET.", "www.example.net."),
            (".", "."),
            ("a\\.b", "a\\.b.example.com."),
            ("\\@", "\\@.example.com."),
            ("\\065.", "a."),
            ("*.x", "*.x.example.com."),
        ];
        for (text, expected) in table {
            assert_eq!(Name::from_text(text, &origin).unwrap().to_string(), expected, "{text}");
        }
    }

    #[test]
    fn broken_names_say_what_is_wrong() {
        let long_label = "a".repeat(64);
        let long_name = format!("{0}.{0}.{0}.{0}.", "a".repeat(63));
        let table = [
            ("", NameError::Empty),
            ("..", NameError::EmptyLabel),
            (".com", NameError::EmptyLabel),
            ("a..b.", NameError::EmptyLabel),
            (long_label.as_str(), NameError::LongLabel),
            (long_name.as_str(), NameError::LongName),
            ("a\\", NameError::Escape),
            ("a\\256", NameError::Escape),
            ("a\\25", NameError::Escape),
            ("a\"b", NameError::Quote),
            ("bücher", NameError::NotAscii),
        ];
        for (text, expected) in table {
            assert_eq!(Name::from_text(text, &Name::root()), Err(expected), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_name_is_read_back_from_its_text(
            labels in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..=63), 0..4),
        ) {
            let mut wire = Vec::new();
            for label in &labels {
                wire.push(u8::try_from(label.len()).unwrap());
                wire.extend_from_slice(label);
            }
            wire.push(0);
            prop_assume!(wire.len() <= MAX_NAME);
            let name = Name::from_wire(&wire).unwrap();
            prop_assert_eq!(Name::from_text(&name.to_string(), &Name::root()), Ok(name));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            let _ = Name::from_text(&text, &Name::root());
        }
    }
}
