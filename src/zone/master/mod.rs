//! Master files (RFC 1035 §5, RFC 2308 §4, RFC 3597 §5): text → records, each with its file and line.
//!
//! Reads `$ORIGIN`, `$TTL`, `$INCLUDE file [origin]`; every mistake is reported and the reading goes on.
//! Refuses `$GENERATE`, classes other than IN, and text forms it has no layout for (`TYPEnnn \# …` always works).
//! hickory-proto's own master-file parser is not used: it takes `;` inside quotes inside parentheses for a comment,
//! misreads `\DDD` in strings, lowers the case of names, and knows no line numbers. It checks this reader in the tests instead.

mod head;
mod layout;
mod lexer;
mod parameters;
mod reader;
mod words;

pub(super) use layout::names_in;
pub(super) use reader::Reader;

use super::problem::Spot;
use super::{Name, Rtype};

/// One record as its file says it.
#[derive(Debug, Clone)]
pub(super) struct Record {
    pub(super) owner: Name,
    pub(super) rtype: Rtype,
    pub(super) ttl: u32,
    /// Wire form, names uncompressed, case as written.
    pub(super) rdata: Vec<u8>,
    pub(super) spot: Spot,
}

impl Record {
    /// Owner and type, as problems name the record.
    pub(super) fn key(&self) -> String {
        format!("{} {}", self.owner, self.rtype)
    }
}

/// Seconds, or numbers with the units w d h m s (`1h30m`), up to 2³¹−1 (RFC 2181 §8).
pub(super) fn seconds(text: &str) -> Option<u32> {
    let mut total = 0_u32;
    let mut number: Option<u32> = None;
    for octet in text.bytes() {
        let scale = match octet.to_ascii_lowercase() {
            digit @ b'0'..=b'9' => {
                number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u32::from(digit - b'0'))?);
                continue;
            }
            b's' => 1,
            b'm' => 60,
            b'h' => 3_600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        total = total.checked_add(number.take()?.checked_mul(scale)?)?;
    }
    let ends_in_unit = text.ends_with(|last: char| last.is_ascii_alphabetic());
    total = if ends_in_unit { total } else { total.checked_add(number?)? };
    (total <= MAX_TTL).then_some(total)
}

const MAX_TTL: u32 = 0x7fff_ffff;

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_seconds_or_units() {
        let table = [
            ("0", Some(0)),
            ("300", Some(300)),
            ("1h30m", Some(5_400)),
            ("1W2D", Some(777_600)),
            ("1m5", Some(65)),
            ("2147483647", Some(2_147_483_647)),
            ("2147483648", None),
            ("", None),
            ("h", None),
            ("1x", None),
            ("-1", None),
            ("99999999999", None),
            ("9999w", None),
        ];
        for (text, expected) in table {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
