//! What a location database says, read by the oracle itself: sorted stretches of addresses and their country.

use std::collections::HashMap;
use std::net::IpAddr;

use maxminddb::{MaxMindDbError, Reader, WithinOptions, path};

use super::holders::Holders;
use super::space::{Span, top};
use crate::geo::{Database, Family};

/// A database: stretches of both families in order, those without a country left out.
#[derive(Debug, Default)]
pub struct Records {
    v4: Vec<(Span, Holders)>,
    v6: Vec<(Span, Holders)>,
}

impl Records {
    /// Reads the bytes of a MaxMind DB file.
    ///
    /// # Errors
    /// It is no such file.
    pub fn read(bytes: &[u8]) -> Result<Self, MaxMindDbError> {
        let reader = Reader::from_source(bytes)?;
        let mut countries: HashMap<usize, Option<Holders>> = HashMap::new();
        let mut records = Self::default();
        for found in reader.networks(WithinOptions::default())? {
            let found = found?;
            let Some(offset) = found.offset() else { continue };
            let country = match countries.get(&offset) {
                Some(known) => *known,
                None => {
                    let nested: Option<&str> = found.decode_path(&path!["country", "iso_code"])?;
                    let flat: Option<&str> = found.decode_path(&path!["country_code"])?;
                    let country = nested.or(flat).and_then(Holders::country);
                    countries.insert(offset, country);
                    country
                }
            };
            let network = found.network()?;
            if let Some(country) = country {
                records.take(network.ip(), network.prefix(), country);
            }
        }
        Ok(records)
    }

    /// The database that is compiled in.
    #[must_use]
    pub fn built_in() -> Self {
        let database = Database::built_in();
        let mut known = vec![None; 256];
        let mut of = |family: Family| {
            let beyond = if family == Family::V4 { u128::MAX >> family.width() } else { 0 };
            let ranges = database.ranges(family).filter_map(|(first, last, record)| {
                let country = record.country?;
                let held = *known[country.index()].get_or_insert_with(|| Holders::country(country.code()));
                Some((Span { first: top(first), last: top(last) | beyond }, held?))
            });
            ranges.collect()
        };
        Self { v4: of(Family::V4), v6: of(Family::V6) }
    }

    /// How many stretches of both families there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.v4.len() + self.v6.len()
    }

    pub(in crate::prove) fn of(&self, family: Family) -> &[(Span, Holders)] {
        match family {
            Family::V4 => &self.v4,
            Family::V6 => &self.v6,
        }
    }

    /// IPv4 stands at `::/96` of an IPv6 tree; a record above it holds all of IPv4.
    fn take(&mut self, address: IpAddr, length: u8, country: Holders) {
        let span = Span::around(top(address), length);
        match address {
            IpAddr::V4(_) => self.v4.push((span, country)),
            IpAddr::V6(_) if span.last <= IPV4_LAST => {}
            IpAddr::V6(_) if span.first == 0 => {
                self.v4 = vec![(Span { first: 0, last: u128::MAX }, country)];
                self.v6.push((Span { first: IPV4_LAST + 1, last: span.last }, country));
            }
            IpAddr::V6(_) => self.v6.push((span, country)),
        }
    }
}

const IPV4_LAST: u128 = u32::MAX as u128;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(records: &Records, text: &str) -> String {
        let address: IpAddr = text.parse().unwrap();
        let family = Family::of(address);
        let held = records
            .of(family)
            .iter()
            .find(|(span, _)| span.first <= top(address) && top(address) <= span.last);
        held.map_or_else(String::new, |(_, country)| country.words().concat())
    }

    #[test]
    fn the_built_in_database_and_its_source_say_the_same() {
        let source = Records::read(&std::fs::read("geoip/geo-whois-asn-country.mmdb").unwrap()).unwrap();
        let built_in = Records::built_in();
        for text in
            ["8.8.8.8", "1.1.1.1", "81.2.69.160", "255.255.255.255", "2606:4700:4700::1111", "2c0f:fe38::1"]
        {
            assert_eq!(at(&source, text), at(&built_in, text), "{text}");
        }
        assert_eq!(at(&source, "81.2.69.160"), "GB");
    }

    #[test]
    fn a_nested_database_is_read_too() {
        let bytes = std::fs::read("tests/data/maxmind-test/GeoIP2-Country-Test.mmdb").unwrap();
        let records = Records::read(&bytes).unwrap();
        assert_eq!((at(&records, "89.160.20.128"), at(&records, "2a02:ffc0::1")), ("SE".into(), "GI".into()));
    }
}
