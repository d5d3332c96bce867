//! Octets → a MaxMind DB file: a tree of a few networks with records of all shapes, seldom broken at some octets.

use std::net::{IpAddr, Ipv6Addr};

use super::bytes::Bytes;
use super::question;

/// A file, and what is in it where nothing was broken.
pub(crate) struct File {
    pub(crate) octets: Vec<u8>,
    /// Networks, as an IPv6 tree numbers them, with their countries; shorter ones first, longer ones win.
    pub(crate) entries: Vec<(u128, u8, Option<&'static str>)>,
    pub(crate) is_whole: bool,
}

/// A file of some networks.
pub(crate) fn file(bytes: &mut Bytes<'_>) -> File {
    let record_bits = *bytes.pick(&[24_u16, 28, 32]);
    let mut data = Vec::new();
    let mut last = record(bytes, &mut data, None);
    let mut entries = vec![(u128::from(u32::from_be_bytes([81, 0, 0, 0])), 104, last)];
    while !bytes.is_empty() && entries.len() < MOST {
        let (address, length) = network(bytes);
        let mask = u128::MAX.checked_shl(u32::from(128 - length)).unwrap_or(0);
        last = record(bytes, &mut data, Some(last));
        entries.push((address & mask, length, last));
    }
    entries.sort_by_key(|(address, length, _)| (*length, *address));
    let mut octets = encode(&entries, &data, record_bits);
    let is_whole = !bytes.rarely(4);
    if !is_whole {
        breaks(bytes, &mut octets);
    }
    let entries = entries.into_iter().map(|(address, length, record)| (address, length, record.country));
    File { octets, entries: entries.collect(), is_whole }
}

/// Two small files for configs: places with a subdivision of the US, and numbers.
pub(crate) fn small() -> [Vec<u8>; 2] {
    let made = |records: &[([u8; 4], [u8; 3])]| {
        let mut data = Vec::new();
        let entry = |(address, choices): &([u8; 4], [u8; 3])| {
            let record = record(&mut Bytes::new(choices), &mut data, None);
            (u128::from(u32::from_be_bytes(*address)), 104, record)
        };
        let entries: Vec<_> = records.iter().map(entry).collect();
        encode(&entries, &data, 24)
    };
    // The position of the country, the shape, the position of the subdivision: see `record`.
    let places = [([81, 0, 0, 0], [0, 0, 0]), ([133, 0, 0, 0], [3, 1, 0]), ([216, 0, 0, 0], [2, 3, 0])];
    [made(&places), made(&[([81, 0, 0, 0], [0, 4, 251])])]
}

fn encode(entries: &[(u128, u8, Record)], data: &[u8], record_bits: u16) -> Vec<u8> {
    let mut tree = Tree(vec![[Child::Nothing; 2]]);
    for (address, length, record) in entries {
        tree.insert(*address, *length, record.offset);
    }
    let mut octets = tree.encode(record_bits);
    octets.extend([0; 16]);
    octets.extend(data);
    octets.extend(metadata(tree.0.len() as u32, record_bits));
    octets
}

/// Places that the cases share, or anything; IPv4 stands at `::/96`, seldom all of it in one network.
fn network(bytes: &mut Bytes<'_>) -> (u128, u8) {
    match question::address(bytes) {
        IpAddr::V4(address) => {
            let choice = bytes.octet();
            let length = if choice < 240 { 97 + choice % 32 } else { 81 + choice % 16 };
            (u128::from(address.to_bits()), length)
        }
        IpAddr::V6(address) => {
            let below = |address: Ipv6Addr| address.to_bits() | 1 << 120; // not in ::/8, where IPv4 stands
            (below(address), 9 + bytes.octet() % 120)
        }
    }
}

#[derive(Clone, Copy)]
struct Record {
    offset: u32,
    country: Option<&'static str>,
}

/// Writes a record of one of the shapes that databases have, or shares the last; country codes that no database has are
/// not believed.
fn record(bytes: &mut Bytes<'_>, data: &mut Vec<u8>, last: Option<Record>) -> Record {
    let offset = data.len() as u32;
    let code = *bytes.pick(&["GB", "DE", "US", "JP", "BR", "ZZ"]);
    let mut country = Some(code).filter(|code| *code != "ZZ");
    let shape = bytes.octet();
    if let Some(last) = last.filter(|_| shape >= SHARED) {
        return last;
    }
    match shape % 6 {
        0 | 1 => {
            map(data, 1);
            text(data, "country");
            map(data, 1);
            text(data, "iso_code");
            text(data, code);
        }
        2 => {
            map(data, 2);
            text(data, "country_code");
            text(data, code);
            text(data, "autonomous_system_number");
            data.extend([0xc4]);
            data.extend(bytes.array::<4>());
        }
        3 => {
            map(data, 2);
            text(data, "country");
            map(data, 2);
            text(data, "iso_code");
            text(data, code);
            text(data, "names");
            map(data, 0);
            text(data, "subdivisions");
            data.extend([0x01, 0x04]);
            map(data, 1);
            text(data, "iso_code");
            text(data, bytes.pick::<&str>(&["CA", "ENG", "", "\u{fffd}"]));
        }
        4 => {
            map(data, 1);
            text(data, "autonomous_system_number");
            data.extend([0xc2]);
            data.extend(bytes.array::<2>());
            country = None;
        }
        _ => {
            map(data, 0);
            country = None;
        }
    }
    Record { offset, country }
}

fn map(data: &mut Vec<u8>, pairs: u8) {
    data.push(7 << 5 | pairs);
}

fn text(data: &mut Vec<u8>, text: &str) {
    data.push(2 << 5 | text.len() as u8);
    data.extend(text.as_bytes());
}

fn metadata(nodes: u32, record_bits: u16) -> Vec<u8> {
    let mut data = b"\xab\xcd\xefMaxMind.com".to_vec();
    map(&mut data, 9);
    let number = |data: &mut Vec<u8>, key: &str, octets: &[u8], extended: bool| {
        text(data, key);
        if extended {
            data.extend([octets.len() as u8, 2]); // an unsigned of 64 bits
        } else {
            data.push(if octets.len() == 2 { 0xa2 } else { 0xc4 });
        }
        data.extend(octets);
    };
    number(&mut data, "node_count", &nodes.to_be_bytes(), false);
    number(&mut data, "record_size", &record_bits.to_be_bytes(), false);
    number(&mut data, "ip_version", &6_u16.to_be_bytes(), false);
    number(&mut data, "binary_format_major_version", &2_u16.to_be_bytes(), false);
    number(&mut data, "binary_format_minor_version", &0_u16.to_be_bytes(), false);
    number(&mut data, "build_epoch", &1_795_000_000_u64.to_be_bytes(), true);
    text(&mut data, "database_type");
    text(&mut data, "Fuzz-Country");
    text(&mut data, "languages");
    data.extend([0x00, 0x04]);
    text(&mut data, "description");
    map(&mut data, 0);
    data
}

#[derive(Clone, Copy)]
enum Child {
    Nothing,
    Node(u32),
    Data(u32),
}

struct Tree(Vec<[Child; 2]>);

impl Tree {
    fn insert(&mut self, address: u128, length: u8, offset: u32) {
        let mut node = 0;
        for bit in 0..length - 1 {
            let side = (address >> (127 - bit) & 1) as usize;
            node = match self.0[node][side] {
                Child::Node(next) => next as usize,
                child => {
                    self.0.push([child; 2]);
                    let next = self.0.len() - 1;
                    self.0[node][side] = Child::Node(next as u32);
                    next
                }
            };
        }
        self.0[node][(address >> (128 - length) & 1) as usize] = Child::Data(offset);
    }

    fn encode(&self, record_bits: u16) -> Vec<u8> {
        let count = self.0.len() as u32;
        let number = |child: &Child| match child {
            Child::Nothing => count,
            Child::Node(node) => *node,
            Child::Data(offset) => count + 16 + offset,
        };
        let mut octets = Vec::new();
        for node in &self.0 {
            let [left, right] = node.each_ref().map(|child| number(child).to_be_bytes());
            match record_bits {
                24 => octets.extend([left[1], left[2], left[3], right[1], right[2], right[3]]),
                28 => {
                    let middle = left[0] << 4 | right[0] & 0x0f;
                    octets.extend([left[1], left[2], left[3], middle, right[1], right[2], right[3]]);
                }
                _ => octets.extend([left, right].concat()),
            }
        }
        octets
    }
}

/// Sets some octets, cuts the end off, or zeroes a stretch: what torn downloads and bad disks do.
fn breaks(bytes: &mut Bytes<'_>, octets: &mut Vec<u8>) {
    for _ in 0..1 + bytes.octet() % 4 {
        let at = usize::from(bytes.short()) % octets.len().max(1);
        match bytes.octet() % 8 {
            0 => octets.truncate(at),
            1 => octets.iter_mut().skip(at).take(64).for_each(|octet| *octet = 0),
            _ => octets.iter_mut().skip(at).take(1).for_each(|octet| *octet = bytes.octet()),
        }
    }
}

const MOST: usize = 24;
const SHARED: u8 = 240;
