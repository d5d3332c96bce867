//! Queries: well-formed ones of all shapes, and what happens to them on a bad day.

use std::net::IpAddr;

use proptest::prelude::*;
use proptest::sample::{Index, select};

/// A well-formed query.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) id: u16,
    pub(crate) flags: [u8; 2],
    /// Labels as in a zone file, without a final dot.
    pub(crate) name: String,
    pub(crate) rtype: u16,
    pub(crate) class: u16,
    pub(crate) edns: Option<Edns>,
}

/// A query's OPT.
#[derive(Clone, Debug)]
pub(crate) struct Edns {
    pub(crate) size: u16,
    pub(crate) version: u8,
    pub(crate) flags: u16,
    pub(crate) nsid: bool,
    pub(crate) subnet: Option<Subnet>,
    /// Another option, unknown.
    pub(crate) other: Option<Vec<u8>>,
}

/// A client subnet; bits beyond the length are zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subnet {
    pub(crate) address: IpAddr,
    pub(crate) source: u8,
}

impl Subnet {
    /// The block of `source` bits around an address.
    pub(crate) fn around(address: IpAddr, source: u8) -> Self {
        let address = match address {
            IpAddr::V4(address) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(source)).unwrap_or(0);
                IpAddr::from((address.to_bits() & mask).to_be_bytes())
            }
            IpAddr::V6(address) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(source)).unwrap_or(0);
                IpAddr::from((address.to_bits() & mask).to_be_bytes())
            }
        };
        Self { address, source }
    }

    /// FAMILY, SOURCE, SCOPE, ADDRESS (RFC 7871 §6).
    pub(crate) fn option(&self, scope: u8) -> Vec<u8> {
        let (family, octets) = match self.address {
            IpAddr::V4(address) => (1, address.octets().to_vec()),
            IpAddr::V6(address) => (2, address.octets().to_vec()),
        };
        let kept = usize::from(self.source.div_ceil(8));
        [&[0, family, self.source, scope], &octets[..kept]].concat()
    }
}

impl Query {
    /// A plain question with a subnet.
    pub(crate) fn plain(name: &str, rtype: u16, subnet: Option<Subnet>) -> Self {
        let edns = subnet.map(|subnet| Edns {
            size: 1232,
            version: 0,
            flags: 0,
            nsid: false,
            subnet: Some(subnet),
            other: None,
        });
        Self { id: 0, flags: [0, 0], name: name.to_owned(), rtype, class: 1, edns }
    }

    /// As octets.
    pub(crate) fn octets(&self) -> Vec<u8> {
        let additionals = u8::from(self.edns.is_some());
        let mut octets =
            [&self.id.to_be_bytes(), &self.flags, &[0, 1, 0, 0, 0, 0, 0, additionals][..]].concat();
        for label in self.name.split('.').filter(|label| !label.is_empty()) {
            octets.push(u8::try_from(label.len()).unwrap());
            octets.extend(label.bytes());
        }
        octets.push(0);
        octets.extend(self.rtype.to_be_bytes());
        octets.extend(self.class.to_be_bytes());
        octets.extend(self.edns.iter().flat_map(Edns::octets));
        octets
    }
}

impl Edns {
    fn octets(&self) -> Vec<u8> {
        let mut options = Vec::new();
        let mut add = |code: u16, data: &[u8]| {
            options.extend(code.to_be_bytes());
            options.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            options.extend(data);
        };
        self.other.iter().for_each(|data| add(65_001, data));
        if self.nsid {
            add(3, &[]);
        }
        if let Some(subnet) = self.subnet {
            add(8, &subnet.option(0));
        }
        let mut octets = vec![0, 0, 41];
        octets.extend(self.size.to_be_bytes());
        octets.extend([0, self.version]);
        octets.extend(self.flags.to_be_bytes());
        octets.extend(u16::try_from(options.len()).unwrap().to_be_bytes());
        octets.extend(options);
        octets
    }
}

/// A query for a name of the picture or beside it.
pub(crate) fn well_formed(names: &'static [&'static str]) -> impl Strategy<Value = Query> {
    let name = prop_oneof![
        8 => select(names).prop_map(str::to_owned),
        1 => ("[a-z0-9]{1,63}", select(names)).prop_map(|(label, name)| format!("{label}.{name}")),
        1 => "([a-z]{1,9}\\.){0,4}(com|example)",
    ];
    let name = (name, any::<u64>()).prop_map(|(name, upper)| in_mixed_case(&name, upper));
    let rtype = prop_oneof![6 => select(&[1, 28, 16, 2, 6, 5, 255, 43, 39][..]), 1 => any::<u16>()];
    let class = prop_oneof![20 => Just(1), 1 => any::<u16>()];
    let flags = prop_oneof![9 => select(&[[0, 0], [1, 0], [1, 0x20], [0, 0x10]][..]), 1 => (0..=7_u8, any::<u8>()).prop_map(|(high, low)| [high, low])];
    (any::<u16>(), flags, name, rtype, class, proptest::option::weighted(0.8, edns()))
        .prop_map(|(id, flags, name, rtype, class, edns)| Query { id, flags, name, rtype, class, edns })
}

fn edns() -> impl Strategy<Value = Edns> {
    let size = prop_oneof![4 => select(&[512, 1232, 1400, 4096, 65_535][..]), 1 => any::<u16>()];
    let version = prop_oneof![20 => Just(0), 1 => any::<u8>()];
    let flags = prop_oneof![Just(0), Just(0x8000), any::<u16>()];
    let other = proptest::option::weighted(0.2, proptest::collection::vec(any::<u8>(), 0..40));
    (size, version, flags, any::<bool>(), proptest::option::weighted(0.8, subnet()), other).prop_map(
        |(size, version, flags, nsid, subnet, other)| Edns { size, version, flags, nsid, subnet, other },
    )
}

/// A subnet of either family, of any length.
pub(crate) fn subnet() -> impl Strategy<Value = Subnet> {
    let v4 = (any::<u32>(), prop_oneof![3 => Just(24), 1 => 0..=32_u8])
        .prop_map(|(address, source)| Subnet::around(IpAddr::from(address.to_be_bytes()), source));
    let v6 = (v6(), prop_oneof![Just(56), Just(48), 0..=128_u8])
        .prop_map(|(address, source)| Subnet::around(address, source));
    prop_oneof![3 => v4, 1 => v6]
}

/// Addresses where the world is: assigned space, its special parts, and what wraps IPv4.
fn v6() -> impl Strategy<Value = IpAddr> {
    let wrapped =
        |prefix: u128, inner: u32, shift: u32, rest: u128| prefix | u128::from(inner) << shift | rest;
    prop_oneof![
        3 => (0x2000_u16..0x2c10, any::<u128>()).prop_map(|(top, rest)| u128::from(top) << 112 | rest >> 16),
        1 => any::<u32>().prop_map(move |inner| wrapped(0xffff << 32, inner, 0, 0)),
        1 => any::<u32>().prop_map(move |inner| wrapped(0x64_ff9b << 96, inner, 0, 0)),
        1 => (any::<u32>(), any::<u128>()).prop_map(move |(inner, rest)| wrapped(0x2002 << 112, inner, 80, rest >> 48)),
        1 => any::<u128>(),
    ]
    .prop_map(|bits: u128| IpAddr::from(bits.to_be_bytes()))
}

fn in_mixed_case(name: &str, upper: u64) -> String {
    let letter = |(at, letter): (usize, char)| {
        if upper >> (at % 64) & 1 == 1 { letter.to_ascii_uppercase() } else { letter }
    };
    name.chars().enumerate().map(letter).collect()
}

/// One thing that goes wrong with octets on their way; the first two leave a query that can be read.
#[derive(Clone, Debug)]
pub(crate) enum Mishap {
    Letter(Index, u8),
    Type(u16),
    Flip(Index, u8),
    Cut(Index),
    Splice(Index, Vec<u8>),
    Count(usize, u16),
    Repeat(Index),
    Pointer(Index, u16),
}

impl Mishap {
    /// Any of them.
    pub(crate) fn any() -> impl Strategy<Value = Self> {
        prop_oneof![
            14 => (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Self::Letter(at, octet)),
            4 => any::<u16>().prop_map(Self::Type),
            2 => (any::<Index>(), any::<u8>()).prop_map(|(at, octet)| Self::Flip(at, octet)),
            1 => any::<Index>().prop_map(Self::Cut),
            1 => (any::<Index>(), proptest::collection::vec(any::<u8>(), 1..30)).prop_map(|(at, octets)| Self::Splice(at, octets)),
            1 => (0..4_usize, prop_oneof![0..4_u16, any::<u16>()]).prop_map(|(section, count)| Self::Count(section, count)),
            1 => any::<Index>().prop_map(Self::Repeat),
            1 => (any::<Index>(), any::<u16>()).prop_map(|(at, target)| Self::Pointer(at, target)),
        ]
    }

    /// Lets it happen.
    pub(crate) fn befall(&self, octets: &mut Vec<u8>) {
        if octets.is_empty() {
            return;
        }
        let length = octets.len();
        match self {
            Self::Letter(at, letter) => {
                let first = usize::from(octets.get(12).copied().unwrap_or(0));
                if let Some(place) = (first > 0).then(|| octets.get_mut(13 + at.index(first))).flatten() {
                    *place = *letter;
                }
            }
            Self::Type(rtype) => {
                let name = octets.get(12..).and_then(|rest| rest.iter().position(|octet| *octet == 0));
                if let Some(place) = name.and_then(|end| octets.get_mut(13 + end..15 + end)) {
                    place.copy_from_slice(&rtype.to_be_bytes());
                }
            }
            Self::Flip(at, bits) => octets[at.index(length)] ^= bits,
            Self::Cut(at) => octets.truncate(at.index(length)),
            Self::Splice(at, other) => {
                let at = at.index(length);
                octets.splice(at..at, other.iter().copied());
            }
            Self::Count(section, count) => {
                let at = 4 + section * 2;
                if let Some(place) = octets.get_mut(at..at + 2) {
                    place.copy_from_slice(&count.to_be_bytes());
                }
            }
            Self::Repeat(at) => octets.extend_from_within(at.index(length)..),
            Self::Pointer(at, target) => {
                let at = at.index(length);
                if let Some(place) = octets.get_mut(at..at + 2) {
                    place.copy_from_slice(&(target | 0xc000).to_be_bytes());
                }
            }
        }
    }
}
