//! One family of a table: ranges with their classes, and the blocks that hold several ranges.
//! Every walk goes up from a boundary and ends at the top: 24 or 56 steps at most.

use std::num::NonZero;

use super::{
    index::Index,
    sets::{ClassId, SetId},
    trie::NONE,
};

/// Keys are the top 64 bits.
#[derive(Clone, Debug)]
pub(super) struct Plane<I> {
    pub(super) index: I,
    /// By range.
    pub(super) classes: Vec<ClassId>,
    /// The trie's nodes, in its numbering.
    pub(super) blocks: Vec<Block>,
    /// Bits of a quantum.
    pub(super) quantum: u8,
}

/// A block with a boundary in it, and the classes of the larger blocks up to its parent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Block {
    pub(super) parent: u32,
    /// The classes of all quanta inside.
    pub(super) set: SetId,
    /// The class of the block itself …
    pub(super) own: ClassId,
    /// … and those of a larger block in which the place at the left, or right, edge leads.
    pub(super) sides: [Option<Led>; 2],
    pub(super) depth: u8,
}

/// A class by the lead of an edge; there is none where that edge cannot lead. In two octets with that: a table has
/// some hundred thousand blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Led(NonZero<u16>);

impl Led {
    pub(super) fn by(ClassId(class): ClassId) -> Self {
        Self(NonZero::new(!class).expect("the last number is no class: `Table::build` is not given it"))
    }

    fn class(self) -> ClassId {
        ClassId(!self.0.get())
    }
}

/// What a lookup found: a range, or a block that holds several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Range(u32),
    Block(u32),
}

impl Block {
    /// Whether nothing in it is told apart: `classes`, those of its set, are one, and every block between it and its
    /// parent is of that class too.
    pub(super) fn is_of_one_class(&self, classes: &[ClassId]) -> bool {
        classes == [self.own] && self.sides.iter().flatten().all(|led| led.class() == self.own)
    }
}

impl<I: Index> Plane<I> {
    /// The class of the block of `length` bits around a key, quanta at the smallest.
    #[inline]
    pub(super) fn locate(&self, key: u64, length: u8) -> (ClassId, Found) {
        if length >= self.quantum {
            let range = self.index.find(key);
            return (self.classes[range], Found::Range(range as u32));
        }
        self.locate_block(key, length)
    }

    fn locate_block(&self, key: u64, length: u8) -> (ClassId, Found) {
        let beyond = u64::MAX >> length;
        let range = self.index.find(key & !beyond);
        if self.index.find(key | beyond) == range {
            return (self.classes[range], Found::Range(range as u32));
        }
        let block = self.topmost(range as u32, length);
        (self.class(block, range, length), Found::Block(block))
    }

    /// The topmost block from a boundary on that is not larger than `length` bits.
    fn topmost(&self, boundary: u32, length: u8) -> u32 {
        let mut at = boundary;
        loop {
            let parent = self.blocks[at as usize].parent;
            if parent == NONE || self.blocks[parent as usize].depth < length {
                return at;
            }
            at = parent;
        }
    }

    /// The class of the `length` bits around a block that is topmost in them. What is added to the block is
    /// padding: halves, each larger than all before it, in one place each, so the last one leads if it can.
    fn class(&self, block: u32, boundary: usize, length: u8) -> ClassId {
        let block = &self.blocks[block as usize];
        if block.depth == length {
            return block.own;
        }
        // A 0 in the block's prefix: it is a left half, and the padding is on its right.
        let padding = !(self.index.start(boundary + 1) << length) >> (64 - (block.depth - length));
        let last = usize::from(padding >> (block.depth - length - 1) == 1);
        let has_other = padding.count_ones() != if last == 1 { u32::from(block.depth - length) } else { 0 };
        let other = block.sides[1 - last].filter(|_| has_other);
        block.sides[last].or(other).map_or(block.own, Led::class)
    }

    /// The shortest prefix around a key in which the classes are uniform; a quantum where they are not.
    pub(super) fn scope(&self, key: u64, found: Found, one: &[SetId], uniform: impl Fn(SetId) -> bool) -> u8 {
        let (start, scope) = match found {
            Found::Block(block) => {
                if !uniform(self.blocks[block as usize].set) {
                    return self.quantum;
                }
                (block, None)
            }
            Found::Range(range) => {
                if !uniform(one[usize::from(self.classes[range as usize].0)]) {
                    return self.quantum;
                }
                let Some((boundary, shared)) = self.nearest(key, range) else {
                    return 0;
                };
                (self.topmost(boundary, shared), Some(shared + 1))
            }
        };
        self.climb(start, scope, uniform)
    }

    /// The end of a range that shares more bits with the key, and how many.
    fn nearest(&self, key: u64, range: u32) -> Option<(u32, u8)> {
        let shared = |other: u64| (key ^ other).leading_zeros() as u8;
        let before =
            range.checked_sub(1).map(|left| (left, shared(self.index.start_near(range as usize, key) - 1)));
        let last = range as usize + 1 == self.classes.len();
        let after = (!last).then(|| (range, shared(self.index.start_near(range as usize + 1, key))));
        before.into_iter().chain(after).max_by_key(|(_, shared)| *shared)
    }

    /// Goes up from a block while the sets are uniform. `known` is a scope that holds without the block.
    fn climb(&self, start: u32, known: Option<u8>, uniform: impl Fn(SetId) -> bool) -> u8 {
        let mut block = &self.blocks[start as usize];
        if let Some(scope) = known
            && !uniform(block.set)
        {
            return scope;
        }
        while block.parent != NONE {
            let parent = &self.blocks[block.parent as usize];
            if parent.set != block.set && !uniform(parent.set) {
                return parent.depth + 1;
            }
            block = parent;
        }
        0
    }

    pub(super) fn memory(&self) -> usize {
        let blocks = size_of_val(self.blocks.as_slice());
        self.index.memory() + size_of_val(self.classes.as_slice()) + blocks
    }
}
