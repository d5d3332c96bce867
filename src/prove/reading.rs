//! Reads an answer's octets by hand: nothing here is shared with what wrote them.

use std::net::IpAddr;

use super::oracle::Told;

/// What an answer tells of the name asked for, the TTL, and the scope. Behind a CNAME may follow what other names hold.
pub(super) fn read(query: &[u8], answer: &[u8]) -> Option<(Vec<Told>, u32, u8)> {
    let count = |at: usize| Some(u16::from_be_bytes([*answer.get(at)?, *answer.get(at + 1)?]));
    let (answers, others) = (count(6)?, count(8)? + count(10)?.saturating_sub(1));
    let mut at = name_end(query, 12)? + 4;
    let (mut told, mut lasts) = (Vec::new(), 0);
    for number in 0..answers + others {
        let is_asked = answer.get(at..at + 2)? == ASKED;
        let fixed_at = name_end(answer, at)?;
        let fixed: &[u8; 10] = answer.get(fixed_at..)?.first_chunk()?;
        let size = usize::from(u16::from_be_bytes([fixed[8], fixed[9]]));
        let data = answer.get(fixed_at + 10..fixed_at + 10 + size)?;
        at = fixed_at + 10 + size;
        if number >= answers || !is_asked {
            matches!(told.as_slice(), [Told::Name(_)]).then_some(())?;
            continue;
        }
        lasts = u32::from_be_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
        match fixed[1] {
            A | AAAA => told.push(address(data)?),
            CNAME => told.push(Told::Name(data.to_ascii_lowercase())),
            HTTPS | SVCB => told.extend(hints(data)?),
            _ => return None,
        }
    }
    // Name, type, size, flags, length of the OPT; code, length, family, source of the subnet.
    let scope = answer.get(at + 11 + 7).copied().unwrap_or(0);
    Some((told, lasts, scope))
}

/// The addresses that an HTTPS or SVCB record hints at (RFC 9460 §7.3).
fn hints(data: &[u8]) -> Option<Vec<Told>> {
    let mut left = data.get(name_end(data, 2)?..)?;
    let mut told = Vec::new();
    while let Some(([key_high, key_low, high, low], rest)) = left.split_first_chunk::<4>() {
        let (value, rest) = rest.split_at_checked(u16::from_be_bytes([*high, *low]).into())?;
        let width = match u16::from_be_bytes([*key_high, *key_low]) {
            IPV4_HINT => Some(4),
            IPV6_HINT => Some(16),
            _ => None,
        };
        for hint in width.map_or(&[][..], |_| value).chunks(width.unwrap_or(1)) {
            told.push(address(hint)?);
        }
        left = rest;
    }
    left.is_empty().then_some(told)
}

fn address(octets: &[u8]) -> Option<Told> {
    let v4 = <[u8; 4]>::try_from(octets).map(|octets| IpAddr::V4(octets.into()));
    let v6 = || <[u8; 16]>::try_from(octets).map(|octets| IpAddr::V6(octets.into()));
    v4.or_else(|_| v6()).ok().map(Told::Address)
}

fn name_end(message: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *message.get(at)? {
            0 => return Some(at + 1),
            192.. => return Some(at + 2),
            label => at += 1 + usize::from(label),
        }
    }
}

/// A pointer to the name in the question.
const ASKED: [u8; 2] = [0xc0, 12];
const CNAME: u8 = 5;
pub(super) const A: u8 = 1;
pub(super) const AAAA: u8 = 28;
pub(super) const SVCB: u8 = 64;
pub(super) const HTTPS: u8 = 65;
const IPV4_HINT: u16 = 4;
const IPV6_HINT: u16 = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_read_and_a_cut_one_is_not() {
        let https = b"\0\x01\0\0\x01\0\x03\x02h2\0\x04\0\x08\xc0\0\x02\x0a\xc0\0\x02\x14";
        let told = |text: &str| Told::Address(text.parse().unwrap());
        assert_eq!(hints(https), Some(vec![told("192.0.2.10"), told("192.0.2.20")]));
        assert_eq!(hints(&https[..https.len() - 1]), None);
        assert_eq!(hints(b"\0\x01\0\0\x06\0\x04\xc0\0\x02\x0a"), Some(vec![told("192.0.2.10")]));
        assert_eq!(hints(b"\0\x01\0\0\x06\0\x03\xc0\0\x02"), None);
    }
}
