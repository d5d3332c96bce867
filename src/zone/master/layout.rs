//! What the RDATA of each type is made of: one table that reads text, checks RFC 3597 data and finds names.

use super::super::Rtype;
use super::super::name::wire_len;
use super::parameters;
use super::seconds;

/// One field of RDATA.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    V4,
    V6,
    U8,
    U16,
    U32,
    /// Seconds, with or without units.
    Time,
    /// A DNSSEC algorithm by number or name.
    Algorithm,
    /// A property's name with its length octet: ASCII letters and digits (RFC 8659 §4.1).
    Tag,
    Name,
    /// A character string of at most 255 octets.
    Text,
    /// One or more character strings, to the end.
    Texts,
    /// One string without a length octet, to the end.
    Octets,
    Hex,
    Base64,
    /// SvcParams, to the end.
    Parameters,
}

/// The fields of a type whose text form is read.
pub(super) fn of(rtype: Rtype) -> Option<&'static [(&'static str, Field)]> {
    use Field::*;
    Some(match rtype.0 {
        1 => &[("address", V4)],
        2 | 5 | 12 | 39 => &[("target", Name)],
        6 => &[
            ("primary server", Name),
            ("mailbox", Name),
            ("serial", U32),
            ("refresh", Time),
            ("retry", Time),
            ("expire", Time),
            ("minimum", Time),
        ],
        13 => &[("CPU", Text), ("operating system", Text)],
        15 => &[("preference", U16), ("exchange", Name)],
        16 | 99 => &[("text", Texts)],
        17 => &[("mailbox", Name), ("text name", Name)],
        18 | 36 => &[("preference", U16), ("host", Name)],
        28 => &[("address", V6)],
        33 => &[("priority", U16), ("weight", U16), ("port", U16), ("target", Name)],
        35 => &[
            ("order", U16),
            ("preference", U16),
            ("flags", Text),
            ("service", Text),
            ("expression", Text),
            ("replacement", Name),
        ],
        43 | 59 => &[("key tag", U16), ("algorithm", Algorithm), ("digest type", U8), ("digest", Hex)],
        44 => &[("algorithm", U8), ("fingerprint type", U8), ("fingerprint", Hex)],
        48 | 60 => &[("flags", U16), ("protocol", U8), ("algorithm", Algorithm), ("key", Base64)],
        49 => &[("identifier", Base64)],
        52 | 53 => &[("usage", U8), ("selector", U8), ("matching type", U8), ("certificate data", Hex)],
        61 => &[("key", Base64)],
        64 | 65 => &[("priority", U16), ("target", Name), ("parameters", Parameters)],
        256 => &[("priority", U16), ("weight", U16), ("target", Octets)],
        257 => &[("flags", U8), ("tag", Tag), ("value", Octets)],
        _ => return None,
    })
}

impl Field {
    /// What may be written, for problems.
    pub(super) fn allowed(self) -> &'static str {
        match self {
            Field::V4 => "an IPv4 address such as 192.0.2.1",
            Field::V6 => "an IPv6 address such as 2001:db8::1",
            Field::U8 => "a number from 0 to 255",
            Field::U16 => "a number from 0 to 65535",
            Field::U32 => "a number from 0 to 4294967295",
            Field::Time => "seconds up to 2147483647, or units such as 1h30m",
            Field::Algorithm => "a number from 0 to 255, or a name such as ECDSAP256SHA256",
            Field::Tag => "letters and digits such as issue",
            Field::Name => "a domain name",
            Field::Text | Field::Texts => "text, in quotes when it holds spaces",
            Field::Octets => "text in quotes",
            Field::Hex => "an even number of hex digits",
            Field::Base64 => "base64",
            Field::Parameters => "key=value",
        }
    }

    /// The octets of a field that one word without escapes makes up.
    pub(super) fn wire(self, text: &str) -> Option<Vec<u8>> {
        let number = |max: u32| {
            text.bytes()
                .all(|c| c.is_ascii_digit())
                .then(|| text.parse::<u32>().ok().filter(|n| *n <= max))?
        };
        Some(match self {
            Field::V4 => text.parse::<std::net::Ipv4Addr>().ok()?.octets().to_vec(),
            Field::V6 => text.parse::<std::net::Ipv6Addr>().ok()?.octets().to_vec(),
            Field::U8 => vec![u8::try_from(number(0xff)?).ok()?],
            Field::U16 => u16::try_from(number(0xffff)?).ok()?.to_be_bytes().to_vec(),
            Field::U32 => number(u32::MAX)?.to_be_bytes().to_vec(),
            Field::Time => seconds(text)?.to_be_bytes().to_vec(),
            Field::Algorithm => {
                let named = ALGORITHMS.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
                vec![named.map(|(number, _)| *number).or_else(|| u8::try_from(number(0xff)?).ok())?]
            }
            Field::Tag => {
                let legal = !text.is_empty() && text.bytes().all(|c| c.is_ascii_alphanumeric());
                let len = u8::try_from(text.len()).ok().filter(|_| legal)?;
                [&[len], text.as_bytes()].concat()
            }
            Field::Name
            | Field::Text
            | Field::Texts
            | Field::Octets
            | Field::Hex
            | Field::Base64
            | Field::Parameters => return None,
        })
    }

    /// How many octets the field takes at the start of `rest`; nothing when they are not such a field.
    fn len_in(self, rest: &[u8]) -> Option<usize> {
        let len = match self {
            Field::U8 | Field::Algorithm => 1,
            Field::U16 => 2,
            Field::V4 | Field::U32 | Field::Time => 4,
            Field::V6 => 16,
            Field::Name => wire_len(rest)?,
            Field::Text | Field::Tag => 1 + usize::from(*rest.first()?),
            Field::Texts => {
                let mut len = Field::Text.len_in(rest)?;
                while len < rest.len() {
                    len += Field::Text.len_in(rest.get(len..)?)?;
                }
                len
            }
            Field::Hex | Field::Base64 => rest.len().max(1),
            Field::Octets => rest.len(),
            Field::Parameters => parameters::are_legal(rest).then_some(rest.len())?,
        };
        (len <= rest.len()).then_some(len)
    }
}

/// Whether `rdata` has the type's layout; unknown types hold anything.
pub(super) fn check(rtype: Rtype, rdata: &[u8]) -> Result<(), &'static str> {
    let mut at = 0;
    for (_, field) in of(rtype).unwrap_or_default() {
        at += field.len_in(rdata.get(at..).unwrap_or_default()).ok_or(field.allowed())?;
    }
    if of(rtype).is_some() && at != rdata.len() { Err("the fields of the type, no more") } else { Ok(()) }
}

/// Where the domain names stand inside checked RDATA: start and length of each.
pub(in super::super) fn names_in(rtype: Rtype, rdata: &[u8]) -> Vec<(usize, usize)> {
    let mut names = Vec::new();
    let mut at = 0;
    for (_, field) in of(rtype).unwrap_or_default() {
        let Some(len) = field.len_in(rdata.get(at..).unwrap_or_default()) else {
            break;
        };
        if *field == Field::Name {
            names.push((at, len));
        }
        at += len;
    }
    names
}

/// Hex digits → octets.
pub(super) fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let (pairs, odd) = digits.as_deref()?.as_chunks::<2>();
    let octets = || pairs.iter().filter_map(|[high, low]| u8::try_from(high * 16 + low).ok()).collect();
    odd.is_empty().then(octets)
}

/// Padded base64 → octets (RFC 4648 §4).
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let (quads, odd) = text.as_bytes().as_chunks::<4>();
    if !odd.is_empty() {
        return None;
    }
    let mut octets = Vec::with_capacity(quads.len() * 3);
    for (index, quad) in quads.iter().enumerate() {
        let padding = quad.iter().rev().take_while(|c| **c == b'=').count();
        if padding > 2 || (padding > 0 && index + 1 != quads.len()) {
            return None;
        }
        let mut bits = 0_u32;
        for c in quad.iter().take(4 - padding) {
            bits = bits << 6 | u32::try_from(BASE64.iter().position(|digit| digit == c)?).ok()?;
        }
        let [_, data @ ..] = (bits << (6 * padding)).to_be_bytes();
        octets.extend(data.iter().take(3 - padding));
    }
    Some(octets)
}

const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// IANA's names for signing algorithms.
const ALGORITHMS: [(u8, &str); 9] = [
    (5, "RSASHA1"),
    (7, "RSASHA1-NSEC3-SHA1"),
    (8, "RSASHA256"),
    (10, "RSASHA512"),
    (13, "ECDSAP256SHA256"),
    (14, "ECDSAP384SHA384"),
    (15, "ED25519"),
    (16, "ED448"),
    (253, "PRIVATEDNS"),
];
