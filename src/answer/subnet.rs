//! EDNS Client Subnet (RFC 7871): read strictly, echoed to the bit, given a scope.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A client subnet as a query gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet<'m> {
    /// The address, zero beyond `source`.
    pub address: IpAddr,
    /// SOURCE PREFIX-LENGTH in bits; 0: the client asks not to be told apart.
    pub source: u8,
    /// FAMILY, SOURCE, SCOPE and ADDRESS as they came.
    raw: &'m [u8],
}

impl<'m> Subnet<'m> {
    /// The option's code.
    pub(super) const OPTION: u16 = 8;

    /// Reads the option's data; none is a FORMERR (RFC 7871 §6, §7.1.1): unknown family, length out of bounds, too few or
    /// too many address octets, bits beyond the length, a scope in a query.
    pub(super) fn parse(raw: &'m [u8]) -> Option<Self> {
        let ([family_high, family_low, source, scope], octets) = raw.split_first_chunk::<4>()?;
        let (source, scope) = (*source, *scope);
        if scope != 0 || octets.len() != usize::from(source.div_ceil(8)) {
            return None;
        }
        let address = match u16::from_be_bytes([*family_high, *family_low]) {
            1 if source <= 32 => IpAddr::V4(Ipv4Addr::from(padded::<4>(octets)?)),
            2 if source <= 128 => IpAddr::V6(Ipv6Addr::from(padded::<16>(octets)?)),
            _ => return None,
        };
        let spare = (8 - source % 8) % 8;
        let clean = octets.last().is_none_or(|last| last.trailing_zeros() >= u32::from(spare));
        clean.then_some(Self { address, source, raw })
    }

    /// Octets of the option in an answer, its code and length included.
    pub(super) const fn length(&self) -> usize {
        4 + self.raw.len()
    }

    /// FAMILY and SOURCE, then the address octets, as they came.
    pub(super) fn parts(&self) -> (&'m [u8], &'m [u8]) {
        (self.raw.get(..3).unwrap_or_default(), self.raw.get(4..).unwrap_or_default())
    }
}

fn padded<const N: usize>(octets: &[u8]) -> Option<[u8; N]> {
    let mut whole = [0; N];
    whole.get_mut(..octets.len())?.copy_from_slice(octets);
    Some(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subnet_is_read_to_the_bit() {
        let subnet = Subnet::parse(&[0, 1, 24, 0, 81, 2, 69]).expect("a good option");
        assert_eq!((subnet.address, subnet.source), (IpAddr::V4([81, 2, 69, 0].into()), 24));
        let subnet = Subnet::parse(&[0, 2, 33, 0, 0x20, 1, 0xd, 0xb8, 0x80]).expect("a good option");
        assert_eq!((subnet.address, subnet.source), (IpAddr::V6("2001:db8:8000::".parse().unwrap()), 33));
        assert_eq!(Subnet::parse(&[0, 1, 0, 0]).map(|subnet| subnet.source), Some(0));
    }

    #[test]
    fn a_malformed_subnet_is_refused() {
        let table: [(&str, &[u8]); 10] = [
            ("shorter than four octets", &[0, 1, 0]),
            ("family 0", &[0, 0, 0, 0]),
            ("family 3", &[0, 3, 8, 0, 1]),
            ("source over 32", &[0, 1, 33, 0, 1, 2, 3, 4, 0]),
            ("source over 128", &[0, 2, 129, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0]),
            ("too few octets", &[0, 1, 24, 0, 81, 2]),
            ("too many octets", &[0, 1, 24, 0, 81, 2, 69, 0]),
            ("bits beyond the source", &[0, 1, 23, 0, 81, 2, 69]),
            ("a scope in a query", &[0, 1, 24, 24, 81, 2, 69]),
            ("octets behind a source of 0", &[0, 1, 0, 0, 1]),
        ];
        for (what, option) in table {
            assert_eq!(Subnet::parse(option), None, "{what}");
        }
    }
}
