//! The frozen lookup table: address and source length → class, and the scope of an answer.
//! Nothing here allocates or loops without bound; `draw` builds it.

use std::net::IpAddr;

use super::{
    atlas::Atlas,
    draw::draw,
    family::Family,
    index::{Index, LongIndex, ShortIndex},
    place::PlaceId,
    plane::{Found, Plane},
    sets::{ClassId, SetId, SetShape},
    unwrap::Lookup,
};

/// An atlas with every place's class drawn in.
#[derive(Clone, Debug)]
pub struct Table {
    pub(super) v4: Plane<ShortIndex>,
    pub(super) v6: Plane<LongIndex>,
    pub(super) sets: Vec<SetShape>,
    /// For each class, the set of it alone.
    pub(super) one: Vec<SetId>,
    pub(super) everything: SetId,
}

/// Where a block is, as far as the policy can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Located {
    /// The class of the whole block.
    pub class: ClassId,
    family: Family,
    offset: u8,
    floor: u8,
    found: Found,
    key: u64,
}

impl Located {
    /// A number of its own for each quantum of either family: of the address inside, where it was unwrapped.
    #[inline]
    pub fn quantum(&self) -> u64 {
        let cut = u64::MAX << (64 - self.family.quantum());
        self.key & cut | u64::from(self.family == Family::V6)
    }
}

impl Table {
    /// Draws classes into an atlas. `class_of_place` is asked once for each place. `class_of_block` is asked for
    /// blocks that hold several classes (in order, each once) and the class of the place that leads; it is asked
    /// once for each such pair. Where all is of the lead's class, that is the block's class unasked. `u16::MAX` is no
    /// class.
    pub fn build(
        atlas: &Atlas,
        class_of_place: impl FnMut(PlaceId) -> ClassId,
        class_of_block: impl FnMut(&[ClassId], ClassId) -> ClassId,
    ) -> Self {
        draw(atlas, class_of_place, class_of_block)
    }

    /// The class of the block of `source` bits around an address. The address is unwrapped and cut to its
    /// quantum; a source longer than the address means all of it.
    #[inline]
    pub fn locate(&self, address: IpAddr, source: u8) -> Located {
        let Lookup { family, key, length, offset, floor } = Lookup::new(address, source);
        let (class, found) = match family {
            Family::V4 => self.v4.locate(key, length),
            Family::V6 => self.v6.locate(key, length),
        };
        Located { class, family, offset, floor, found, key }
    }

    /// The length of the largest prefix around what was located whose set of classes is uniform; 0 if all
    /// classes of both families are; at least a quantum if not even the block is.
    ///
    /// `uniform` says whether a set's classes are answered alike. Then blocks inside must be answered so too: it
    /// holds for every part of a set that it holds for, and for the classes of blocks made of such parts. It must
    /// hold for no set in which special or wrapped space meets another class.
    pub fn scope(&self, located: &Located, uniform: impl Fn(SetId) -> bool) -> u8 {
        if uniform(self.everything) {
            return 0;
        }
        let scope = match located.family {
            Family::V4 => self.v4.scope(located.key, located.found, &self.one, uniform),
            Family::V6 => self.v6.scope(located.key, located.found, &self.one, uniform),
        };
        // A whole family that is answered alike is not yet everyone: 0 would speak for the other family too.
        (scope + located.offset).max(located.floor).max(1)
    }

    /// How each set is made; a set comes after those it is made of.
    pub fn sets(&self) -> &[SetShape] {
        &self.sets
    }

    /// The number of every set, in the order of [`Table::sets`].
    pub fn set_ids(&self) -> impl Iterator<Item = SetId> + use<> {
        (0..self.sets.len() as u32).map(SetId)
    }

    /// The set of every class that a client can be answered by: all but those of special and wrapped space,
    /// whose clients are located otherwise.
    pub fn everything(&self) -> SetId {
        self.everything
    }

    /// The set of one class; `None` for a class that no quantum has.
    pub fn set_of(&self, class: ClassId) -> Option<SetId> {
        let set = self.one.get(usize::from(class.0)).copied();
        set.filter(|set| self.sets[set.index()] == SetShape::One(class))
    }

    /// All space of a family in order, whole quanta: first address, last address, class.
    pub fn ranges(&self, family: Family) -> impl Iterator<Item = (IpAddr, IpAddr, ClassId)> + '_ {
        let (starts, classes): (Box<dyn Fn(usize) -> u64 + '_>, &[ClassId]) = match family {
            Family::V4 => (Box::new(|range| self.v4.index.start(range)), &self.v4.classes),
            Family::V6 => (Box::new(|range| self.v6.index.start(range)), &self.v6.classes),
        };
        (0..classes.len()).map(move |range| {
            let first = u128::from(starts(range)) << 64;
            let is_last = range + 1 == classes.len();
            let last = if is_last { u128::MAX } else { (u128::from(starts(range + 1)) << 64) - 1 };
            (family.address(first), family.address(last), classes[range])
        })
    }

    /// Ranges, blocks, sets: what the table is made of.
    pub fn size(&self) -> TableSize {
        TableSize {
            ranges: [self.v4.classes.len(), self.v6.classes.len()],
            blocks: [self.v4.blocks.len(), self.v6.blocks.len()],
            sets: self.sets.len(),
            bytes: self.memory(),
        }
    }

    /// Bytes in memory.
    pub fn memory(&self) -> usize {
        let sets = size_of_val(self.sets.as_slice()) + size_of_val(self.one.as_slice());
        self.v4.memory() + self.v6.memory() + sets
    }
}

/// What a table is made of; pairs are IPv4 and IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableSize {
    /// Ranges of one location.
    pub ranges: [usize; 2],
    /// Blocks that hold several ranges.
    pub blocks: [usize; 2],
    /// Distinct sets of classes.
    pub sets: usize,
    /// Memory.
    pub bytes: usize,
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::geo::{Database, Steering};

    fn of_places() -> Table {
        let atlas = Atlas::compile(&Database::built_in(), &[], Steering::default());
        Table::build(&atlas, |place| ClassId(place.0 as u16), |_, lead| lead)
    }

    fn quantum(table: &Table, address: &str) -> u64 {
        table.locate(address.parse().expect("an address"), 128).quantum()
    }

    #[test]
    fn a_quantum_has_a_number_of_its_own() {
        let table = of_places();
        let alike = [
            ("81.2.69.1", "81.2.69.254"),
            ("2a02:fb80::1", "2a02:fb80:0:ff::1"),
            ("81.2.69.1", "64:ff9b::5102:4501"),
        ];
        for (one, other) in alike {
            assert_eq!(quantum(&table, one), quantum(&table, other), "{one} {other}");
        }
        let apart =
            ["81.2.69.1", "81.2.68.1", "81.2.70.1", "2a02:fb80::1", "2a02:fb80:0:100::1", "2a02:fb80:1::1"];
        let numbers: std::collections::BTreeSet<u64> = apart.iter().map(|one| quantum(&table, one)).collect();
        assert_eq!(numbers.len(), apart.len());
    }

    #[test]
    fn a_scope_grows_over_all_that_is_answered_alike() {
        let table = of_places();
        for address in ["81.2.69.1", "2a02:fb80::1", "20.49.0.1", "91.10.0.1"] {
            let located = table.locate(address.parse::<IpAddr>().expect("an address"), 24);
            assert_eq!(table.scope(&located, |_| true), 0, "{address}: all answers are alike");
            let own = table.scope(&located, |set| set != table.everything);
            assert_eq!(own, 1, "{address}: those of its family are");
            assert!(table.scope(&located, |_| false) > 0, "{address}: none are");
        }
    }
}
