//! Octets → a query that is valid for the most part, and who asks it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use meridian::client::{Carrier, Client};

use super::bytes::Bytes;

/// Who asks: an address of either family, a carrier, a limit.
pub(crate) fn client(bytes: &mut Bytes<'_>) -> Client {
    let carrier = if bytes.once_in(4) { Carrier::Tcp } else { Carrier::Udp };
    let limit = match carrier {
        Carrier::Tcp | Carrier::Tls | Carrier::Quic => u16::MAX,
        Carrier::Udp => *bytes.pick(&[1232, 1232, 1400, 512]),
    };
    Client { address: address(bytes), carrier, limit }
}

/// An address: often one of a place that the worlds tell apart.
pub(crate) fn address(bytes: &mut Bytes<'_>) -> IpAddr {
    match bytes.octet() % 8 {
        0..4 => IpAddr::V4((*bytes.pick(&PLACES)).into()),
        4 | 5 => IpAddr::V4(Ipv4Addr::from(bytes.array::<4>())),
        6 => IpAddr::V6(Ipv6Addr::from(bytes.array::<16>())),
        _ => {
            let mut octets = *bytes.pick(&PLACES_V6);
            octets[6..].copy_from_slice(&bytes.array::<10>());
            IpAddr::V6(octets.into())
        }
    }
}

/// A query for one of `names` or a name near it, with all that a query can carry; seldom broken at some octets.
pub(crate) fn query(bytes: &mut Bytes<'_>, names: &[Vec<u8>]) -> Vec<u8> {
    if bytes.rarely(16) {
        return bytes.rest().to_vec();
    }
    let flags = if bytes.once_in(8) { bytes.octet() & 0x07 } else { 1 };
    let more = if bytes.once_in(8) { bytes.octet() } else { 0 };
    let mut message = vec![bytes.octet(), bytes.octet(), flags, more, 0, 1, 0, 0, 0, 0, 0, 0];
    message.extend(name(bytes, names));
    let types: &[u16] = if bytes.rarely(16) { &OTHER_TYPES } else { &TYPES };
    let rtype = *bytes.pick(types);
    message.extend(rtype.to_be_bytes());
    let class = if bytes.rarely(32) { bytes.short() } else { 1 };
    message.extend(class.to_be_bytes());
    if !bytes.once_in(4) {
        message[11] = 1;
        message.extend(opt(bytes));
    }
    if bytes.rarely(8) {
        breaks(bytes, &mut message);
    }
    message
}

/// An existing name, often with labels before it, often in other case.
fn name(bytes: &mut Bytes<'_>, names: &[Vec<u8>]) -> Vec<u8> {
    let base = bytes.pick(names);
    let mut name = Vec::new();
    match bytes.octet() % 8 {
        0..4 => {}
        4 => name.extend(b"\x01*"),
        5 => name.extend(b"\x01x\x01*\x01y"),
        6 => name.extend(b"\x01a"),
        _ => {
            for _ in 0..bytes.octet() % 130 {
                let length = 1 + bytes.octet() % 63;
                let label = bytes.take(length.into());
                if label.is_empty() {
                    break;
                }
                name.push(label.len() as u8);
                name.extend(label);
            }
        }
    }
    name.extend(base);
    if bytes.once_in(4) {
        name.iter_mut().for_each(u8::make_ascii_uppercase); // length octets are below 64, so no letters
    }
    name
}

fn opt(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let mut options = Vec::new();
    for position in 0..bytes.octet() % 4 {
        let (code, data): (u16, Vec<u8>) = match bytes.octet() % 8 {
            0..4 if position == 0 || bytes.rarely(32) => (8, subnet(bytes)), // two of them are a FORMERR
            0 | 4 => (3, Vec::new()),
            5 => {
                let length = *bytes.pick(&[8, 16, 24, 40]);
                (10, bytes.take(length).to_vec())
            }
            6 => (*bytes.pick(&[11, 12, 15]), bytes.take(2).to_vec()),
            _ => {
                let (code, length) = (bytes.short(), bytes.octet());
                (code, bytes.take(length.into()).to_vec())
            }
        };
        options.extend(code.to_be_bytes());
        options.extend((data.len() as u16).to_be_bytes());
        options.extend(data);
    }
    let size = if bytes.once_in(4) { bytes.short() } else { 1232 };
    let version = if bytes.rarely(32) { bytes.octet() } else { 0 };
    let flags = if bytes.once_in(4) { 0x80 } else { 0 };
    let [high, low] = size.to_be_bytes();
    let mut record = vec![0, 0, 41, high, low, 0, version, flags, 0];
    record.extend((options.len() as u16).to_be_bytes());
    record.extend(options);
    record
}

/// The data of a client subnet option: well-formed, seldom with one octet wrong.
pub(crate) fn subnet(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let address = address(bytes);
    let width = if address.is_ipv4() { 32 } else { 128 };
    let source = if bytes.once_in(2) { *bytes.pick(&[24, 24, 32, 16, 0, 56, 48]) } else { bytes.octet() };
    let mut option = encode(address, source.min(width));
    if bytes.rarely(32) {
        let at = usize::from(bytes.octet()) % option.len();
        option[at] = bytes.octet();
    }
    option
}

/// A client subnet's data (RFC 7871 §6), cut to its length.
pub(crate) fn encode(address: IpAddr, source: u8) -> Vec<u8> {
    let (family, octets) = match address {
        IpAddr::V4(address) => (1, address.octets().to_vec()),
        IpAddr::V6(address) => (2, address.octets().to_vec()),
    };
    let mut option = vec![0, family, source, 0];
    option.extend(&octets[..usize::from(source.div_ceil(8))]);
    if !source.is_multiple_of(8) {
        let last = option.len() - 1;
        option[last] &= 0xff << (8 - source % 8);
    }
    option
}

/// Sets, removes or adds a few octets anywhere.
fn breaks(bytes: &mut Bytes<'_>, message: &mut Vec<u8>) {
    for _ in 0..1 + bytes.octet() % 3 {
        let at = usize::from(bytes.short()) % message.len().max(1);
        match bytes.octet() % 4 {
            0 | 1 if !message.is_empty() => message[at] = bytes.octet(),
            2 => message.insert(at, bytes.octet()),
            _ => message.truncate(at),
        }
    }
}

const TYPES: [u16; 17] = [1, 28, 1, 28, 255, 5, 2, 6, 15, 16, 43, 39, 65, 33, 257, 65280, 46];

/// Types that are no data, and one that nobody knows.
const OTHER_TYPES: [u16; 7] = [0, 41, 128, 249, 251, 252, 4711];

/// Addresses in GB, DE, US, JP, KR, CH, BR, private and documentation space, overridden and listed ones.
const PLACES: [[u8; 4]; 12] = [
    [81, 2, 69, 160],
    [5, 9, 0, 1],
    [8, 8, 8, 8],
    [133, 242, 0, 1],
    [1, 208, 0, 1],
    [5, 145, 0, 1],
    [177, 8, 0, 1],
    [10, 1, 2, 3],
    [192, 0, 2, 1],
    [198, 51, 100, 7],
    [203, 0, 113, 53],
    [192, 88, 98, 9],
];

/// Fronts of address space: mapped, 6to4, NAT64 and Teredo space, and places.
const PLACES_V6: [[u8; 16]; 7] = [
    [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0],
    [0x20, 0x02, 81, 2, 69, 160, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x20, 0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x20, 0x01, 0x0d, 0xb8, 0, 0xde, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x2a, 0x01, 0x04, 0xf8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    [0x24, 0x00, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
];
