//! One record of a location database, in whichever of the two schemas it is written:
//! nested (`country.iso_code`, GeoIP2) or flat (`country_code`).

use std::fmt;

use serde::Deserialize;

use super::country::Country;

/// What a database says of a network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Record {
    /// The country; none where the database is silent or names a code that the table does not list.
    pub country: Option<Country>,
    /// The largest subdivision, where it was asked for.
    pub subdivision: Option<Subdivision>,
    /// The autonomous system, where it was asked for.
    pub asn: Option<u32>,
}

/// A part of a country, by its ISO 3166-2 code (`US-CA`).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Subdivision {
    country: Country,
    code: [u8; 3],
}

/// What to extract beyond the country. Each kind of detail multiplies the places of a database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Keep subdivisions: some policy names one.
    pub subdivisions: bool,
    /// Keep autonomous systems: some policy names one.
    pub asn: bool,
}

impl Subdivision {
    /// One to three letters or digits after a country of the table, `US-CA`.
    pub fn from_code(code: &str) -> Option<Self> {
        let (country, part) = code.split_once('-')?;
        Self::new(Country::from_code(country)?, part)
    }

    /// The country it is part of.
    pub fn country(self) -> Country {
        self.country
    }

    fn new(country: Country, part: &str) -> Option<Self> {
        let valid = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if part.is_empty() || part.len() > 3 || !part.as_bytes().iter().all(valid) {
            return None;
        }
        let mut code = [0; 3];
        code[..part.len()].copy_from_slice(part.as_bytes());
        Some(Self { country, code })
    }
}

impl fmt::Display for Subdivision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}-", self.country)?;
        let letters = self.code.iter().take_while(|byte| **byte != 0);
        letters.map(|byte| char::from(*byte)).try_for_each(|letter| write!(formatter, "{letter}"))
    }
}

impl fmt::Debug for Subdivision {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Both schemas at once: a database fills the fields of its own.
#[derive(Deserialize)]
pub(super) struct Written<'a> {
    country_code: Option<&'a str>,
    #[serde(borrow)]
    country: Option<Nested<'a>>,
    #[serde(borrow, default)]
    subdivisions: Vec<Nested<'a>>,
    autonomous_system_number: Option<u32>,
}

#[derive(Deserialize)]
struct Nested<'a> {
    iso_code: Option<&'a str>,
}

impl Written<'_> {
    pub(super) fn record(&self, detail: Detail) -> Record {
        let nested = self.country.as_ref().and_then(|country| country.iso_code);
        let country = nested.or(self.country_code).and_then(Country::from_code);
        let part = self.subdivisions.first().and_then(|part| part.iso_code).filter(|_| detail.subdivisions);
        Record {
            country,
            subdivision: country.zip(part).and_then(|(country, part)| Subdivision::new(country, part)),
            asn: self.autonomous_system_number.filter(|_| detail.asn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subdivision_reads_as_it_is_written() {
        for code in ["US-CA", "GB-ENG", "FR-69", "AT-9"] {
            assert_eq!(Subdivision::from_code(code).unwrap().to_string(), code);
        }
    }

    #[test]
    fn what_is_not_a_subdivision_is_none() {
        for code in ["US", "US-", "US-CALI", "XX-CA", "us-ca", "US-ca", ""] {
            assert_eq!(Subdivision::from_code(code), None, "{code}");
        }
    }
}
