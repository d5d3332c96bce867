//! Any octets as a MaxMind DB file: refused with a reason, or read as the reader of the format's own authors reads it,
//! address by address; and what was read compiles to an atlas, which one case in eight does.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use maxminddb::{MaxMindDbError, Reader, WithinOptions, path};
use meridian::geo::{Atlas, Country, Database, DatabaseError, Detail, Family, Gate, Steering};

use super::bytes::Bytes;
use super::mmdb::{self, File};

/// One case. True when the file was read to its end.
pub fn run(data: &[u8]) -> bool {
    let mut bytes = Bytes::new(data);
    let file = if bytes.rarely(16) {
        File { octets: bytes.rest().to_vec(), entries: Vec::new(), is_whole: false }
    } else {
        mmdb::file(&mut bytes)
    };
    let database = match Database::read(&file.octets, EVERYTHING, Gate::FIXTURE) {
        Ok(database) => database,
        Err(error) => {
            assert!(!error.to_string().is_empty());
            let is_small = matches!(error, DatabaseError::FewAddresses { .. });
            assert!(!file.is_whole || is_small, "a sound file is refused: {error}");
            return false;
        }
    };
    Family::BOTH.into_iter().for_each(|family| in_order(&database, family));
    let reader = Reader::from_source(&file.octets).expect("what was read can be opened");
    for address in edges(&database, &file) {
        let found = database.lookup(address).country.map(|country| country.code().to_owned());
        let Ok(expected) = country(&reader, address) else {
            assert!(!file.is_whole, "{address}: the reader refuses what is sound");
            continue; // a broken record can be read in more than one way
        };
        let is_passed_over = !file.is_whole && found.is_none() && leads_to_ipv4(&reader, address);
        assert!(found == expected || is_passed_over, "{address}: {found:?}, the reader says {expected:?}");
        if file.is_whole {
            assert_eq!(found.as_deref(), written(&file, address), "{address} as it was written");
        }
    }
    if !bytes.rarely(8) {
        return true;
    }
    let atlas = Atlas::compile(&database, &[], Steering::default());
    assert!(
        Family::BOTH.iter().all(|family| atlas.ranges(*family).next().is_some()),
        "all space is somewhere"
    );
    true
}

/// Runs rise and do not touch each other.
fn in_order(database: &Database, family: Family) {
    let mut last = None;
    for (first, end, _) in database.ranges(family) {
        assert!(first <= end && last.is_none_or(|last| last < first), "{first} to {end} after {last:?}");
        last = Some(end);
    }
}

/// Addresses at both edges of networks that were written and of ranges that were read, and beside them.
fn edges(database: &Database, file: &File) -> Vec<IpAddr> {
    let written = file.entries.iter().flat_map(|(first, length, _)| {
        let last = first | u128::MAX.checked_shr(u32::from(*length)).unwrap_or(0);
        [*first, last, first.wrapping_sub(1), last.wrapping_add(1)].map(of_tree)
    });
    let ranges = Family::BOTH.into_iter().flat_map(|family| {
        let ranges: Vec<_> = database.ranges(family).take(32).collect();
        ranges.into_iter().flat_map(|(first, last, _)| [first, last])
    });
    written.chain(ranges).filter(is_native).take(96).collect()
}

/// Below `::/96` an IPv6 tree keeps IPv4.
fn of_tree(number: u128) -> IpAddr {
    match u32::try_from(number) {
        Ok(number) => IpAddr::V4(Ipv4Addr::from_bits(number)),
        Err(_) => IpAddr::V6(Ipv6Addr::from_bits(number)),
    }
}

/// Not one of the forms that stand for IPv4: the format's trees alias them, and no alias is believed.
fn is_native(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(_) => true,
        IpAddr::V6(address) => {
            let [first, second, ..] = address.segments();
            address.to_bits() > u128::from(u64::MAX) && first != 0x2002 && (first, second) != (0x2001, 0)
        }
    }
}

/// Whether the way to an address leads through the node where IPv4 stands, so that a walk that takes no alias has nothing
/// around it: what is broken may have become an alias, and no alias is believed.
fn leads_to_ipv4(reader: &Reader<&Vec<u8>>, address: IpAddr) -> bool {
    let is_empty = |length: u8| {
        let around = format!("{address}/{length}").parse().expect("a network");
        let mut networks = reader.within(around, WithinOptions::default()).expect("an IPv6 tree");
        networks.next().is_none()
    };
    address.is_ipv6() && (1..=128).any(is_empty)
}

fn country(reader: &Reader<&Vec<u8>>, address: IpAddr) -> Result<Option<String>, MaxMindDbError> {
    let found = reader.lookup(address).expect("what the walk met can be looked up");
    let nested: Option<&str> = found.decode_path(&path!["country", "iso_code"])?;
    let flat: Option<&str> = found.decode_path(&path!["country_code"])?;
    let known = nested.or(flat).and_then(Country::from_code);
    Ok(known.map(|country| country.code().to_owned()))
}

/// What the longest network around `address` was written with.
fn written(file: &File, address: IpAddr) -> Option<&'static str> {
    let number = match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    };
    let holds = |(first, length, _): &&(u128, u8, Option<&'static str>)| {
        (first ^ number).checked_shr(128 - u32::from(*length)).unwrap_or(0) == 0
    };
    file.entries.iter().rev().find(holds).and_then(|(_, _, country)| *country)
}

const EVERYTHING: Detail = Detail { subdivisions: true, asn: true };
