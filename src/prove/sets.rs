//! Sets of classes as bits: those that blocks really hold, and those that the table claims for them.

use std::collections::{HashMap, HashSet};

use crate::geo::{ClassId, SetId, SetShape, Table};

/// The classes of a set, a bit each.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bits(Box<[u64]>);

/// Which classes each set of a table claims.
#[derive(Debug)]
pub(super) struct Claims(Vec<Bits>);

impl Claims {
    pub(super) fn new(table: &Table, classes: usize) -> Self {
        let mut claims: Vec<Bits> = Vec::with_capacity(table.sets().len());
        for shape in table.sets() {
            claims.push(match *shape {
                SetShape::One(class) => Bits::one(class, classes),
                SetShape::Union(left, right) => claims[left.index()].or(&claims[right.index()]),
            });
        }
        Self(claims)
    }

    /// The classes that a set claims.
    pub(super) fn members(&self, set: SetId) -> Vec<ClassId> {
        self.0[set.index()].members()
    }
}

/// Sets that were met, each once.
#[derive(Debug, Default)]
pub(super) struct Met {
    classes: usize,
    sets: Vec<Bits>,
    ids: HashMap<Bits, u32>,
    unions: HashMap<(u32, u32), u32>,
    /// Pairs of a met set and a claim that holds all of it.
    within: HashSet<(u32, SetId)>,
}

impl Met {
    pub(super) fn new(classes: usize) -> Self {
        Self { classes, ..Self::default() }
    }

    pub(super) fn one(&mut self, class: ClassId) -> u32 {
        self.id(Bits::one(class, self.classes))
    }

    pub(super) fn union(&mut self, left: u32, right: u32) -> u32 {
        if left == right {
            return left;
        }
        let pair = (left.min(right), left.max(right));
        if let Some(known) = self.unions.get(&pair) {
            return *known;
        }
        let id = self.id(self.sets[left as usize].or(&self.sets[right as usize]));
        self.unions.insert(pair, id);
        id
    }

    pub(super) fn members(&self, set: u32) -> Vec<ClassId> {
        self.sets[set as usize].members()
    }

    /// Whether a claim holds all of a met set.
    pub(super) fn is_within(&mut self, set: u32, claim: SetId, claims: &Claims) -> bool {
        self.within.contains(&(set, claim)) || {
            self.sets[set as usize].is_within(&claims.0[claim.index()]) && self.within.insert((set, claim))
        }
    }

    fn id(&mut self, bits: Bits) -> u32 {
        let next = self.sets.len() as u32;
        *self.ids.entry(bits).or_insert_with_key(|bits| {
            self.sets.push(bits.clone());
            next
        })
    }
}

impl Bits {
    fn one(class: ClassId, classes: usize) -> Self {
        let mut bits = vec![0; classes.div_ceil(64)];
        bits[class.index() / 64] |= 1 << (class.index() % 64);
        Self(bits.into())
    }

    fn or(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(one, other)| one | other).collect())
    }

    fn is_within(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one & !other == 0)
    }

    fn members(&self) -> Vec<ClassId> {
        let held = |at: &usize| self.0[at / 64] >> (at % 64) & 1 == 1;
        (0..self.0.len() * 64).filter(held).map(|at| ClassId(at as u16)).collect()
    }
}
