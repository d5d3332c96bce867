//! A small policy over a geo table: four regions, each place in order of distance, and a fence for the EEA. What a
//! class is here: a fence and an order. Used by the geo tests and the geo bench.

use std::collections::HashMap;

use meridian::geo::{
    Atlas, ClassId, Coordinates, Country, Database, Place, SetShape, Standing, Steering, Table, group,
};

/// How the answers for one class are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Class {
    /// Special and wrapped space is nobody's answer.
    kind: Kind,
    /// One bit a region.
    fence: u8,
    order: [u8; 4],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Client,
    Special,
    Wrapped,
}

/// What a client of a class is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// A region, by number.
    Region(u8),
    /// Located otherwise.
    Special,
    /// Located otherwise.
    Wrapped,
}

/// The classes so far.
#[derive(Default)]
pub(crate) struct Policy {
    pub(crate) classes: Vec<Class>,
    ids: HashMap<Class, ClassId>,
}

const REGIONS: [(f64, f64); 4] = [(38.95, -77.45), (53.35, -6.26), (50.11, 8.68), (1.35, 103.82)];
const EVERYWHERE: u8 = 0b1111;
const EU: u8 = 0b0110;

impl Policy {
    pub(crate) fn class_of_place(&mut self, place: &Place) -> ClassId {
        let kind = match place.standing {
            Standing::Special => Kind::Special,
            Standing::Wrapped => Kind::Wrapped,
            Standing::Located(_) | Standing::Unlocated => Kind::Client,
        };
        let country = place.standing.country();
        let fence = if country.is_none_or(is_fenced) { EU } else { EVERYWHERE };
        let centroid = country.and_then(Country::centroid);
        self.intern(Class { kind, fence, order: centroid.map_or([0, 1, 2, 3], nearest) })
    }

    pub(crate) fn class_of_block(&mut self, members: &[ClassId], lead: ClassId) -> ClassId {
        let fence = members.iter().fold(EVERYWHERE, |fence, class| fence & self.of(*class).fence);
        let order = self.of(lead).order;
        self.intern(Class { kind: Kind::Client, fence, order })
    }

    pub(crate) fn answer(&self, class: ClassId) -> Answer {
        let class = self.of(class);
        match class.kind {
            Kind::Special => Answer::Special,
            Kind::Wrapped => Answer::Wrapped,
            Kind::Client => {
                let allowed = |region: &u8| class.fence & (1 << region) != 0;
                Answer::Region(class.order.into_iter().find(allowed).expect("the two fences have regions"))
            }
        }
    }

    /// For each set of a table, the one answer that all of it gets.
    pub(crate) fn answers(&self, table: &Table) -> Vec<Option<Answer>> {
        let mut answers: Vec<Option<Answer>> = Vec::with_capacity(table.sets().len());
        for shape in table.sets() {
            answers.push(match shape {
                SetShape::One(class) => Some(self.answer(*class)),
                SetShape::Union(left, right) => {
                    answers[left.index()].filter(|one| answers[right.index()] == Some(*one))
                }
            });
        }
        answers
    }

    fn of(&self, class: ClassId) -> Class {
        self.classes[usize::from(class.0)]
    }

    fn intern(&mut self, class: Class) -> ClassId {
        *self.ids.entry(class).or_insert_with(|| {
            self.classes.push(class);
            ClassId(u16::try_from(self.classes.len() - 1).expect("4! orders in a few fences"))
        })
    }
}

/// The built-in database without overrides.
pub(crate) fn atlas() -> Atlas {
    Atlas::compile(&Database::built_in(), &[], Steering::default())
}

/// A table of this policy.
pub(crate) fn table(atlas: &Atlas) -> (Table, Policy) {
    let policy = std::cell::RefCell::new(Policy::default());
    let table = Table::build(
        atlas,
        |place| policy.borrow_mut().class_of_place(atlas.place(place)),
        |members, lead| policy.borrow_mut().class_of_block(members, lead),
    );
    (table, policy.into_inner())
}

fn is_fenced(country: Country) -> bool {
    group("@EEA").expect("a named group").contains(&country)
}

fn nearest(from: Coordinates) -> [u8; 4] {
    let distance = |region: &u8| {
        let (latitude, longitude) = REGIONS[usize::from(*region)];
        Coordinates::new(latitude, longitude).expect("on the globe").distance_km(from)
    };
    let mut order = [0, 1, 2, 3];
    order.sort_by(|one, other| distance(one).total_cmp(&distance(other)));
    order
}
