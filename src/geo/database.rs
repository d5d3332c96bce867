//! MaxMind DB bytes → which record is where, behind a gate that refuses files which cannot be trusted.
//! IPv4 is read from `::/96` of an IPv6 tree; aliases (`::ffff:0:0/96`, 6to4, Teredo) are never believed,
//! `unwrap` does that. `Reader::verify` is not asked: it refuses sound community files for a missing description.

use std::net::{IpAddr, Ipv6Addr};

use maxminddb::{LookupResult, MaxMindDbError, Reader, WithinOptions};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{
    family::{Family, key, keys},
    partition::{Partition, Run},
    record::{Detail, Record},
    walk::{MAX_NETWORKS, Records, SILENT, Walk},
};
use crate::client::Prefix;

/// A location database in memory: for each family, sorted runs of records without gaps.
#[derive(Clone, Debug)]
pub struct Database {
    /// Distinct records; the first says nothing.
    pub(super) records: Vec<Record>,
    pub(super) v4: Partition<u32>,
    pub(super) v6: Partition<u32>,
    metadata: Metadata,
}

/// Where a database comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Metadata {
    /// When it was built, in seconds of the Unix epoch.
    pub build_epoch: u64,
    /// SHA-256 of the file, in hexadecimal.
    pub sha256: String,
    /// The kind that the file says it is.
    pub database_type: String,
    /// Networks in the file.
    pub networks: u64,
}

/// The least that a file must hold to be believed. A cut-off or corrupt tree can read without an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Distinct countries.
    pub countries: usize,
    /// IPv4 addresses with a country or an ASN.
    pub addresses: u64,
}

impl Gate {
    /// For a database that locates clients. Real ones name 240 to 251 countries and cover 3.1 to 3.7 billion
    /// addresses; the least useful one seen is well above half of each.
    pub const LOCATION: Self = Self { countries: 150, addresses: 2_000_000_000 };
    /// For a database of ASN numbers: no countries; about 3 billion addresses are announced.
    pub const NUMBERS: Self = Self { countries: 0, addresses: 1_500_000_000 };
    /// For small files made for tests.
    pub const FIXTURE: Self = Self { countries: 0, addresses: 256 };
}

/// Why a database is refused.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// Not a MaxMind DB file, or its metadata is broken.
    #[error("is not a readable MaxMind DB file ({0}); a .mmdb file is allowed (is it still compressed?)")]
    Unreadable(MaxMindDbError),
    /// The tree or a record is broken.
    #[error("is damaged: network {network} of the walk: {error}; fetch the file again")]
    Damaged {
        /// The count of networks read before.
        network: u64,
        /// What the reader says.
        error: MaxMindDbError,
    },
    /// The tree has more networks than any sound file: nodes are shared, and the walk would not end.
    #[error("holds more than {MAX_NETWORKS} networks, so its tree is damaged; fetch the file again")]
    Endless,
    /// Fewer countries than the gate asks for.
    #[error("names {found} countries, at least {least} are expected; is it a country or city database?")]
    FewCountries {
        /// Distinct countries in the file.
        found: usize,
        /// What the gate asks for.
        least: usize,
    },
    /// Fewer addresses than the gate asks for.
    #[error("covers {found} IPv4 addresses, at least {least} are expected; is the file complete?")]
    FewAddresses {
        /// IPv4 addresses with a country or an ASN.
        found: u64,
        /// What the gate asks for.
        least: u64,
    },
}

impl Database {
    /// Reads the bytes of a MaxMind DB file, nested or flat, and passes it through the gate.
    pub fn read(bytes: &[u8], detail: Detail, gate: Gate) -> Result<Self, DatabaseError> {
        let database = Self::decode(bytes, detail)?;
        database.pass(gate).map(|()| database)
    }

    /// Reads the bytes of a MaxMind DB file, however little is in it.
    pub(crate) fn decode(bytes: &[u8], detail: Detail) -> Result<Self, DatabaseError> {
        let reader = Reader::from_source(bytes).map_err(DatabaseError::Unreadable)?;
        let mut walk = Walk::new(detail);
        let networks = reader.networks(options(&reader)).map_err(DatabaseError::Unreadable)?;
        for network in networks {
            walk.take(network)?;
        }
        let metadata = Metadata {
            build_epoch: reader.metadata().build_epoch,
            sha256: hex(&Sha256::digest(bytes)),
            database_type: reader.metadata().database_type.clone(),
            networks: walk.networks,
        };
        Ok(Self { records: walk.records.list, v4: walk.v4, v6: walk.v6, metadata })
    }

    /// Whether it holds what the gate asks for.
    pub(crate) fn pass(&self, gate: Gate) -> Result<(), DatabaseError> {
        let mut countries: Vec<_> = self.records.iter().filter_map(|record| record.country).collect();
        countries.sort_unstable();
        countries.dedup();
        let known = self.v4.runs().filter(|run| run.value != SILENT);
        let addresses: u64 = known.map(|run| ((run.last - run.first) >> 96) as u64 + 1).sum();
        if addresses < gate.addresses {
            return Err(DatabaseError::FewAddresses { found: addresses, least: gate.addresses });
        }
        if countries.len() < gate.countries {
            return Err(DatabaseError::FewCountries { found: countries.len(), least: gate.countries });
        }
        Ok(())
    }

    /// A database written by hand: prefixes may nest, the longest wins. For worlds that are made up.
    pub fn from_prefixes(prefixes: &[(Prefix, Record)]) -> Self {
        let mut records = Records::default();
        let mut runs = |family| {
            let mine = prefixes.iter().filter(|(prefix, _)| Family::of(prefix.first()) == family);
            let blocks = mine.map(|(prefix, record)| {
                let (first, last) = keys(prefix);
                Run { first, last, value: records.id(*record) }
            });
            Partition::nested(blocks.collect(), SILENT)
        };
        let (v4, v6) = (runs(Family::V4), runs(Family::V6));
        let metadata = Metadata {
            build_epoch: 0,
            sha256: hex(&Sha256::digest([])),
            database_type: "written by hand".to_owned(),
            networks: prefixes.len() as u64,
        };
        Self { records: records.list, v4, v6, metadata }
    }

    /// Lays the ASN numbers of a second database over this one; its countries are not looked at.
    pub fn with_numbers(&self, numbers: &Self) -> Self {
        let mut records = Records::default();
        let mut merge = |mine: &Partition<u32>, theirs: &Partition<u32>| {
            mine.zip(theirs, |record, number| {
                let number = numbers.records[number as usize].asn;
                records.id(Record { asn: number, ..self.records[record as usize] })
            })
        };
        let (v4, v6) = (merge(&self.v4, &numbers.v4), merge(&self.v6, &numbers.v6));
        Self { records: records.list, v4, v6, metadata: self.metadata.clone() }
    }

    /// Where it comes from.
    pub fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    /// What it says of an address, without overlay or unwrapping.
    pub fn lookup(&self, address: IpAddr) -> Record {
        self.records[self.runs(Family::of(address)).at(key(address)) as usize]
    }

    /// Sorted runs of a family with a country or an ASN: first address, last address, record.
    pub fn ranges(&self, family: Family) -> impl Iterator<Item = (IpAddr, IpAddr, Record)> + '_ {
        let known = self.runs(family).runs().filter(|run| run.value != SILENT);
        known.map(move |run| {
            (family.address(run.first), family.address(run.last), self.records[run.value as usize])
        })
    }

    pub(super) fn runs(&self, family: Family) -> &Partition<u32> {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    pub(super) fn from_runs(
        records: Vec<Record>,
        v4: Partition<u32>,
        v6: Partition<u32>,
        metadata: Metadata,
    ) -> Self {
        Self { records, v4, v6, metadata }
    }
}

/// The reader takes each node where IPv4 stands for an alias of it. Where that is a record of `::/96` or more and not a tree,
/// so it would take every network that shares the record: then none is passed over, and nothing is met twice.
fn options(reader: &Reader<&[u8]>) -> WithinOptions {
    let lowest = reader.lookup(IpAddr::V6(Ipv6Addr::UNSPECIFIED)).ok().filter(LookupResult::has_data);
    let network = lowest.and_then(|found| found.network().ok());
    match network {
        Some(network) if network.prefix() <= 96 => WithinOptions::default().include_aliased_networks(),
        _ => WithinOptions::default(),
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixture(name: &str) -> Vec<u8> {
        std::fs::read(format!("tests/data/maxmind-test/{name}.mmdb")).unwrap()
    }

    fn read(name: &str, detail: Detail) -> Database {
        Database::read(&fixture(name), detail, Gate::FIXTURE).unwrap()
    }

    fn code(database: &Database, address: &str) -> String {
        let record = database.lookup(address.parse().unwrap());
        record.country.map_or_else(|| "-".to_owned(), |country| country.to_string())
    }

    const EVERYTHING: Detail = Detail { subdivisions: true, asn: true };

    #[test]
    fn a_nested_country_database_gives_the_published_answers() {
        let database = read("GeoIP2-Country-Test", Detail::default());
        for (address, expected) in [
            ("81.2.69.160", "GB"),
            ("89.160.20.128", "SE"),
            ("216.160.83.56", "US"),
            ("2001:218::1", "JP"),
            ("2a02:ffc0::1", "GI"),
            ("1.1.1.1", "-"),
        ] {
            assert_eq!(code(&database, address), expected, "{address}");
        }
        assert_eq!(database.metadata().database_type, "GeoIP2-Country");
        assert_eq!(database.metadata().sha256.len(), 64);
    }

    #[test]
    fn aliases_are_not_believed() {
        let database = read("GeoIP2-Country-Test", Detail::default());
        for address in ["::ffff:81.2.69.160", "2002:5102:45a0::1", "::81.2.69.160"] {
            assert_eq!(code(&database, address), "-", "{address}");
        }
    }

    #[test]
    fn the_default_database_gives_the_published_answers() {
        let bytes = std::fs::read("geoip/geo-whois-asn-country.mmdb").unwrap();
        let database = Database::read(&bytes, EVERYTHING, Gate::LOCATION).unwrap();
        for (address, expected) in [
            ("8.8.8.8", "US"),
            ("1.1.1.1", "AU"),
            ("81.2.69.160", "GB"),
            ("89.160.20.128", "SE"),
            ("2606:4700:4700::1111", "US"),
            ("2c0f:fe38::1", "-"),
            ("192.168.1.1", "AU"),
            ("2001:db8::1", "JP"),
        ] {
            assert_eq!(code(&database, address), expected, "{address}");
        }
        let metadata = database.metadata();
        assert_eq!(metadata.sha256, "c5f7c0e9bd6a6ccb5a2e9634764544a0d08bd0bd8788b8aedfac87bea184c652");
        assert_eq!((metadata.build_epoch, metadata.networks), (1_781_725_900, 1_010_885));
    }

    #[test]
    fn detail_is_kept_only_where_it_is_asked_for() {
        let plain = read("GeoIP2-City-Test", Detail::default());
        let detailed = read("GeoIP2-City-Test", EVERYTHING);
        let address = "216.160.83.56".parse().unwrap();
        assert_eq!(plain.lookup(address).subdivision, None);
        assert_eq!(detailed.lookup(address).subdivision.unwrap().to_string(), "US-WA");
        assert!(plain.records.len() < detailed.records.len());
    }

    #[test]
    fn numbers_lie_over_countries() {
        let numbers = read("GeoLite2-ASN-Test", EVERYTHING);
        let address = "1.128.0.1".parse().unwrap();
        assert_eq!(numbers.lookup(address).asn, Some(1221));
        let countries = read("GeoIP2-Country-Test", EVERYTHING);
        let both = countries.with_numbers(&numbers);
        assert_eq!(both.lookup(address).asn, Some(1221));
        assert_eq!(code(&both, "81.2.69.160"), "GB");
        for (first, last, record) in both.ranges(Family::V4).chain(both.ranges(Family::V6)) {
            for edge in [first, last] {
                assert_eq!(record.country, countries.lookup(edge).country, "{edge}");
                assert_eq!(record.asn, numbers.lookup(edge).asn, "{edge}");
            }
        }
    }

    #[test]
    fn one_record_for_all_of_ipv4_hides_no_other_network_of_that_record() {
        for depth in [1, 64, 95, 96] {
            let bytes = one_record(depth);
            let database = Database::read(&bytes, EVERYTHING, Gate::FIXTURE).unwrap();
            for address in ["0.0.0.0", "81.2.69.160", "255.255.255.255", "2001:218::1", "ffff::"] {
                assert_eq!(code(&database, address), "GB", "{address}, IPv4 in a record of ::/{depth}");
            }
        }
    }

    /// A file of one record: for `::/depth`, and for each network that lies beside the way there.
    fn one_record(depth: u32) -> Vec<u8> {
        let record = (depth + 16).to_be_bytes();
        let below = |node: u32| if node + 1 < depth { (node + 1).to_be_bytes() } else { record };
        let nodes = (0..depth).flat_map(|node| [below(node), record].concat());
        let mut bytes: Vec<u8> = nodes.chain([0; 16]).collect();
        bytes.extend(b"\xe1\x4ccountry_code\x42GB");
        bytes.extend(b"\xab\xcd\xefMaxMind.com\xe9\x4anode_count\xc4");
        bytes.extend(depth.to_be_bytes());
        bytes.extend(b"\x4brecord_size\xa1\x20\x4aip_version\xa1\x06\x4ddatabase_type\x44Made");
        bytes.extend(b"\x5bbinary_format_major_version\xa1\x02\x5bbinary_format_minor_version\xa0");
        bytes.extend(b"\x4bbuild_epoch\x00\x02\x49languages\x00\x04\x4bdescription\xe0");
        bytes
    }

    #[test]
    fn every_bad_file_is_refused_and_says_why() {
        for (name, why) in [
            ("MaxMind-DB-test-broken-search-tree-24", "is damaged"),
            ("cyclic-data-structure", "is not a readable MaxMind DB file"),
            ("invalid-data-record-offset", "is not a readable MaxMind DB file"),
            ("libmaxminddb-corrupt-search-tree", "IPv4 addresses"),
            ("libmaxminddb-oversized-map", "is damaged"),
        ] {
            let error = Database::read(&fixture(name), EVERYTHING, Gate::FIXTURE).unwrap_err().to_string();
            assert!(error.contains(why), "{name}: {error}");
        }
    }

    #[test]
    fn a_small_file_does_not_locate_the_world() {
        let bytes = fixture("GeoIP2-Country-Test");
        let error = Database::read(&bytes, EVERYTHING, Gate::LOCATION).unwrap_err();
        assert!(matches!(error, DatabaseError::FewAddresses { .. }), "{error}");
    }

    #[test]
    fn a_cut_or_garbled_file_never_panics() {
        let bytes = fixture("GeoIP2-Country-Test");
        for cut in (0..bytes.len()).step_by(997) {
            let _ = Database::read(&bytes[..cut], EVERYTHING, Gate::FIXTURE).is_ok();
            let mut garbled = bytes.clone();
            garbled[cut] ^= 0x5a;
            let _ = Database::read(&garbled, EVERYTHING, Gate::FIXTURE).is_ok();
        }
        assert!(matches!(Database::read(b"", EVERYTHING, Gate::FIXTURE), Err(DatabaseError::Unreadable(_))));
    }
}
