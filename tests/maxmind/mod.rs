//! MaxMind DB files as their specification 2.0 has them, written by hand: an IPv6 tree of 32-bit records, and a map
//! `{"continent": {"code": …}, "country": {"iso_code": …}}` for each country.

use std::collections::BTreeMap;
use std::net::IpAddr;

use meridian::geo::Country;

/// A database under construction.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Both branches of each node; the first is the root.
    nodes: Vec<[Branch; 2]>,
    built: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Branch {
    Nothing,
    Node(u32),
    Country(Country),
}

impl Writer {
    /// Nothing yet, built at `built` (Unix seconds).
    pub(crate) fn new(built: u64) -> Self {
        Self { nodes: vec![[Branch::Nothing; 2]], built }
    }

    /// Locates every address from `first` to `last`, which no other call has touched.
    pub(crate) fn locate(&mut self, first: IpAddr, last: IpAddr, country: Country) {
        let (width, bits): (u8, fn(IpAddr) -> u128) = match first {
            IpAddr::V4(_) => (32, |address| match address {
                IpAddr::V4(address) => address.to_bits().into(),
                IpAddr::V6(_) => panic!("{address} is no IPv4 address"),
            }),
            IpAddr::V6(_) => (128, |address| match address {
                IpAddr::V6(address) => address.to_bits(),
                IpAddr::V4(_) => panic!("{address} is no IPv6 address"),
            }),
        };
        let (mut at, last) = (bits(first), bits(last));
        loop {
            // The largest block that starts here and ends no later.
            let room = (last - at).checked_add(1).map_or(128, u128::ilog2);
            let spare = at.trailing_zeros().min(room).min(width.into());
            self.put(at, 128 - spare, country);
            match at
                .checked_add(1_u128.checked_shl(spare).unwrap_or(0))
                .filter(|next| spare < 128 && *next <= last)
            {
                Some(next) => at = next,
                None => return,
            }
        }
    }

    fn put(&mut self, address: u128, length: u32, country: Country) {
        let mut node = 0;
        for depth in 0..length {
            let side = (address >> (127 - depth) & 1) as usize;
            if depth + 1 == length {
                assert_eq!(self.nodes[node][side], Branch::Nothing, "{address:x}/{length} is there already");
                self.nodes[node][side] = Branch::Country(country);
                return;
            }
            node = match self.nodes[node][side] {
                Branch::Node(next) => next as usize,
                Branch::Country(_) => panic!("{address:x}/{length} lies in a larger block"),
                Branch::Nothing => {
                    self.nodes.push([Branch::Nothing; 2]);
                    let next = self.nodes.len() - 1;
                    self.nodes[node][side] = Branch::Node(next as u32);
                    next
                }
            };
        }
    }

    /// The file.
    pub(crate) fn finish(&self) -> Vec<u8> {
        let mut data = Vec::new();
        let mut offsets: BTreeMap<Country, u32> = BTreeMap::new();
        for branch in self.nodes.iter().flatten() {
            if let Branch::Country(country) = branch {
                offsets.entry(*country).or_insert_with(|| {
                    let offset = data.len() as u32;
                    data.extend(record(*country));
                    offset
                });
            }
        }
        let count = self.nodes.len() as u32;
        let mut file = Vec::with_capacity(self.nodes.len() * 8 + data.len() + 512);
        for branch in self.nodes.iter().flatten() {
            let record = match branch {
                Branch::Nothing => count,
                Branch::Node(node) => *node,
                Branch::Country(country) => count + 16 + offsets[country],
            };
            file.extend(record.to_be_bytes());
        }
        file.extend([0; 16]);
        file.extend(data);
        file.extend(b"\xab\xcd\xefMaxMind.com");
        file.extend(self.metadata(count));
        file
    }

    fn metadata(&self, count: u32) -> Vec<u8> {
        let unsigned = |kind: u8, octets: &[u8]| [&head(kind, octets.len())[..], octets].concat();
        let entries: [(&str, Vec<u8>); 9] = [
            ("binary_format_major_version", unsigned(5, &[2])),
            ("binary_format_minor_version", unsigned(5, &[0])),
            ("build_epoch", unsigned(9, &self.built.to_be_bytes())),
            ("database_type", text("GeoLite2-Country")),
            ("description", map(&[("en", text("made by hand"))])),
            ("ip_version", unsigned(5, &[6])),
            ("languages", head(11, 0)),
            ("node_count", unsigned(6, &count.to_be_bytes())),
            ("record_size", unsigned(5, &[32])),
        ];
        map(&entries)
    }
}

fn record(country: Country) -> Vec<u8> {
    map(&[
        ("continent", map(&[("code", text(country.continent().code()))])),
        ("country", map(&[("iso_code", text(country.code()))])),
    ])
}

fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let body = entries.iter().flat_map(|(key, value)| [text(key), value.clone()].concat());
    [head(7, entries.len()), body.collect()].concat()
}

fn text(words: &str) -> Vec<u8> {
    [&head(2, words.len())[..], words.as_bytes()].concat()
}

/// The control octet of a value, for sizes up to 28; types above 7 have a second octet.
fn head(kind: u8, size: usize) -> Vec<u8> {
    let size = u8::try_from(size).ok().filter(|size| *size < 29).expect("values are short");
    if kind > 7 { vec![size, kind - 7] } else { vec![kind << 5 | size] }
}
