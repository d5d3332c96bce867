//! Small made-up worlds, close enough together that their edges meet.

use std::{collections::BTreeMap, net::IpAddr};

use proptest::prelude::*;

use super::super::{Country, Family, Record};
use crate::client::Prefix;

/// A world as it was written.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) database: Vec<(Prefix, Record)>,
    pub(super) overrides: Vec<(Prefix, Country)>,
    pub(super) steering: Vec<Prefix>,
}

/// Addresses that lie close enough to meet.
pub(super) fn address() -> impl Strategy<Value = IpAddr> {
    let v4 = prop_oneof![
        (prop::sample::select(V4.as_slice()), 0..4096_u32).prop_map(|(base, near)| base ^ near),
        (0..16_u32).prop_map(|top| top << 28),
        Just(u32::MAX),
        any::<u32>(),
    ];
    let near = prop_oneof![
        0..16_u128,
        (0..64_u128).prop_map(|near| near << 70),
        (0..16_u128).prop_map(|near| near << 108)
    ];
    let v6 = prop_oneof![
        (prop::sample::select(V6.as_slice()), near).prop_map(|(base, near)| (u128::from(base) << 64) ^ near),
        Just(u128::MAX),
        any::<u128>(),
    ];
    prop_oneof![v4.prop_map(|bits| IpAddr::V4(bits.into())), v6.prop_map(|bits| IpAddr::V6(bits.into())),]
}

const V4: [u32; 5] = [0x0500_0000, 0x0505_0000, 0x0a00_0000, 0xc0a8_0000, 0xffff_f000];
const V6: [u64; 7] = [
    0x2a00_0000_0000_0000,
    0x2a00_0005_0000_0000,
    0x2001_0db8_0000_0000,
    0x2001_0000_0000_0000,
    0x2002_0500_0000_0000,
    0x0064_ff9b_0000_0000,
    0x0000_0000_0000_0000,
];

fn prefix(longest: [u8; 2]) -> impl Strategy<Value = Prefix> {
    (address(), any::<u8>()).prop_map(move |(address, length)| {
        let longest = longest[Family::of(address) as usize];
        Prefix::around(address, length % (longest + 1))
    })
}

fn country() -> impl Strategy<Value = Country> {
    prop::sample::select(["DE", "FR", "GB", "SG"].map(|code| Country::from_code(code).unwrap()).to_vec())
}

fn record() -> impl Strategy<Value = Record> {
    let asn = prop::option::weighted(0.2, 64500..64502_u32);
    (prop::option::weighted(0.9, country()), asn).prop_map(|(country, asn)| Record {
        country,
        subdivision: None,
        asn,
    })
}

pub(super) fn world() -> impl Strategy<Value = World> {
    let database = prop::collection::vec((prefix([32, 128]), record()), 0..14);
    let overrides = prop::collection::vec((prefix([32, 128]), country()), 0..3);
    let steering = prop::collection::vec(prefix([24, 56]), 0..3);
    (database, overrides, steering).prop_map(|(database, overrides, steering)| {
        // Two records for one prefix are no database; canonical prefixes are what configuration gives.
        let database: BTreeMap<Prefix, Record> = database.into_iter().collect();
        let overrides: BTreeMap<Prefix, Country> =
            overrides.into_iter().map(|(prefix, country)| (prefix.canonical(), country)).collect();
        World {
            database: database.into_iter().collect(),
            overrides: overrides.into_iter().collect(),
            steering: steering.into_iter().map(Prefix::canonical).collect(),
        }
    })
}
