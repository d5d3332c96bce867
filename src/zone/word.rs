//! Names eight octets at a time, as little-endian words: what hashing and lowering of asked names is made of.

/// Eight octets from `at` on; those past the end are zero.
#[inline]
pub(super) fn word_at(octets: &[u8], at: usize) -> u64 {
    let rest = octets.get(at..).unwrap_or_default();
    match rest.first_chunk() {
        Some(eight) => u64::from_le_bytes(*eight),
        None => rest.iter().rev().fold(0, |word, octet| (word << 8) | u64::from(*octet)),
    }
}

/// The first `count` octets of a word; the others are zero.
#[inline]
pub(super) fn first_octets(word: u64, count: usize) -> u64 {
    if count < 8 { word & ((1 << (8 * count)) - 1) } else { word }
}

/// A word with its ASCII letters in lower case.
#[inline]
pub(super) fn lower(word: u64) -> u64 {
    let low = word & (0x7f * EACH); // no carry from octet to octet
    let from_a = low + (0x80 - u64::from(b'A')) * EACH;
    let past_z = low + (0x7f - u64::from(b'Z')) * EACH;
    let upper = from_a & !past_z & !word & (0x80 * EACH);
    word | (upper >> 2)
}

/// One in each octet.
const EACH: u64 = 0x0101_0101_0101_0101;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_octet_is_lowered_as_ascii_says_wherever_it_stands() {
        for octet in 0..=u8::MAX {
            for place in 0..8 {
                let mut octets = [b'Z', 0xff, b'@', b'[', 0x80, 0xc1, b'a', b'A'];
                octets[place] = octet;
                let lowered = lower(u64::from_le_bytes(octets)).to_le_bytes();
                assert_eq!(lowered, octets.to_ascii_lowercase()[..], "{octet} at {place}");
            }
        }
    }

    #[test]
    fn words_end_with_the_octets() {
        let octets = *b"123456789";
        assert_eq!(word_at(&octets, 1).to_le_bytes(), *b"23456789");
        assert_eq!(word_at(&octets, 7).to_le_bytes(), *b"89\0\0\0\0\0\0");
        assert_eq!(word_at(&octets, 10), 0);
        assert_eq!(first_octets(word_at(&octets, 0), 3).to_le_bytes(), *b"123\0\0\0\0\0");
    }
}
