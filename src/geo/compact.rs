//! The built-in database: a country database in a fourteenth of its size, with its origin and a checksum.
//!
//! ```text
//! "MGEO" version(1) sha256-of-what-follows(32) deflate{
//!   build_epoch(8) sha256-of-source(32) networks(8) type-length(1) type
//!   country-count(1) country codes(2 each)
//!   per family: run-count(4) zeros(1 each) steps(varint each) countries(1 each)
//! }
//! ```
//!
//! A run starts `step << zeros` after the one before it. Country 0 is none. Integers are big-endian.

use miniz_oxide::{deflate::compress_to_vec, inflate::decompress_to_vec_with_limit};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    country::Country,
    database::{Database, Metadata, hex},
    family::Family,
    partition::{Partition, Run},
    record::Record,
    walk::Records,
};

/// `geoip/country.bin`, made by `examples/pack_geoip.rs`.
const BUILT_IN: &[u8] = include_bytes!("../../geoip/country.bin");

/// Why bytes are not a compact database.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CompactError {
    /// Another format or version.
    #[error("is not a compact database of version {VERSION}")]
    Unknown,
    /// The checksum does not fit.
    #[error("is damaged: its checksum does not fit")]
    Checksum,
    /// The content breaks the format's rules.
    #[error("is damaged: {0}")]
    Content(&'static str),
}

impl Database {
    /// Packs the countries of a database; other detail is left out.
    pub fn pack(&self) -> Vec<u8> {
        let content = compress_to_vec(&content(self), BEST);
        let mut packed = MAGIC.to_vec();
        packed.push(VERSION);
        packed.extend(Sha256::digest(&content));
        packed.extend(content);
        packed
    }

    /// Unpacks a compact database. Total: any bytes give a database or an error.
    pub fn unpack(packed: &[u8]) -> Result<Self, CompactError> {
        let mut header = Bytes(packed);
        if header.take(MAGIC.len()) != Ok(MAGIC) || header.byte() != Ok(VERSION) {
            return Err(CompactError::Unknown);
        }
        let checksum = header.take(32)?;
        if checksum != Sha256::digest(header.0).as_slice() {
            return Err(CompactError::Checksum);
        }
        let content = decompress_to_vec_with_limit(header.0, MAX_CONTENT)
            .map_err(|_| CompactError::Content("it cannot be decompressed"))?;
        read(Bytes(&content))
    }

    /// The database that is compiled in: countries only.
    pub fn built_in() -> Self {
        Self::unpack(BUILT_IN).expect("a test unpacks the built-in database")
    }
}

fn content(database: &Database) -> Vec<u8> {
    let metadata = database.metadata();
    let mut out = metadata.build_epoch.to_be_bytes().to_vec();
    out.extend(sha256_bytes(&metadata.sha256));
    out.extend(metadata.networks.to_be_bytes());
    let kind = &metadata.database_type.as_bytes()[..metadata.database_type.len().min(255)];
    out.push(kind.len() as u8);
    out.extend(kind);
    let countries = used(database);
    out.push(u8::try_from(countries.len()).expect("the country table has fewer than 255 rows"));
    out.extend(countries.iter().flat_map(|country| country.code().bytes()));
    for family in Family::BOTH {
        write_runs(&mut out, family, database, &countries);
    }
    out
}

fn used(database: &Database) -> Vec<Country> {
    let mut countries: Vec<_> = database.records.iter().filter_map(|record| record.country).collect();
    countries.sort_unstable();
    countries.dedup();
    countries
}

fn write_runs(out: &mut Vec<u8>, family: Family, database: &Database, countries: &[Country]) {
    let number = |record: u32| -> u8 {
        let country = database.records[record as usize].country;
        let at = country.map(|country| countries.binary_search(&country).expect("`used` lists it"));
        at.map_or(0, |at| at as u8 + 1)
    };
    let runs = database.runs(family).map(number);
    out.extend((runs.len() as u32).to_be_bytes());
    let (mut steps, mut numbers, mut before) = (Vec::new(), Vec::new(), 0);
    for Run { first, value, .. } in runs.runs() {
        let first = first >> (128 - family.width());
        let step = first - before;
        let zeros = if step == 0 { 0 } else { step.trailing_zeros() };
        out.push(zeros as u8);
        write_varint(&mut steps, step >> zeros);
        numbers.push(value);
        before = first;
    }
    out.extend(steps);
    out.extend(numbers);
}

fn read(mut content: Bytes<'_>) -> Result<Database, CompactError> {
    let build_epoch = u64::from_be_bytes(content.array()?);
    let sha256 = hex(content.take(32)?);
    let networks = u64::from_be_bytes(content.array()?);
    let length = content.byte()?.into();
    let database_type = String::from_utf8_lossy(content.take(length)?).into_owned();
    let mut records = Records::default();
    let mut numbers = vec![records.id(Record::default())];
    for _ in 0..content.byte()? {
        let code = str::from_utf8(content.take(2)?).unwrap_or_default();
        let record = Record { country: Country::from_code(code), ..Record::default() };
        numbers.push(records.id(record));
    }
    let v4 = read_runs(&mut content, Family::V4, &numbers)?;
    let v6 = read_runs(&mut content, Family::V6, &numbers)?;
    let metadata = Metadata { build_epoch, sha256, database_type, networks };
    Ok(Database::from_runs(records.list, v4, v6, metadata))
}

fn read_runs(
    content: &mut Bytes<'_>,
    family: Family,
    records: &[u32],
) -> Result<Partition<u32>, CompactError> {
    let count = u32::from_be_bytes(content.array()?) as usize;
    let zeros = content.take(count)?;
    let mut firsts: Vec<u128> = Vec::with_capacity(count);
    let mut first = 0_u128;
    for zeros in zeros {
        let step = content.varint()?;
        if u32::from(*zeros) > step.leading_zeros() {
            return Err(CompactError::Content("a step is too long"));
        }
        let next = first.checked_add(step << (zeros % 128)).filter(|next| fits(*next, family));
        first = next.ok_or(CompactError::Content("a run starts beyond the last address"))?;
        if firsts.last().is_some_and(|before| *before == first) {
            return Err(CompactError::Content("two runs start at one address"));
        }
        firsts.push(first);
    }
    if firsts.first() != Some(&0) {
        return Err(CompactError::Content("the first run does not start at the first address"));
    }
    let mut runs = Partition::uniform(0);
    for (first, number) in firsts.into_iter().zip(content.take(count)?) {
        let record = records.get(usize::from(*number));
        let record = *record.ok_or(CompactError::Content("a run names a country that is not listed"))?;
        runs.set_from(first << (128 - family.width()), record);
    }
    Ok(runs)
}

fn fits(address: u128, family: Family) -> bool {
    address.leading_zeros() >= u32::from(128 - family.width())
}

fn sha256_bytes(hex: &str) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(hex.as_bytes().chunks(2)) {
        let digits = str::from_utf8(digits).unwrap_or_default();
        *byte = u8::from_str_radix(digits, 16).unwrap_or(0);
    }
    bytes
}

fn write_varint(out: &mut Vec<u8>, mut value: u128) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// What is left to read.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], CompactError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(ENDS_EARLY)?;
        self.0 = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CompactError> {
        let (taken, rest) = self.0.split_first_chunk().ok_or(ENDS_EARLY)?;
        self.0 = rest;
        Ok(*taken)
    }

    fn byte(&mut self) -> Result<u8, CompactError> {
        self.array::<1>().map(|[byte]| byte)
    }

    fn varint(&mut self) -> Result<u128, CompactError> {
        let mut value = 0_u128;
        for shift in (0..128).step_by(7) {
            let byte = self.byte()?;
            value |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(CompactError::Content("a step is too long"))
    }
}

const ENDS_EARLY: CompactError = CompactError::Content("it ends early");
const MAGIC: &[u8] = b"MGEO";
const VERSION: u8 = 1;
const BEST: u8 = 10;
/// The built-in database unpacks to about two million bytes.
const MAX_CONTENT: usize = 32 << 20;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::geo::{Detail, Gate};

    #[test]
    fn the_built_in_database_is_the_one_that_its_source_holds() {
        let bytes = std::fs::read("geoip/geo-whois-asn-country.mmdb").unwrap();
        let source = Database::read(&bytes, Detail::default(), Gate::LOCATION).unwrap();
        let built_in = Database::built_in();
        assert_eq!(built_in.metadata(), source.metadata());
        for (family, ranges) in [(Family::V4, 334_281), (Family::V6, 216_281)] {
            assert!(source.ranges(family).eq(built_in.ranges(family)), "{family:?} differs");
            assert_eq!(built_in.ranges(family).count(), ranges, "{family:?}");
        }
    }

    #[test]
    fn packing_again_gives_the_same_database() {
        let bytes = std::fs::read("tests/data/maxmind-test/GeoIP2-Country-Test.mmdb").unwrap();
        let source = Database::read(&bytes, Detail::default(), Gate::FIXTURE).unwrap();
        let again = Database::unpack(&source.pack()).unwrap();
        assert_eq!(again.metadata(), source.metadata());
        assert!(Family::BOTH.iter().all(|family| source.ranges(*family).eq(again.ranges(*family))));
    }

    #[test]
    fn other_bytes_are_refused() {
        assert_eq!(Database::unpack(b"").unwrap_err(), CompactError::Unknown);
        assert_eq!(Database::unpack(b"MGEO\x02").unwrap_err(), CompactError::Unknown);
        let mut damaged = BUILT_IN.to_vec();
        damaged[1000] ^= 1;
        assert_eq!(Database::unpack(&damaged).unwrap_err(), CompactError::Checksum);
    }

    fn wrapped(content: &[u8]) -> Vec<u8> {
        let content = compress_to_vec(content, 1);
        [MAGIC, &[VERSION], Sha256::digest(&content).as_slice(), &content].concat()
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Database::unpack(&bytes).is_ok();
            let mut signed = [MAGIC, &[VERSION], Sha256::digest(&bytes).as_slice()].concat();
            signed.extend(&bytes);
            let _ = Database::unpack(&signed).is_ok();
            let _ = Database::unpack(&wrapped(&bytes)).is_ok();
        }

        #[test]
        fn any_damaged_content_is_read_without_panic(at in 0..4000_usize, with in any::<u8>(), cut in 0..4000_usize) {
            let bytes = std::fs::read("tests/data/maxmind-test/GeoIP2-Country-Test.mmdb").unwrap();
            let source = Database::read(&bytes, Detail::default(), Gate::FIXTURE).unwrap();
            let mut content = content(&source);
            let length = content.len();
            content[at % length] = with;
            let _ = Database::unpack(&wrapped(&content)).is_ok();
            let _ = Database::unpack(&wrapped(&content[..cut.min(length)])).is_ok();
        }
    }
}
