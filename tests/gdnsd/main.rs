//! Locations and scopes against gdnsd's own offline tool, `gdnsd_geoip_test`: the same database, the same policy,
//! random addresses. Where the two differ, a rule of ours says why; a difference without a rule fails.
//!
//! `cargo nextest run --test gdnsd --no-capture` prints the count of each rule.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on says so by its panic")]
#![allow(clippy::print_stdout, reason = "the count of each rule is what a person runs this for")]

#[path = "../maxmind/mod.rs"]
mod maxmind;
mod random;
mod rules;
mod theirs;

use std::collections::BTreeMap;
use std::net::IpAddr;

use meridian::client::Prefix;
use meridian::geo::{Atlas, ClassId, Database, Detail, Family, Gate, Standing, Steering, Table};

use random::Random;
use rules::{Ground, Rule};
use theirs::Theirs;

/// Countries that have a region of their own, and who answers the others of a continent: as gdnsd's map has them. The
/// two are apart, since SA is Saudi Arabia and South America.
const COUNTRIES: [(&str, &str); 4] = [("GB", "ie"), ("DE", "eu"), ("BR", "br"), ("IN", "sg")];
const CONTINENTS: [(&str, &str); 4] = [("EU", "eu"), ("AS", "sg"), ("SA", "br"), ("OC", "sg")];
const DEFAULT: &str = "us";
const REGIONS: [&str; 5] = ["us", "eu", "ie", "br", "sg"];
const COUNT: usize = 100_000;

/// What one server says of one address.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Said {
    region: String,
    scope: u8,
}

/// The class of clients whose policy names this region; the last is special and wrapped space.
fn class(standing: Standing) -> ClassId {
    let named = |country: meridian::geo::Country| {
        let of = |policy: &[(&str, &'static str)], code: &str| {
            policy.iter().find(|(key, _)| *key == code).map(|(_, region)| *region)
        };
        let own = of(&COUNTRIES, country.code());
        own.or_else(|| of(&CONTINENTS, country.continent().code())).unwrap_or(DEFAULT)
    };
    let position = |region: &str| REGIONS.iter().position(|known| *known == region).unwrap_or(0);
    match standing {
        Standing::Located(country) => ClassId(position(named(country)) as u16),
        Standing::Special | Standing::Wrapped => ClassId(REGIONS.len() as u16),
        Standing::Unlocated => ClassId(position(DEFAULT) as u16),
    }
}

/// Ours: a table with the policy drawn in. A block of several classes is answered as the one that leads.
fn table(database: &Database) -> Table {
    let atlas = Atlas::compile(database, &[], Steering::default());
    Table::build(
        &atlas,
        |place| class(atlas.place(place).standing),
        |members, lead| {
            if members.contains(&lead) { lead } else { members[0] }
        },
    )
}

fn ours(table: &Table, address: IpAddr) -> Said {
    let located = table.locate(address, u8::MAX);
    // Special space is answered as those that nobody can locate, but is no part of anyone's scope.
    let at = usize::from(located.class.0);
    let alone = |set| match table.sets()[meridian::geo::SetId::index(set)] {
        meridian::geo::SetShape::One(_) => true,
        meridian::geo::SetShape::Union(..) => false,
    };
    Said {
        region: REGIONS.get(at).copied().unwrap_or(DEFAULT).to_owned(),
        scope: table.scope(&located, alone),
    }
}

#[test]
fn every_difference_from_gdnsd_is_one_of_our_rules() {
    let built_in = Database::built_in();
    let file = maxmind_file(&built_in);
    let database = Database::read(&file, Detail::default(), Gate::LOCATION).unwrap();
    let table = table(&database);
    let theirs = Theirs::start(&file);
    let mut random = Random::new(20_261_120);
    let addresses: Vec<IpAddr> = (0..COUNT).map(|at| random.address(at)).collect();
    let answers = theirs.ask(&addresses);
    assert_eq!(answers.len(), addresses.len());
    let grounds = Family::BOTH.map(|family| Ground::new(&database, family));
    let mut differences: BTreeMap<Rule, (usize, Prefix)> = BTreeMap::new();
    let mut alike = 0;
    for (address, theirs) in addresses.iter().zip(&answers) {
        let ours = ours(&table, *address);
        if ours == *theirs {
            alike += 1;
            continue;
        }
        let ground = &grounds[usize::from(Family::of(*address) == Family::V6)];
        let rule = ground.explain(*address, &ours, theirs);
        let rule =
            rule.unwrap_or_else(|| panic!("{address}: ours {ours:?}, theirs {theirs:?}: no rule says why"));
        differences.entry(rule).or_insert((0, Prefix::around(*address, u8::MAX))).0 += 1;
    }
    println!("{COUNT} addresses: {alike} alike");
    for (rule, (count, example)) in &differences {
        println!("{count:>6}  {}, as at {example}", rule.words());
    }
    assert!(alike * 100 > COUNT * 95, "{alike} of {COUNT} alike");
}

/// The built-in database as gdnsd reads one: the same ranges in MaxMind's nested schema.
fn maxmind_file(database: &Database) -> Vec<u8> {
    let mut writer = maxmind::Writer::new(database.metadata().build_epoch);
    for family in Family::BOTH {
        for (first, last, record) in database.ranges(family) {
            // IPv4 stands at the top of the same tree, and gdnsd looks for it nowhere else.
            let first = if family == Family::V6 && last_of_v4(last) { continue } else { first };
            if let Some(country) = record.country {
                writer.locate(first, last, country);
            }
        }
    }
    writer.finish()
}

fn last_of_v4(address: IpAddr) -> bool {
    matches!(address, IpAddr::V6(address) if address.to_bits() <= u128::from(u32::MAX))
}
