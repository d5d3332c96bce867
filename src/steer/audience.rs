//! How many of all Internet users each class of clients stands for: a country's users, parted among its classes by
//! address space. Clients without a country count for nothing.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::geo::{Atlas, ClassId, Country, Family, Table};

/// A part of all Internet users, 0 to 1, for each class.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Audience(Vec<f64>);

impl Audience {
    /// Weighs the classes of a table that was compiled from this atlas.
    #[must_use]
    pub fn new(atlas: &Atlas, table: &Table) -> Self {
        let [v4, v6] = Family::BOTH.map(|family| space(atlas, table, family));
        let all: f64 = Country::all().map(|country| country.users() as f64).sum();
        let mut parts = Vec::new();
        for country in Country::all() {
            // IPv6 where a country has no IPv4: parts of both are in no common unit.
            let Some(space) = v4.get(&country).or_else(|| v6.get(&country)) else { continue };
            let whole: f64 = space.values().sum();
            for (class, quanta) in space {
                if parts.len() <= class.index() {
                    parts.resize(class.index() + 1, 0.0);
                }
                parts[class.index()] += country.users() as f64 / all * quanta / whole;
            }
        }
        Self(parts)
    }

    /// The part of all users that are of a class, 0 to 1.
    #[must_use]
    pub fn part(&self, class: ClassId) -> f64 {
        self.0.get(class.index()).copied().unwrap_or(0.0)
    }

    /// Every class that somebody is of, with its part.
    pub fn parts(&self) -> impl Iterator<Item = (ClassId, f64)> + '_ {
        (0..).map(ClassId).zip(self.0.iter().copied()).filter(|(_, part)| *part > 0.0)
    }
}

/// How much space of each country is of each class: both lists cover all of the family, in order.
fn space(atlas: &Atlas, table: &Table, family: Family) -> HashMap<Country, HashMap<ClassId, f64>> {
    let mut space: HashMap<Country, HashMap<ClassId, f64>> = HashMap::new();
    let mut places = atlas.ranges(family);
    let Some(mut place) = places.next() else { return space };
    for (first, last, class) in table.ranges(family) {
        let (first, last) = (number(first), number(last));
        loop {
            let (from, to) = (first.max(number(place.0)), last.min(number(place.1)));
            let country = atlas.place(atlas.lead(place.2)).standing.country();
            if let Some(country) = country.filter(|_| from <= to) {
                *space.entry(country).or_default().entry(class).or_insert(0.0) += (to - from) as f64 + 1.0;
            }
            if number(place.1) > last {
                break;
            }
            let Some(next) = places.next() else { return space };
            place = next;
        }
    }
    space
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Database, Detail, Gate, Steering};
    use crate::steer::{Plan, Sources};

    #[test]
    fn all_parts_together_are_the_users_of_the_countries_that_the_database_knows() {
        let bytes = include_bytes!("../../tests/data/maxmind-test/GeoIP2-Country-Test.mmdb");
        let database = Database::read(bytes, Detail::default(), Gate::FIXTURE).unwrap();
        let atlas = Atlas::compile(&database, &[], Steering::default());
        let plan = Plan::new(&Sources { regions: &[], services: &[], fences: &[], atlas: &atlas }).unwrap();
        let audience = Audience::new(&atlas, plan.table());
        let sum: f64 = audience.parts().map(|(_, part)| part).sum();
        let known = |family| {
            let places = atlas.ranges(family).map(|(_, _, location)| atlas.lead(location));
            places.filter_map(|place| atlas.place(place).standing.country()).collect::<Vec<_>>()
        };
        let known: std::collections::BTreeSet<Country> = Family::BOTH.into_iter().flat_map(known).collect();
        let all: f64 = Country::all().map(|country| country.users() as f64).sum();
        let expected: f64 = known.iter().map(|country| country.users() as f64).sum::<f64>() / all;
        assert!(sum > 0.0 && (sum - expected).abs() < 1e-9, "{sum} of {expected}");
        assert_eq!(audience.part(ClassId(u16::MAX)), 0.0);
    }
}
