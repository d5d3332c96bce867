//! Holds atlas and table against the definitions, on small made-up worlds: an oracle that looks at every prefix
//! for every answer, slowly and plainly.

mod worlds;

use std::{collections::BTreeMap, net::IpAddr};

use proptest::prelude::*;
use worlds::{World, address, world};

use super::{
    family::{block, key, keys},
    special::WRAPPINGS,
    *,
};
use crate::client::Prefix;

/// The world, and all that a definition needs.
struct Oracle {
    world: World,
    steering: Steering,
    /// Where anything begins or ends, by family.
    edges: [Vec<u128>; 2],
    /// How many classes there are at most: few make scopes long.
    classes: u16,
}

const SPECIAL: ClassId = ClassId(1000);
const WRAPPED: ClassId = ClassId(1001);

/// Something that tells answers apart; like a class, but coarser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Colour(u16);

fn colour(class: ClassId, colours: u16) -> Option<Colour> {
    match class {
        SPECIAL | WRAPPED => Some(Colour(class.0)),
        // Some classes share their traffic: no two clients of theirs are alike.
        ClassId(class) if class % 7 == 6 => None,
        ClassId(class) => Some(Colour(class % colours)),
    }
}

impl Oracle {
    fn new(world: World, classes: u16) -> Self {
        let steering = Steering::new(world.steering.iter().copied()).unwrap();
        let edges = Family::BOTH.map(|family| {
            let written = world.database.iter().map(|(prefix, _)| *prefix);
            let written = written.chain(world.overrides.iter().map(|(prefix, _)| *prefix));
            let written = written.chain(world.steering.iter().copied());
            let mine = written.filter(|prefix| Family::of(prefix.first()) == family);
            let laid = special::overlay(family).into_iter().map(|run| (run.first, run.last));
            let ends = mine.map(|prefix| keys(&prefix)).chain(laid);
            let mut edges: Vec<u128> =
                ends.flat_map(|(first, last)| [Some(first), last.checked_add(1)]).flatten().collect();
            edges.push(0);
            edges.sort_unstable();
            edges.dedup();
            edges
        });
        Self { world, steering, edges, classes }
    }

    fn table(&self) -> Table {
        let database = Database::from_prefixes(&self.world.database);
        let atlas = Atlas::compile(&database, &self.world.overrides, self.steering.clone());
        Table::build(
            &atlas,
            |place| self.class_of_place(atlas.place(place)),
            |members, lead| self.class_of_block(members, lead),
        )
    }

    fn class_of_place(&self, place: &Place) -> ClassId {
        match place.standing {
            Standing::Special => SPECIAL,
            Standing::Wrapped => WRAPPED,
            _ => ClassId(mark(&format!("{place:?}")) % self.classes),
        }
    }

    fn class_of_block(&self, members: &[ClassId], lead: ClassId) -> ClassId {
        assert!(members.is_sorted_by(|one, next| one < next), "members are sorted and distinct");
        ClassId(mark(&format!("{members:?} led by {lead:?}")) % self.classes)
    }

    fn place(&self, family: Family, at: u128) -> Place {
        let address = family.address(at);
        let written =
            self.world.database.iter().enumerate().filter(|(_, (prefix, _))| prefix.contains(address));
        let record = written.max_by_key(|(order, (prefix, _))| (prefix.length(), *order));
        let record = record.map_or_else(Record::default, |(_, (_, record))| *record);
        let over =
            self.world.overrides.iter().enumerate().filter(|(_, (prefix, _))| prefix.contains(address));
        let over = over.max_by_key(|(order, (prefix, _))| (prefix.length(), *order));
        let over = over.map(|(_, (_, country))| Standing::Located(*country));
        let special = special::overlay(family).into_iter().filter(|run| run.first <= at && at <= run.last);
        let special = special.min_by_key(|run| run.last - run.first).and_then(|run| run.value);
        let forced = if special == Some(Standing::Wrapped) { special } else { over.or(special) };
        let standing = forced.unwrap_or(record.country.map_or(Standing::Unlocated, Standing::Located));
        let steering = self.steering.iter().filter(|(_, prefix)| prefix.contains(address));
        let steering = steering.max_by_key(|(_, prefix)| prefix.length()).map(|(id, _)| id);
        Place {
            standing,
            subdivision: record.subdivision.filter(|_| forced.is_none()),
            asn: record.asn,
            steering,
        }
    }

    /// The stretches of one place each in a block, cut where anything begins.
    fn stretches(&self, family: Family, (first, last): (u128, u128)) -> Vec<(u128, Place)> {
        let edges = &self.edges[family as usize];
        let inside = edges.iter().copied().filter(|edge| first < *edge && *edge <= last);
        let starts: Vec<u128> = [first].into_iter().chain(inside).collect();
        let ends = starts.iter().skip(1).map(|next| next - 1).chain([last]);
        let unit = 128 - family.width();
        starts
            .iter()
            .zip(ends)
            .map(|(from, to)| (((to - from) >> unit) + 1, self.place(family, *from)))
            .collect()
    }

    /// The class of a quantum; and the class of wrapped space, if a scope over it reaches some.
    fn quantum(&self, family: Family, at: u128) -> (ClassId, Option<ClassId>) {
        let places = self.stretches(family, block(at, family.quantum()));
        let first = places[0].1;
        if places.iter().all(|(_, place)| *place == first) {
            return (self.class_of_place(&first), None);
        }
        let wrapped = places.iter().any(|(_, place)| place.standing == Standing::Wrapped).then_some(WRAPPED);
        let parts: Vec<_> = places.into_iter().map(|(size, place)| (size, place.grounded())).collect();
        let members = parts.iter().map(|(_, place)| self.class_of_place(place)).collect();
        (self.judge(members, &parts), wrapped)
    }

    /// One key of each stretch of like quanta in a block.
    fn quanta(&self, family: Family, (first, last): (u128, u128)) -> Vec<u128> {
        let quantum = |at| block(at, family.quantum());
        let edges = self.edges[family as usize].iter();
        let near = edges.flat_map(|edge| [Some(quantum(*edge).0), quantum(*edge).1.checked_add(1)]).flatten();
        let mut keys: Vec<u128> =
            near.chain([first]).filter(|at| first <= *at && *at <= last).map(|at| quantum(at).0).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    fn judge(&self, mut members: Vec<ClassId>, parts: &[(u128, Place)]) -> ClassId {
        members.sort_unstable();
        members.dedup();
        let lead = self.class_of_place(&lead(parts));
        if members == [lead] { lead } else { self.class_of_block(&members, lead) }
    }

    fn class(&self, family: Family, at: u128, length: u8) -> ClassId {
        if length >= family.quantum() {
            return self.quantum(family, at).0;
        }
        let around = block(at, length);
        let quanta = self.quanta(family, around);
        let members = quanta.iter().map(|at| self.quantum(family, *at));
        let members = members.flat_map(|(class, wrapped)| [Some(class), wrapped]).flatten().collect();
        // Shares are counted as quanta see them: what shares a quantum is grounded.
        let mut parts = Vec::new();
        for (at, next) in quanta.iter().zip(quanta.iter().skip(1).copied().map(Some).chain([None])) {
            let last = next.map_or(around.1, |next| next - 1);
            let inside = self.stretches(family, (*at, last));
            let is_pure = inside.iter().all(|(_, place)| *place == inside[0].1);
            let seen = |place: Place| if is_pure { place } else { place.grounded() };
            parts.extend(inside.into_iter().map(|(size, place)| (size, seen(place))));
        }
        self.judge(members, &parts)
    }

    /// The colour of all quanta in a block, if it is one.
    fn uniform(&self, family: Family, around: (u128, u128), colours: u16) -> Option<Colour> {
        let quanta = self.quanta(family, around);
        let classes = quanta.iter().map(|at| self.quantum(family, *at));
        let mut classes = classes.flat_map(|(class, wrapped)| [Some(class), wrapped]).flatten();
        let first = colour(classes.next()?, colours)?;
        classes.all(|class| colour(class, colours) == Some(first)).then_some(first)
    }

    fn everyone_is_alike(&self, colours: u16) -> bool {
        let all = (0, u128::MAX);
        let quanta =
            Family::BOTH.map(|family| self.quanta(family, all).into_iter().map(move |at| (family, at)));
        let classes = quanta.into_iter().flatten().map(|(family, at)| self.quantum(family, at).0);
        let nowhere = colour(self.class_of_place(&Place::NOWHERE), colours);
        let clients = classes.filter(|class| *class != SPECIAL && *class != WRAPPED);
        nowhere.is_some() && clients.into_iter().all(|class| colour(class, colours) == nowhere)
    }

    fn scope(&self, family: Family, at: u128, length: u8, colours: u16) -> u8 {
        if self.everyone_is_alike(colours) {
            return 0;
        }
        let known = length.min(family.quantum());
        let alike = |length: &u8| self.uniform(family, block(at, *length), colours).is_some();
        (0..=known).find(alike).unwrap_or(family.quantum())
    }
}

/// Of the country with most, the place with most; ties to the lower; nowhere only if there is no country.
fn lead(parts: &[(u128, Place)]) -> Place {
    let mut places: BTreeMap<Place, u128> = BTreeMap::new();
    let mut countries: BTreeMap<Option<Country>, u128> = BTreeMap::new();
    for (size, place) in parts {
        let more = |sum: &mut u128| *sum = sum.saturating_add(*size);
        more(places.entry(*place).or_default());
        more(countries.entry(place.standing.country()).or_default());
    }
    let named = countries.iter().filter(|(country, _)| country.is_some());
    let best = named.min_by_key(|(country, size)| (u128::MAX - **size, **country));
    let country = best.and_then(|(country, _)| *country);
    let own = places.iter().filter(|(place, _)| place.standing.country() == country);
    *own.min_by_key(|(place, size)| (u128::MAX - **size, **place)).unwrap().0
}

fn mark(text: &str) -> u16 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    (hash >> 40) as u16
}

fn coloured(table: &Table, colours: u16) -> Vec<Option<Colour>> {
    let mut of: Vec<Option<Colour>> = Vec::new();
    for shape in table.sets() {
        let next = match shape {
            SetShape::One(class) => colour(*class, colours),
            SetShape::Union(left, right) => of[left.index()].filter(|one| of[right.index()] == Some(*one)),
        };
        of.push(next);
    }
    of
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn every_block_has_the_class_and_scope_of_the_definition(
        world in world(),
        asked in prop::collection::vec(address(), 6),
        classes in prop::sample::select(vec![1_u16, 3, 12, 900]),
        colours in 1..4_u16,
    ) {
        let edges: Vec<IpAddr> = world.database.iter().map(|(prefix, _)| prefix.last()).take(3).collect();
        let oracle = Oracle::new(world, classes);
        let table = oracle.table();
        let colour_of = coloured(&table, colours);
        for address in asked.into_iter().chain(edges) {
            let family = Family::of(address);
            for source in 0..=family.width() + 1 {
                let (family, at, length, offset) = inner(address, source.min(family.width()));
                let located = table.locate(address, source);
                let expected = oracle.class(family, at, length);
                prop_assert_eq!(located.class, expected, "class of {}/{}", address, source);
                if source > 50 && !LONG_SOURCES.contains(&source) {
                    continue;
                }
                let scope = table.scope(&located, |set| colour_of[set.index()].is_some());
                let inner = oracle.scope(family, at, length, colours);
                let everyone = oracle.everyone_is_alike(colours);
                let expected = if everyone { 0 } else { outer(address, source, inner, offset) };
                prop_assert_eq!(scope, expected, "scope of {}/{}", address, source);
            }
        }
    }

    #[test]
    fn inside_a_scope_every_block_of_the_same_length_reaches_the_same_colour(
        world in world(),
        asked in prop::collection::vec((address(), any::<u8>(), any::<u128>()), 30),
        colours in 1..4_u16,
    ) {
        let oracle = Oracle::new(world, 12);
        let table = oracle.table();
        let colour_of = coloured(&table, colours);
        for (address, source, other) in asked {
            let width = Family::of(address).width();
            let source = Family::of(address).quantum().max(source % (width + 1));
            let (family, _, length, _) = inner(address, source);
            // The classes of larger blocks are no part of the sets, and these colours are not made for them.
            if length < family.quantum() {
                continue;
            }
            let scope = table.scope(&table.locate(address, source), |set| colour_of[set.index()].is_some());
            let (first, last) = block(key(address), scope);
            let neighbour = Family::of(address).address(first | (other & (last - first)));
            let [one, two] = [address, neighbour].map(|address| table.locate(address, source).class);
            // One quantum may be its own scope whatever its colour; special space is located otherwise.
            let alike = one == two || colour(one, colours) == colour(two, colours);
            let otherwise = [one, two].iter().any(|class| [SPECIAL, WRAPPED].contains(class));
            prop_assert!(alike || (scope == 0 && otherwise), "{}/{} and {} in scope {}", address, source, neighbour, scope);
        }
    }
}

/// Places that lead a block by what lies beside its ranges, and places that do not.
#[test]
fn padding_leads_a_block_if_it_has_a_country_or_there_is_none() {
    let located = |(text, code): (&str, &str)| {
        let record = Record { country: Country::from_code(code), ..Record::default() };
        (text.parse::<Prefix>().unwrap(), record)
    };
    let beside = [("5.0.0.0/22", "DE"), ("5.0.4.0/24", "DE"), ("5.0.5.0/24", "FR"), ("5.0.6.0/24", "FR")];
    let alone = [("5.1.0.0/24", "DE"), ("5.1.1.0/24", "FR"), ("5.1.2.0/24", "FR")];
    let nowhere = [("5.2.0.0/24", "DE"), ("5.2.2.0/24", "FR")];
    let mut database: Vec<_> =
        [beside.as_slice(), &alone, &nowhere].concat().into_iter().map(located).collect();
    let numbered = Record { asn: Some(64500), ..Record::default() };
    database.extend(["5.3.0.0/23", "5.3.2.0/24"].map(|text| (text.parse().unwrap(), numbered)));
    let oracle = Oracle::new(World { database, overrides: Vec::new(), steering: Vec::new() }, 900);
    let table = oracle.table();
    for (text, length, leading) in [
        ("5.0.0.0", 20, "DE"),
        ("5.0.4.0", 22, "FR"),
        ("5.0.0.0", 21, "DE"),
        ("5.1.0.0", 21, "FR"),
        ("5.1.0.0", 20, "FR"),
        ("5.2.0.0", 21, "DE"),
        ("5.3.0.0", 22, ""),
        ("5.3.0.0", 21, ""),
    ] {
        let address: IpAddr = text.parse().unwrap();
        let parts = oracle.stretches(Family::V4, block(key(address), length));
        assert_eq!(lead(&parts).standing.country(), Country::from_code(leading), "{text}/{length}");
        let found = table.locate(address, length).class;
        assert_eq!(found, oracle.class(Family::V4, key(address), length), "{text}/{length}");
    }
}

/// Where something changes: quanta, inner addresses, their quanta, the end.
const LONG_SOURCES: [u8; 12] = [55, 56, 57, 64, 80, 96, 97, 112, 120, 127, 128, 129];

/// Unwrapping by the definition: family, key, known bits, bits before the inner address.
fn inner(address: IpAddr, source: u8) -> (Family, u128, u8, u8) {
    let at = key(address);
    let plain = (Family::of(address), at, source, 0);
    if address.is_ipv4() {
        return plain;
    }
    let bits = |inner: u128| (inner & 0xffff_ffff) << 96;
    let inside = |wrapping: &&special::Wrapping| {
        at >> (128 - wrapping.length) == wrapping.prefix >> (128 - wrapping.length)
    };
    let Some(wrapping) = WRAPPINGS.iter().find(inside) else {
        return plain;
    };
    let teredo = wrapping.prefix == 0x2001_u128 << 112;
    let (offset, v4) = match wrapping.length {
        16 => (16, bits(at >> 80)),
        _ if teredo => (96, bits(!at)),
        _ => (96, bits(at)),
    };
    if source <= offset { plain } else { (Family::V4, v4, (source - offset).min(32), offset) }
}

/// A scope as the outer address shows it.
fn outer(address: IpAddr, source: u8, inner: u8, offset: u8) -> u8 {
    if offset > 0 {
        return if inner == 1 { inner + offset } else { (inner + offset).max(offset) };
    }
    // A family alone is never everyone.
    let inner = inner.max(1);
    if address.is_ipv4() || source <= 96 {
        return inner;
    }
    // A long source outside: it must not share a scope with a /96 that wraps.
    let reaching = WRAPPINGS.iter().filter(|wrapping| wrapping.offset == 96 && wrapping.length == 96);
    let mut scope = inner;
    for wrapping in reaching {
        let (first, last) = block(key(address), scope);
        if first <= wrapping.prefix && wrapping.prefix <= last {
            let apart = (key(address) ^ wrapping.prefix).leading_zeros() as u8;
            scope = scope.max(apart + 1);
        }
    }
    scope
}
