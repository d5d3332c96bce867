//! The built-in database, compiled: vectors, and that a scope never speaks for an address that is answered
//! otherwise.

mod four_regions;

use std::net::IpAddr;

use four_regions::{Answer, Policy};
use meridian::{
    client::Prefix,
    geo::{
        Atlas, ClassId, Country, Database, Family, Located, Place, SetId, SetShape, Standing, Steering, Table,
    },
};

fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

/// Reproducible noise (xorshift64*).
struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn wide(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    fn below(&mut self, count: usize) -> usize {
        self.next() as usize % count
    }
}

fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => u128::from(address.to_bits()),
        IpAddr::V6(address) => address.to_bits(),
    }
}

fn address(family: Family, number: u128) -> IpAddr {
    match family {
        Family::V4 => IpAddr::V4((number as u32).into()),
        Family::V6 => IpAddr::V6(number.into()),
    }
}

struct World {
    atlas: Atlas,
    table: Table,
    policy: Policy,
    answers: Vec<Option<Answer>>,
}

impl World {
    fn new() -> Self {
        let atlas = four_regions::atlas();
        let (table, policy) = four_regions::table(&atlas);
        let answers = policy.answers(&table);
        Self { atlas, table, policy, answers }
    }

    fn answer(&self, address: IpAddr, source: u8) -> Answer {
        self.policy.answer(self.table.locate(address, source).class)
    }

    fn scope(&self, located: &Located) -> u8 {
        self.table.scope(located, |set| self.answers[set.index()].is_some())
    }

    /// Addresses inside the scope of an answer get that answer for a source of the same length.
    fn check(&self, asked: IpAddr, source: u8, noise: &mut Noise) {
        let scope = self.scope(&self.table.locate(asked, source));
        let inside = Prefix::around(asked, scope);
        let expected = self.answer(asked, source);
        let (first, last) = (number(inside.first()), number(inside.last()));
        let within = |noise: &mut Noise| first + (noise.wide() & (last - first));
        for other in [first, last, within(noise), within(noise), within(noise)] {
            let other = address(Family::of(asked), other);
            let found = self.answer(other, source);
            assert_eq!(found, expected, "{other}/{source} lies in scope {inside} of {asked}/{source}");
        }
    }

    /// A shorter scope would have been wrong: its prefix holds quanta that are answered otherwise.
    fn check_largest(&self, asked: IpAddr) {
        let family = Family::of(asked);
        let scope = self.scope(&self.table.locate(asked, family.quantum()));
        if scope == 0 || scope >= family.quantum() {
            return;
        }
        let larger = Prefix::around(asked, scope - 1);
        let ranges = self.table.ranges(family);
        let inside = ranges.filter(|(first, last, _)| *first <= larger.last() && larger.first() <= *last);
        let mut answers: Vec<Answer> = inside.map(|(_, _, class)| self.policy.answer(class)).collect();
        answers.dedup();
        assert!(answers.len() > 1, "{larger} is all {answers:?}, but the scope of {asked} is {scope}");
    }
}

#[test]
fn the_built_in_database_gives_the_published_answers() {
    let atlas = four_regions::atlas();
    for (address, expected) in [
        ("8.8.8.8", "US"),
        ("1.1.1.1", "AU"),
        ("81.2.69.160", "GB"),
        ("89.160.20.128", "SE"),
        ("2606:4700:4700::1111", "US"),
        ("::ffff:8.8.8.8", "US"),
        ("64:ff9b::808:808", "US"),
        ("2002:808:808::1", "US"),
        ("2001:0:1:2:3:4:f7f7:f7f7", "US"),
        ("2c0f:fe38::1", "Unlocated"),
        ("192.31.196.1", "Unlocated"),
        ("192.168.1.1", "Special"),
        ("::ffff:192.168.1.1", "Special"),
        ("2001:db8::1", "Special"),
        ("0.0.0.0", "Special"),
        ("255.255.255.255", "Special"),
        ("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "Special"),
    ] {
        let members = atlas.members(ip(address), 128);
        let [member] = members.as_slice() else { panic!("{address} is in {members:?}") };
        let found = match atlas.place(member.place).standing {
            Standing::Located(country) => country.code().to_owned(),
            other => format!("{other:?}"),
        };
        assert_eq!(found, expected, "{address}");
    }
}

#[test]
fn a_mixed_quantum_holds_all_its_countries_and_is_fenced_for_each() {
    let world = World::new();
    let mut mixed = 0;
    for (first, last, location) in world.atlas.ranges(Family::V4) {
        let members = world.atlas.members(first, 24);
        if members.len() < 2 {
            continue;
        }
        mixed += 1;
        assert_eq!(number(last) - number(first), 255, "{first} is one quantum");
        assert_eq!(members.iter().map(|member| member.addresses).sum::<u128>(), 256, "{first}");
        assert_eq!(world.atlas.leading(&members), Some(world.atlas.lead(location)), "{first}");
        let class = world.table.locate(first, 24).class;
        let fenced = members.iter().any(|member| {
            let country = world.atlas.place(member.place).standing.country();
            country.is_none_or(|country| meridian::geo::group("@EEA").unwrap().contains(&country))
        });
        if fenced {
            assert!(matches!(world.policy.answer(class), Answer::Region(1 | 2)), "{first} leaves the fence");
        }
    }
    assert!(mixed > 10_000, "only {mixed} mixed quanta");
}

#[test]
fn scopes_of_random_addresses_are_sound() {
    let (world, mut noise) = (World::new(), Noise(1));
    let known: Vec<IpAddr> = Database::built_in().ranges(Family::V6).map(|(first, _, _)| first).collect();
    for round in 0..4000 {
        let v4 = address(Family::V4, u128::from(noise.next() as u32));
        let v6 = known[noise.below(known.len())];
        let v6 = address(Family::V6, number(v6) | noise.wide() >> 24);
        for source in [1 + noise.below(32) as u8, 8, 16, 23, 24, 25, 32] {
            world.check(v4, source, &mut noise);
        }
        for source in [1 + noise.below(128) as u8, 20, 32, 48, 55, 56, 64, 128] {
            world.check(v6, source, &mut noise);
        }
        if round % 200 == 0 {
            world.check_largest(v4);
            world.check_largest(v6);
        }
    }
}

#[test]
fn scopes_at_the_edges_of_ranges_are_sound() {
    let (world, mut noise) = (World::new(), Noise(2));
    for family in Family::BOTH {
        let ranges: Vec<_> = world.table.ranges(family).collect();
        let most = if family == Family::V4 { u128::from(u32::MAX) } else { u128::MAX };
        for round in 0..1000 {
            let (first, last, _) = ranges[noise.below(ranges.len())];
            let (first, last) = (number(first), number(last));
            for edge in [first.saturating_sub(1), first, last, last.saturating_add(1).min(most)] {
                let asked = address(family, edge);
                let quantum = family.quantum();
                for source in [quantum, family.width(), 1 + noise.below(quantum.into()) as u8] {
                    world.check(asked, source, &mut noise);
                }
                if round % 100 == 0 {
                    world.check_largest(asked);
                }
            }
        }
    }
}

#[test]
fn every_source_length_around_an_edge_is_answered() {
    let (world, mut noise) = (World::new(), Noise(3));
    for text in
        ["0.0.0.0", "255.255.255.255", "8.8.8.8", "::", "2001:db8::1", "64:ff9b::808:808", "2002:808:808::"]
    {
        for source in 0..=130 {
            world.check(ip(text), source, &mut noise);
        }
    }
    let end = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff";
    assert_eq!(world.table.locate(ip(end), 255), world.table.locate(ip(end), 128));
}

#[test]
fn a_wrapped_address_gets_the_answer_and_the_scope_of_the_inner_one() {
    let (world, mut noise) = (World::new(), Noise(4));
    for _ in 0..2000 {
        let bits = noise.next() as u32;
        let source = 1 + noise.below(32) as u8;
        let plain = world.table.locate(address(Family::V4, bits.into()), source);
        for (prefix, shift, offset, bits) in [
            (0xffff_u128 << 32, 0, 96, bits),
            (0xffff_u128 << 48, 0, 96, bits),
            (0x64_ff9b_u128 << 96, 0, 96, bits),
            (0x2002_u128 << 112, 80, 16, bits),
            (0x2001_u128 << 112, 0, 96, !bits),
        ] {
            let wrapped = address(Family::V6, prefix | u128::from(bits) << shift);
            let located = world.table.locate(wrapped, source + offset);
            assert_eq!(located.class, plain.class, "{wrapped}/{}", source + offset);
            let scope = world.scope(&plain);
            let scopes = [offset + scope, offset + scope - u8::from(scope == 1)];
            assert!(scopes.contains(&world.scope(&located)), "{wrapped}/{}", source + offset);
        }
    }
}

#[test]
fn overrides_win_over_the_database_and_over_special_space() {
    let country = |code| Country::from_code(code).unwrap();
    let overrides =
        [("8.8.0.0/16", "DE"), ("8.8.8.0/24", "FR"), ("198.51.100.0/24", "DE"), ("2001:db8:de::/48", "DE")];
    let overrides = overrides.map(|(prefix, code)| (prefix.parse::<Prefix>().unwrap(), country(code)));
    let atlas = Atlas::compile(&Database::built_in(), &overrides, Steering::default());
    let place = |text: &str| -> Place {
        let members = atlas.members(ip(text), 128);
        *atlas.place(members[0].place)
    };
    for (address, expected) in [
        ("8.8.8.8", Standing::Located(country("FR"))),
        ("8.8.9.8", Standing::Located(country("DE"))),
        ("8.9.0.1", Standing::Located(country("US"))),
        ("198.51.100.7", Standing::Located(country("DE"))),
        ("2001:db8:de:1::1", Standing::Located(country("DE"))),
        ("2001:db8:df::1", Standing::Special),
        ("2002:808:808::", Standing::Located(country("FR"))),
    ] {
        assert_eq!(place(address).standing, expected, "{address}");
    }
}

#[test]
fn a_place_carries_the_longest_steering_prefix_that_holds_it() {
    let prefixes = ["10.0.0.0/8", "10.1.0.0/16", "2a00::/12"].map(|text| text.parse::<Prefix>().unwrap());
    let steering = Steering::new(prefixes).unwrap();
    let atlas = Atlas::compile(&Database::built_in(), &[], steering);
    let steered = |text: &str| {
        let members = atlas.members(ip(text), 128);
        let id = atlas.place(members[0].place).steering;
        id.map(|id| atlas.steering().prefix(id).to_string())
    };
    assert_eq!(steered("10.1.2.3").as_deref(), Some("10.1.0.0/16"));
    assert_eq!(steered("10.2.2.3").as_deref(), Some("10.0.0.0/8"));
    assert_eq!(steered("2a00:1450::1").as_deref(), Some("2a00::/12"));
    assert_eq!(steered("8.8.8.8"), None);
}

#[test]
fn one_answer_for_all_has_scope_zero_and_two_families_do_not_speak_for_each_other() {
    let world = World::new();
    for text in ["8.8.8.8", "2606:4700::1", "64:ff9b::808:808", "10.0.0.1"] {
        let located = world.table.locate(ip(text), 56);
        assert_eq!(world.table.scope(&located, |_| true), 0, "{text}");
        assert!(world.table.scope(&located, |set| set != world.table.everything()) > 0, "{text}");
    }
}

#[test]
fn a_family_of_one_answer_does_not_speak_for_the_other() {
    let germany = Country::from_code("DE").unwrap();
    let everything = ["0.0.0.0/0".parse::<Prefix>().unwrap()].map(|prefix| (prefix, germany));
    let atlas = Atlas::compile(&Database::built_in(), &everything, Steering::default());
    let class = |place: &Place| ClassId(u16::from(place.standing != Standing::Located(germany)));
    let table = Table::build(&atlas, |place| class(atlas.place(place)), |_, _| ClassId(1));
    let alone = |set: SetId| matches!(table.sets()[set.index()], SetShape::One(_));
    for (text, source, scope) in [("8.8.8.8", 24, 1), ("0.0.0.0", 1, 1), ("2002:808:808::", 48, 16)] {
        let located = table.locate(ip(text), source);
        assert_eq!(table.scope(&located, alone), scope, "{text}/{source}");
    }
}
