//! Builds a table: gives every range its class, and every block its set of classes and the class of each lead.

use super::{
    atlas::Atlas,
    family::Family,
    index::Index,
    place::{Location, LocationId, Place, PlaceId, Standing},
    plane::{Block, Led, Plane},
    quanta::Quanta,
    quick::Quick,
    sets::{ClassId, SetId, Sets},
    table::Table,
    trie::{NONE, Node, Trie},
};

pub(super) fn draw(
    atlas: &Atlas,
    class_of_place: impl FnMut(PlaceId) -> ClassId,
    class_of_block: impl FnMut(&[ClassId], ClassId) -> ClassId,
) -> Table {
    let places: Vec<ClassId> = (0..atlas.places().len() as u32).map(PlaceId).map(class_of_place).collect();
    let (sets, blocks) = (Sets::default(), Quick::default());
    let mut pen =
        Pen { atlas, places, sets, blocks, class_of_block, classes: Vec::new(), reached: Vec::new() };
    pen.locations();
    let everything = pen.everything();
    let v4 = pen.plane(Family::V4);
    let v6 = pen.plane(Family::V6);
    let one = pen.ones();
    Table { v4, v6, sets: pen.sets.shapes, one, everything }
}

struct Pen<'a, F> {
    atlas: &'a Atlas,
    /// The class of each place.
    places: Vec<ClassId>,
    sets: Sets,
    /// The class of a block, by its set and the class of its lead.
    blocks: Quick<(SetId, ClassId), ClassId>,
    class_of_block: F,
    /// By location: its class …
    classes: Vec<ClassId>,
    /// … and the classes that a scope over it reaches.
    reached: Vec<SetId>,
}

impl<F: FnMut(&[ClassId], ClassId) -> ClassId> Pen<'_, F> {
    fn locations(&mut self) {
        for location in self.atlas.locations() {
            let class = self.class_of_location(location);
            let wrapped = match self.atlas.location(location) {
                Location::Mixed(mixture) => mixture.wrapped,
                Location::Pure(_) => None,
            };
            let mut reached = self.sets.one(class);
            if let Some(place) = wrapped {
                let wrapped = self.sets.one(self.places[place.index()]);
                reached = self.sets.union(reached, wrapped);
            }
            self.classes.push(class);
            self.reached.push(reached);
        }
    }

    fn class_of_location(&mut self, location: LocationId) -> ClassId {
        let lead = self.places[self.atlas.lead(location).index()];
        let Location::Mixed(mixture) = self.atlas.location(location) else {
            return lead;
        };
        let mut set = self.sets.one(lead);
        for member in &mixture.members {
            let one = self.sets.one(self.places[member.place.index()]);
            set = self.sets.union(set, one);
        }
        self.class_of_block(set, lead)
    }

    fn class_of_block(&mut self, set: SetId, lead: ClassId) -> ClassId {
        let members = self.sets.members(set);
        if members == [lead] {
            return lead;
        }
        if let Some(known) = self.blocks.get(&(set, lead)) {
            return *known;
        }
        let class = (self.class_of_block)(members, lead);
        self.blocks.insert((set, lead), class);
        class
    }

    /// The classes that quanta of clients have, and that of nowhere.
    fn everything(&mut self) -> SetId {
        let places = self.atlas.places();
        let nowhere = places.binary_search(&Place::NOWHERE).expect("an atlas has the place that is nowhere");
        let is_client = |location: &LocationId| match self.atlas.location(*location) {
            Location::Pure(place) => {
                matches!(places[place.index()].standing, Standing::Located(_) | Standing::Unlocated)
            }
            Location::Mixed(_) => true,
        };
        let quanta = Family::BOTH.map(|family| &self.atlas.quanta(family).locations);
        let clients = quanta.into_iter().flatten().filter(|location| is_client(location));
        let mut classes: Vec<_> = clients.map(|location| self.classes[location.index()]).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut all = self.sets.one(self.places[nowhere]);
        for class in classes {
            let one = self.sets.one(class);
            all = self.sets.union(all, one);
        }
        all
    }

    fn plane<I: Index>(&mut self, family: Family) -> Plane<I> {
        let quanta = self.atlas.quanta(family);
        let trie = Trie::build(quanta, self.atlas.mixtures(), self.atlas.leaders());
        let none = SetId(0);
        let class = ClassId(0);
        let empty = Block { parent: NONE, set: none, own: class, sides: [None; 2], depth: 0 };
        let mut blocks = vec![empty; trie.nodes.len()];
        let mut told_apart = vec![false; trie.nodes.len()];
        for id in &trie.order {
            let node = &trie.nodes[*id as usize];
            let [left, right] = [0, 1].map(|side| match node.halves[side] {
                NONE => self.reached[quanta.locations[node.edges[side] as usize].index()],
                half => blocks[half as usize].set,
            });
            let set = self.sets.union(left, right);
            let own = self.class_of_block(set, self.places[node.lead.index()]);
            let sides =
                if has_padding(node, &trie.nodes) { self.sides(quanta, node, set) } else { [None; 2] };
            let block = Block { parent: node.parent, set, own, sides, depth: node.depth };
            let halves = node.halves.iter().filter(|half| **half != NONE);
            told_apart[*id as usize] = halves.clone().any(|half| told_apart[*half as usize])
                || !block.is_of_one_class(self.sets.members(set));
            blocks[*id as usize] = block;
        }
        let classes = quanta.locations.iter().map(|location| self.classes[location.index()]).collect();
        Joined { starts: quanta.starts.clone(), classes, blocks }.keep(&told_apart).plane(quanta.family)
    }

    fn sides(&mut self, quanta: &Quanta, node: &Node, set: SetId) -> [Option<Led>; 2] {
        node.edges.map(|edge| {
            let location = quanta.locations[edge as usize];
            // A mixture has no room beyond the block.
            let Location::Pure(place) = self.atlas.location(location) else {
                return None;
            };
            let can_lead =
                self.atlas.leaders().is_located(place) || !self.atlas.leaders().is_located(node.lead);
            can_lead.then(|| Led::by(self.class_of_block(set, self.places[place.index()])))
        })
    }

    fn ones(&mut self) -> Vec<SetId> {
        let most = self.classes.iter().max().map_or(0, |class| usize::from(class.0));
        let mut one = vec![SetId(0); most + 1];
        for class in &self.classes {
            one[usize::from(class.0)] = self.sets.one(*class);
        }
        one
    }
}

/// A plane under construction: block `n` is that of the boundary behind range `n`; those that join others follow.
struct Joined {
    starts: Vec<u64>,
    classes: Vec<ClassId>,
    blocks: Vec<Block>,
}

impl Joined {
    /// Leaves out the blocks in which nothing is told apart: ranges that only they part become one. Whatever holds a
    /// block that stays, stays, so the way up from it is as it was.
    fn keep(&self, told_apart: &[bool]) -> Self {
        let boundaries = self.starts.len() - 1;
        let stays = |boundary: &usize| told_apart[*boundary];
        let ranges = || [0].into_iter().chain((0..boundaries).filter(stays).map(|boundary| boundary + 1));
        let mut number = 0;
        let numbers: Vec<u32> = told_apart
            .iter()
            .map(|stays| {
                let own = number;
                number += u32::from(*stays);
                own
            })
            .collect();
        let blocks = self.blocks.iter().zip(told_apart).filter(|(_, stays)| **stays).map(|(block, _)| {
            let parent = numbers.get(block.parent as usize).copied().unwrap_or(NONE);
            Block { parent, ..*block }
        });
        Self {
            starts: ranges().map(|range| self.starts[range]).collect(),
            classes: ranges().map(|range| self.classes[range]).collect(),
            blocks: blocks.collect(),
        }
    }

    fn plane<I: Index>(self, family: Family) -> Plane<I> {
        let index = I::new(&self.starts);
        Plane { index, classes: self.classes, blocks: self.blocks, quantum: family.quantum() }
    }
}

/// Whether there are blocks between a node and the next larger one.
fn has_padding(node: &Node, nodes: &[Node]) -> bool {
    let above = nodes.get(node.parent as usize).map_or(0, |parent| parent.depth + 1);
    node.depth > above
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geo::{Database, Steering};

    #[test]
    fn a_table_keeps_no_block_in_which_nothing_is_told_apart() {
        let atlas = Atlas::compile(&Database::built_in(), &[], Steering::default());
        let (alike, size) = (ClassId(7), |table: Table| table.size().blocks);
        assert_eq!(size(draw(&atlas, |_| alike, |_, lead| lead)), [0, 0]);
        let apart = size(draw(&atlas, |place| ClassId(place.0 as u16), |_, lead| lead));
        assert!(apart.iter().all(|blocks| *blocks > 10_000), "places of their own: {apart:?}");
    }
}
