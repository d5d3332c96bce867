//! The two moments between which a certificate holds (RFC 5280 §4.1.2.5): rustls checks them as a client only, and
//! says neither. Walks just so much of the DER as stands before them; never past its end.

/// Unix seconds of the first and the last moment; none where this is no certificate.
pub(super) fn of(certificate: &[u8]) -> Option<(u64, u64)> {
    let (certificate, _) = expect(certificate, SEQUENCE)?;
    let (mut fields, _) = expect(certificate, SEQUENCE)?;
    if fields.first() == Some(&VERSION) {
        (_, _, fields) = element(fields)?;
    }
    for tag in [INTEGER, SEQUENCE, SEQUENCE] {
        (_, fields) = expect(fields, tag)?; // serial number, algorithm of the signature, issuer
    }
    let (validity, _) = expect(fields, SEQUENCE)?;
    let (begins, rest) = moment(validity)?;
    let (ends, _) = moment(rest)?;
    Some((begins, ends))
}

/// The content of an element of this tag, and what comes behind it.
fn expect(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    element(der).filter(|(found, ..)| *found == tag).map(|(_, content, rest)| (content, rest))
}

/// Tag, content and rest of the first element.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (&short, rest) = rest.split_first()?;
    let (length, rest) = match short {
        0..=0x7f => (usize::from(short), rest),
        0x81..=0x83 => {
            let (octets, rest) = rest.split_at_checked(usize::from(short & 0x7f))?;
            (octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet)), rest)
        }
        _ => return None, // indefinite, or longer than any certificate
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// `YYMMDDHHMMSSZ` until 2049, `YYYYMMDDHHMMSSZ` from then on.
fn moment(der: &[u8]) -> Option<(u64, &[u8])> {
    let (tag, text, rest) = element(der)?;
    let text = text.strip_suffix(b"Z").filter(|text| text.iter().all(u8::is_ascii_digit))?;
    let two =
        |at: usize| text.get(at..at + 2).map(|two| u64::from(two[0] - b'0') * 10 + u64::from(two[1] - b'0'));
    let (year, at) = match (tag, text.len()) {
        (UTC_TIME, 12) => (two(0).map(|year| if year < 50 { 2000 + year } else { 1900 + year })?, 2),
        (GENERALIZED_TIME, 14) => (two(0)? * 100 + two(2)?, 4),
        _ => return None,
    };
    let days = days_before(year.checked_sub(1970)?, two(at)?, two(at + 2)?)?;
    let seconds = two(at + 4)? * 3600 + two(at + 6)? * 60 + two(at + 8)?;
    Some((days * 86_400 + seconds, rest))
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
fn days_before(years: u64, month: u64, day: u64) -> Option<u64> {
    const BEFORE: [u64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let year = years + 1970;
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let leaps = |year: u64| year / 4 - year / 100 + year / 400;
    let before = BEFORE.get(usize::try_from(month).ok()?.checked_sub(1)?)? + u64::from(leap && month > 2);
    Some(years * 365 + leaps(year - 1) - leaps(1969) + before + day.checked_sub(1)?)
}

const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_agree_with_another_calendar() {
        for days in (0..80_000).step_by(7) {
            let moment = std::time::UNIX_EPOCH + std::time::Duration::from_secs(days * 86_400);
            let text = humantime::format_rfc3339_seconds(moment).to_string();
            let part = |range: std::ops::Range<usize>| text[range].parse::<u64>().unwrap();
            assert_eq!(days_before(part(0..4) - 1970, part(5..7), part(8..10)), Some(days), "{text}");
        }
    }

    #[test]
    fn both_forms_of_a_moment_are_read_and_others_are_not() {
        let der = |tag: u8, text: &str| [&[tag, text.len() as u8], text.as_bytes()].concat();
        let table = [
            (UTC_TIME, "700101000000Z", Some(0)),
            (UTC_TIME, "491231235959Z", Some(2_524_607_999)),
            (GENERALIZED_TIME, "20500101000000Z", Some(2_524_608_000)),
            (GENERALIZED_TIME, "99991231235959Z", Some(253_402_300_799)),
            (UTC_TIME, "691231235959Z", None),
            (UTC_TIME, "261301000000Z", None),
            (UTC_TIME, "260100000000Z", None),
            (UTC_TIME, "2601010000Z", None),
            (UTC_TIME, "26010100000+Z", None),
            (INTEGER, "260101000000Z", None),
        ];
        for (tag, text, expected) in table {
            assert_eq!(moment(&der(tag, text)).map(|(at, _)| at), expected, "{text}");
        }
    }

    #[test]
    fn lengths_beyond_the_end_are_refused() {
        for der in [&[0x30][..], &[0x30, 1], &[0x30, 0x80, 0], &[0x30, 0x82, 1], &[0x30, 0x84, 0, 0, 0, 0]] {
            assert_eq!(element(der), None, "{der:?}");
        }
        assert_eq!(element(&[0x30, 0x81, 1, 7, 8]), Some((0x30, &[7][..], &[8][..])));
    }
}
