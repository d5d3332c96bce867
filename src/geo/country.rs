//! The countries of the world, from `geoip/country_table.tsv` (250 rows, compiled in).
//! Reading is total: a code that the table does not hold is unknown, never an error.

use std::{fmt, sync::LazyLock};

use super::coordinates::Coordinates;

/// A row of the country table: ISO 3166-1, and XK as GeoIP data has it. Ordered by code.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Country(u16);

/// The continents, as GeoNames and GeoIP data draw them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Continent {
    /// AF
    Africa,
    /// AN
    Antarctica,
    /// AS
    Asia,
    /// EU
    Europe,
    /// NA
    NorthAmerica,
    /// OC
    Oceania,
    /// SA
    SouthAmerica,
}

impl Country {
    /// The country of a two-letter upper-case code; `None` for a code that is not in the table.
    pub fn from_code(code: &str) -> Option<Self> {
        let row = TABLE.binary_search_by(|row| row.code.cmp(code)).ok()?;
        u16::try_from(row).ok().map(Self)
    }

    /// Every country, in order of code.
    pub fn all() -> impl Iterator<Item = Self> {
        (0_u16..).take(TABLE.len()).map(Self)
    }

    /// ISO 3166-1 alpha-2.
    pub fn code(self) -> &'static str {
        self.row().code
    }

    /// The English short name.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The continent.
    pub fn continent(self) -> Continent {
        self.row().continent
    }

    /// The centre of its people, else of its area, else nothing.
    pub fn centroid(self) -> Option<Coordinates> {
        self.row().centroid
    }

    /// Internet users, persons (estimate); 0 where there is none.
    pub fn users(self) -> u64 {
        self.row().users
    }

    /// Position in the table, below [`Country::all`]'s count.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    pub(super) fn row(self) -> &'static Row {
        &TABLE[self.index()]
    }
}

impl fmt::Display for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.code())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.code())
    }
}

impl Continent {
    /// The continent of a GeoIP code (`AF AN AS EU NA OC SA`).
    pub fn from_code(code: &str) -> Option<Self> {
        CONTINENTS.iter().find(|(known, _)| *known == code).map(|(_, continent)| *continent)
    }

    /// The GeoIP code.
    pub fn code(self) -> &'static str {
        let known = CONTINENTS.iter().find(|(_, continent)| *continent == self);
        known.expect("every continent is in CONTINENTS").0
    }
}

const CONTINENTS: [(&str, Continent); 7] = [
    ("AF", Continent::Africa),
    ("AN", Continent::Antarctica),
    ("AS", Continent::Asia),
    ("EU", Continent::Europe),
    ("NA", Continent::NorthAmerica),
    ("OC", Continent::Oceania),
    ("SA", Continent::SouthAmerica),
];

/// What the table says of one country.
pub(super) struct Row {
    code: &'static str,
    name: &'static str,
    continent: Continent,
    pub(super) union: Union,
    pub(super) adequacy: &'static str,
    centroid: Option<Coordinates>,
    users: u64,
}

/// How a country stands to the European Union's law.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Union {
    Member,
    Outermost,
    EconomicArea,
    Outside,
}

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let text = include_str!("../../geoip/country_table.tsv");
    let rows = text.lines().filter(|line| !line.starts_with('#')).skip(1);
    let mut table: Vec<Row> = rows.filter_map(Row::read).collect();
    table.sort_by_key(|row| row.code);
    table
});

impl Row {
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line.split('\t');
        let mut field = || fields.next();
        let (code, name, continent) = (field()?, field()?, Continent::from_code(field()?)?);
        let union = match (field()?, field()?, field()?) {
            ("1", _, _) => Union::Member,
            (_, "1", _) => Union::Outermost,
            (_, _, "1") => Union::EconomicArea,
            _ => Union::Outside,
        };
        let adequacy = field()?;
        let people = point(field()?, field()?);
        let area = point(field()?, field()?);
        let _population = field()?;
        let users = field()?.parse().unwrap_or(0);
        Some(Self { code, name, continent, union, adequacy, centroid: people.or(area), users })
    }
}

fn point(latitude: &str, longitude: &str) -> Option<Coordinates> {
    Coordinates::new(latitude.parse().ok()?, longitude.parse().ok()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_every_row_of_its_file() {
        assert_eq!(Country::all().count(), 250);
        for country in Country::all() {
            assert_eq!(Country::from_code(country.code()), Some(country));
            assert_eq!(Continent::from_code(country.continent().code()), Some(country.continent()));
        }
    }

    #[test]
    fn a_country_tells_what_the_table_says() {
        let britain = Country::from_code("GB").unwrap();
        assert_eq!((britain.code(), britain.name()), ("GB", "United Kingdom"));
        assert_eq!(britain.continent(), Continent::Europe);
        assert!(britain.users() > 50_000_000);
    }

    #[test]
    fn the_centre_is_that_of_the_people() {
        let russia = Country::from_code("RU").unwrap().centroid().unwrap();
        assert!(russia.longitude() < 75.0, "Russia's people live west of its middle: {russia:?}");
        let antarctica = Country::from_code("AQ").unwrap().centroid().unwrap();
        assert!(antarctica.latitude() < -80.0, "no people: the middle of the area");
    }

    #[test]
    fn an_unlisted_code_is_unknown() {
        for code in ["AP", "EU", "XX", "gb", "", "G", "GBR", "ÄÖ"] {
            assert_eq!(Country::from_code(code), None, "{code}");
        }
    }
}
