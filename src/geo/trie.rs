//! The blocks that hold more than one range, as a path-compressed binary trie.
//!
//! A *boundary* lies between two neighbouring ranges. The smallest block around it is its node, and the boundary
//! is that block's middle, so no two boundaries share a node. Two nodes that are apart may have a smallest common
//! block without a boundary in its middle: that is a node too. So the nodes are closed under "smallest common
//! block", and every block that holds a boundary has a topmost node; between the two lies padding of one place.
//!
//! ```text
//!   ranges   |  A  |     B      |  C  |
//!   block    [------------------------]   no boundary in the middle, but a node: it joins
//!   nodes    [--A|B--]      [--B|C--]     these two
//! ```
//!
//! Each node knows its lead: the place that has most of the block (see [`Leaders`]).

use std::cmp::Ordering;

use super::{
    leaders::Leaders,
    place::{Member, Mixture, PlaceId},
    quanta::{Quanta, add},
};

/// Nodes 0 to n−2 are those of the boundaries of n ranges; joining nodes follow.
#[derive(Clone, Debug)]
pub(super) struct Trie {
    pub(super) nodes: Vec<Node>,
    /// Every node after those below it.
    pub(super) order: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// Length of the block.
    pub(super) depth: u8,
    /// The next larger node, or `NONE` at the top.
    pub(super) parent: u32,
    /// The topmost node in either half, or `NONE` where the half is of one range.
    pub(super) halves: [u32; 2],
    /// The first and the last range in the block.
    pub(super) edges: [u32; 2],
    pub(super) lead: PlaceId,
}

/// No node.
pub(super) const NONE: u32 = u32::MAX;

impl Trie {
    pub(super) fn build(quanta: &Quanta, mixtures: &[Mixture], leaders: &Leaders) -> Self {
        let mut trie = Shape::build(&quanta.starts);
        Leads { quanta, mixtures, leaders, parts: Vec::new(), open: Vec::new() }.fill(&mut trie);
        trie
    }
}

/// The stack of nodes whose right half is still open, from the top down.
struct Shape {
    trie: Trie,
    open: Vec<u32>,
}

impl Shape {
    fn build(starts: &[u64]) -> Trie {
        let depth = |start: u64| (start ^ (start - 1)).leading_zeros() as u8;
        let boundaries = starts.iter().skip(1).zip(0_u32..);
        let nodes = boundaries.map(|(start, left)| Node::new(depth(*start), [left, left + 1])).collect();
        let mut shape = Self { trie: Trie { nodes, order: Vec::new() }, open: Vec::new() };
        for boundary in 0..starts.len() - 1 {
            if let Some(depth) = shape.joint(starts, boundary) {
                shape.trie.nodes.push(Node::new(depth, [boundary as u32; 2]));
                shape.put(shape.trie.nodes.len() as u32 - 1);
            }
            shape.put(boundary as u32);
        }
        shape.close(None);
        shape.trie
    }

    /// The depth of the node that joins a boundary's with the one before it, where they are apart.
    fn joint(&self, starts: &[u64], boundary: usize) -> Option<u8> {
        let before = self.trie.nodes[boundary.checked_sub(1)?].depth;
        let shallower = before.min(self.trie.nodes[boundary].depth);
        let common = (starts[boundary] ^ starts[boundary + 1]).leading_zeros() as u8;
        (common < shallower).then_some(common)
    }

    fn put(&mut self, id: u32) {
        let left = self.close(Some(self.trie.nodes[id as usize].depth));
        self.trie.nodes[id as usize].halves[0] = left;
        if left != NONE {
            self.trie.nodes[left as usize].parent = id;
        }
        self.open.push(id);
    }

    /// Closes open nodes deeper than `depth`, or all; the topmost of them.
    fn close(&mut self, depth: Option<u8>) -> u32 {
        let nodes = &mut self.trie.nodes;
        let mut below = NONE;
        while let Some(id) =
            self.open.pop_if(|id| depth.is_none_or(|depth| nodes[*id as usize].depth > depth))
        {
            nodes[id as usize].halves[1] = below;
            if below != NONE {
                nodes[below as usize].parent = id;
            }
            for side in 0..2 {
                let half = nodes[id as usize].halves[side];
                if half != NONE {
                    nodes[id as usize].edges[side] = nodes[half as usize].edges[side];
                }
            }
            self.trie.order.push(id);
            below = id;
        }
        below
    }
}

impl Node {
    fn new(depth: u8, edges: [u32; 2]) -> Self {
        Self { depth, parent: NONE, halves: [NONE; 2], edges, lead: PlaceId(0) }
    }
}

/// Counts the addresses of each place in each node's block, upwards, and notes who leads.
struct Leads<'a> {
    quanta: &'a Quanta,
    mixtures: &'a [Mixture],
    leaders: &'a Leaders,
    /// The parts of the closed blocks whose parent is still to come, one after the other …
    parts: Vec<Member>,
    /// … and where each begins.
    open: Vec<usize>,
}

impl Leads<'_> {
    fn fill(&mut self, trie: &mut Trie) {
        let mut sum: Vec<Member> = Vec::new();
        for at in 0..trie.order.len() {
            let id = trie.order[at] as usize;
            let node = trie.nodes[id];
            self.below(&node, &mut sum);
            for side in 0..2 {
                self.half(&trie.nodes, &node, side, &mut sum);
            }
            trie.nodes[id].lead = self.leaders.lead(&sum);
            self.open.push(self.parts.len());
            self.parts.extend_from_slice(&sum);
        }
    }

    /// Takes the parts of the nodes below off the stack and adds them up.
    fn below(&mut self, node: &Node, sum: &mut Vec<Member>) {
        sum.clear();
        let count = node.halves.iter().filter(|half| **half != NONE).count();
        let Some(&from) = self.open.get(self.open.len() - count).filter(|_| count > 0) else {
            return;
        };
        let middle = if count == 2 { self.open[self.open.len() - 1] } else { self.parts.len() };
        merge(&self.parts[from..middle], &self.parts[middle..], sum);
        self.parts.truncate(from);
        self.open.truncate(self.open.len() - count);
    }

    /// Adds what of a half is not in the node below it.
    fn half(&self, nodes: &[Node], node: &Node, side: usize, sum: &mut Vec<Member>) {
        let half = node.halves[side];
        let size = 1_u128 << (63 - node.depth);
        if half == NONE {
            return self.range(node.edges[side], size, sum);
        }
        let below = &nodes[half as usize];
        let inner = 1_u128 << (64 - below.depth);
        let inside = self.quanta.starts[below.edges[0] as usize + 1];
        let before = u128::from(inside) % size / inner * inner;
        let after = size - before - inner;
        for (edge, units) in below.edges.into_iter().zip([before, after]) {
            if units > 0 {
                self.range(edge, units, sum);
            }
        }
    }

    /// Adds a stretch of a range; a mixture is never longer than a quantum.
    fn range(&self, range: u32, units: u128, sum: &mut Vec<Member>) {
        let location = self.quanta.locations[range as usize];
        match location.0.checked_sub(self.quanta.pure) {
            None => add(sum, PlaceId(location.0), (units << 64) >> (128 - self.quanta.family.width())),
            Some(mixture) => {
                for member in &self.mixtures[mixture as usize].members {
                    add(sum, member.place, member.addresses);
                }
            }
        }
    }
}

fn merge(left: &[Member], right: &[Member], sum: &mut Vec<Member>) {
    let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
    while let (Some(one), Some(other)) = (left.peek(), right.peek()) {
        let next = match one.place.cmp(&other.place) {
            Ordering::Less => left.next(),
            Ordering::Greater => right.next(),
            Ordering::Equal => {
                let addresses = one.addresses.saturating_add(other.addresses);
                sum.push(Member { place: one.place, addresses });
                left.next();
                right.next();
                continue;
            }
        };
        sum.extend(next);
    }
    sum.extend(left.chain(right));
}
