//! Whom a block of addresses holds: countries, and clients that nobody can locate. The oracle's own reading of the
//! country table and of its named groups.

use std::sync::LazyLock;

/// A set of countries and of unlocated clients.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Holders([u64; 4]);

impl Holders {
    /// Clients that cannot be located, and nobody else.
    pub const UNLOCATED: Self = Self([0, 0, 0, 1 << 63]);

    /// The country of a code; none: the table does not list it.
    #[must_use]
    pub fn country(code: &str) -> Option<Self> {
        let at = TABLE.iter().position(|row| row.code == code)?;
        let mut holders = Self::default();
        holders.0[at / 64] = 1 << (at % 64);
        Some(holders)
    }

    /// The members of a named group (`@EU`); none: there is no such group.
    #[must_use]
    pub fn group(name: &str) -> Option<Self> {
        let member: fn(&Row) -> bool = match name {
            "@EU" => |row| row.union || row.outermost,
            "@EEA" => |row| row.union || row.outermost || row.area,
            "@GDPR-adequate" => |row| row.adequate,
            _ => return None,
        };
        let members = TABLE.iter().filter(|row| member(row)).filter_map(|row| Self::country(row.code));
        Some(members.fold(Self::default(), Self::and))
    }

    /// Those of both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|word| self.0[word] | other.0[word]))
    }

    /// Whether both have someone in common.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        (0..4).any(|word| self.0[word] & other.0[word] != 0)
    }

    /// Country codes, and `unlocated`.
    #[must_use]
    pub fn words(&self) -> Vec<&'static str> {
        let held = |at: &usize| self.0[at / 64] >> (at % 64) & 1 == 1;
        let mut words: Vec<&str> = (0..TABLE.len()).filter(held).map(|at| TABLE[at].code).collect();
        if self.meets(&Self::UNLOCATED) {
            words.push("unlocated");
        }
        words
    }
}

struct Row {
    code: &'static str,
    union: bool,
    outermost: bool,
    area: bool,
    adequate: bool,
}

/// `iso2 name continent eu eu_outermost eea adequacy …`, by the names in its head.
static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut lines =
        include_str!("../../../geoip/country_table.tsv").lines().filter(|line| !line.starts_with('#'));
    let head: Vec<&str> = lines.next().unwrap_or_default().split('\t').collect();
    let column = |name: &str| head.iter().position(|title| *title == name).unwrap_or(usize::MAX);
    let columns = ["iso2", "eu", "eu_outermost", "eea", "adequacy"].map(column);
    let rows = lines.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [code, union, outermost, area, adequacy] =
            columns.map(|at| fields.get(at).copied().unwrap_or(""));
        let adequate = adequacy.starts_with("full");
        Row { code, union: union == "1", outermost: outermost == "1", area: area == "1", adequate }
    });
    rows.collect()
});

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo;

    #[test]
    fn groups_are_those_that_steering_expands() {
        for name in geo::group_names() {
            let mut theirs: Vec<&str> =
                geo::group(name).unwrap().iter().map(|country| country.code()).collect();
            theirs.sort_unstable();
            assert_eq!(Holders::group(name).unwrap().words(), theirs, "{name}");
        }
        assert_eq!(Holders::group("@G7"), None);
    }

    #[test]
    fn every_country_of_the_table_is_held_apart() {
        assert_eq!(TABLE.len(), 250);
        let all =
            TABLE.iter().filter_map(|row| Holders::country(row.code)).fold(Holders::UNLOCATED, Holders::and);
        assert_eq!(all.words().len(), 251);
        assert!(!Holders::country("ZW").unwrap().meets(&Holders::UNLOCATED));
    }
}
