//! Sets of classes, each held once. A set is one class or the union of two earlier sets, so a caller folds any
//! value over all of them in one pass.

use std::cmp::Ordering;

use super::quick::Quick;

/// A class of places: a number that the caller gives. Places of one class are answered alike.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClassId(pub u16);

/// A set of classes of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetId(pub(super) u32);

/// How a set is made of earlier ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetShape {
    /// Of one class.
    One(ClassId),
    /// Of all the classes of two sets with lower numbers.
    Union(SetId, SetId),
}

impl ClassId {
    /// The number as a slice position.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

impl SetId {
    /// Position in [`super::Table::sets`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Sets while they are being found.
#[derive(Default)]
pub(super) struct Sets {
    pub(super) shapes: Vec<SetShape>,
    /// The classes of all sets, each in order, one set after the other …
    members: Vec<ClassId>,
    /// … and where each ends.
    ends: Vec<usize>,
    ids: Quick<Box<[ClassId]>, SetId>,
    unions: Quick<(SetId, SetId), SetId>,
    both: Vec<ClassId>,
}

impl Sets {
    pub(super) fn one(&mut self, class: ClassId) -> SetId {
        self.both.clear();
        self.both.push(class);
        self.find_or_add(SetShape::One(class))
    }

    pub(super) fn union(&mut self, left: SetId, right: SetId) -> SetId {
        if left == right {
            return left;
        }
        let pair = (left.min(right), left.max(right));
        if let Some(known) = self.unions.get(&pair) {
            return *known;
        }
        let mut both = std::mem::take(&mut self.both);
        both.clear();
        merge(self.members(left), self.members(right), &mut both);
        self.both = both;
        let id = self.find_or_add(SetShape::Union(pair.0, pair.1));
        self.unions.insert(pair, id);
        id
    }

    pub(super) fn members(&self, set: SetId) -> &[ClassId] {
        let first = set.index().checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.members[first..self.ends[set.index()]]
    }

    /// The set of the classes in `both`.
    fn find_or_add(&mut self, shape: SetShape) -> SetId {
        if let Some(known) = self.ids.get(self.both.as_slice()) {
            return *known;
        }
        let id = SetId(self.shapes.len() as u32);
        self.shapes.push(shape);
        self.members.extend_from_slice(&self.both);
        self.ends.push(self.members.len());
        self.ids.insert(self.both.as_slice().into(), id);
        id
    }
}

/// Appends the classes of both, in order, each once.
fn merge(mut left: &[ClassId], mut right: &[ClassId], both: &mut Vec<ClassId>) {
    while let ([one, lefts @ ..], [other, rights @ ..]) = (left, right) {
        both.push(*one.min(other));
        (left, right) = match one.cmp(other) {
            Ordering::Less => (lefts, right),
            Ordering::Greater => (left, rights),
            Ordering::Equal => (lefts, rights),
        };
    }
    both.extend_from_slice(left);
    both.extend_from_slice(right);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_held_once_however_it_is_made() {
        let mut sets = Sets::default();
        let [a, b, c] = [3, 1, 2].map(|class| sets.one(ClassId(class)));
        assert_eq!(sets.one(ClassId(3)), a);
        let ab = sets.union(a, b);
        let left = sets.union(ab, c);
        let bc = sets.union(b, c);
        let right = sets.union(a, bc);
        assert_eq!(left, right);
        assert_eq!(sets.union(left, ab), left);
        assert_eq!(sets.members(left), [ClassId(1), ClassId(2), ClassId(3)]);
    }

    #[test]
    fn a_union_comes_after_its_parts() {
        let mut sets = Sets::default();
        let mut all = sets.one(ClassId(0));
        for class in 1..50 {
            let one = sets.one(ClassId(class));
            all = sets.union(one, all);
        }
        for (at, shape) in sets.shapes.iter().enumerate() {
            if let SetShape::Union(left, right) = shape {
                assert!(left.index() < at && right.index() < at, "{shape:?} at {at}");
            }
        }
    }
}
