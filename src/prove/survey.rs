//! Every prefix of a family, met once: which class the served table gives it, whom it holds by the oracle, and which
//! scopes the table may give it.
//!
//! The oracle's runs and the table's ranges are laid over each other: *pieces*, of one class and equal holders. The
//! blocks that hold more than one piece are walked one by one; all quanta of a block that lies in one piece share every
//! larger block, so its first and last quantum stand for it.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;

use super::ledger::{Counterexample, Invariant, Ledger};
use super::oracle::space::{Span, address, unwrapped};
use super::oracle::{Ground, Holders};
use super::sets::{Claims, Met};
use super::subject::Subject;
use crate::client::Prefix;
use crate::geo::{ClassId, Family, Located, SetId};

/// What was met in the prefixes of one family.
#[derive(Debug)]
pub struct Survey {
    /// Every class that clients are located by, whom they are by the oracle, and one prefix for which that is so.
    pub(super) met: HashMap<(ClassId, Holders), Prefix>,
    /// Blocks larger than a quantum: their class, the classes inside, and one such block.
    pub(super) blocks: HashMap<(ClassId, Vec<ClassId>), Prefix>,
    /// How many quanta are of each class and hold these clients.
    pub(super) space: HashMap<(ClassId, Holders), u64>,
    /// What was examined.
    pub(super) ledger: Ledger,
    /// Prefixes that were asked about.
    pub prefixes: u64,
    /// Whether the walk was stopped before its end.
    pub cut_short: bool,
}

/// A stretch of quanta of one class and equal holders.
#[derive(Clone, Copy)]
struct Piece {
    start: u64,
    class: ClassId,
    holders: Holders,
}

/// A block under way: its pieces from `from` to `to`, its first key, its length.
#[derive(Clone, Copy)]
struct Block {
    from: usize,
    to: usize,
    first: u64,
    length: u8,
}

struct Walk<'a> {
    subject: &'a Subject<'a>,
    claims: &'a Claims,
    family: Family,
    pieces: Vec<Piece>,
    classes: Met,
    /// The sets of blocks with several pieces, each before those inside it.
    inside: Vec<u32>,
    /// Where the walk is in `inside`, and the sets of the blocks around it, by length.
    next: usize,
    around: Vec<u32>,
    blocks: HashMap<(ClassId, u32), Prefix>,
    survey: Survey,
    stop: &'a dyn Fn() -> bool,
}

impl Survey {
    /// Meets every prefix of the ground's family. `stop` is asked now and then; true ends the walk early.
    #[must_use]
    pub fn new(subject: &Subject<'_>, ground: &Ground, stop: &dyn Fn() -> bool) -> Self {
        let classes = class_count(subject);
        let claims = Claims::new(subject.plan.table(), classes);
        let mut walk = Walk {
            subject,
            claims: &claims,
            family: ground.family,
            pieces: pieces(subject, ground),
            classes: Met::new(classes),
            inside: Vec::new(),
            next: 0,
            around: Vec::new(),
            blocks: HashMap::new(),
            survey: Self {
                met: HashMap::new(),
                blocks: HashMap::new(),
                space: HashMap::new(),
                ledger: Ledger::default(),
                prefixes: 0,
                cut_short: false,
            },
            stop,
        };
        walk.survey.space = walk.space();
        let top = Block { from: 0, to: walk.pieces.len() - 1, first: 0, length: 0 };
        if top.from < top.to {
            walk.measure(top);
        }
        walk.visit(top);
        walk.finish()
    }

    /// Keeps the longest prefix of each pair: the smallest client.
    fn note(&mut self, class: ClassId, holders: Holders, prefix: Prefix) {
        let known = self.met.entry((class, holders)).or_insert(prefix);
        if prefix.length() > known.length() {
            *known = prefix;
        }
    }

    /// What was examined.
    #[must_use]
    pub fn into_ledger(self) -> Ledger {
        self.ledger
    }
}

impl Walk<'_> {
    /// Notes what every block with several pieces holds, from the inside out.
    fn measure(&mut self, block: Block) -> (u32, Holders) {
        if block.from == block.to {
            let piece = self.pieces[block.from];
            return (self.classes.one(piece.class), piece.holders);
        }
        let place = self.inside.len();
        self.inside.push(0);
        let [left, right] = self.halves(block).map(|half| self.measure(half));
        let (set, holders) = (self.classes.union(left.0, right.0), left.1.and(right.1));
        self.inside[place] = set;
        if block.length > 0 {
            let (first, prefix) = (self.address(block.first), self.prefix(block));
            let class = self.subject.plan.table().locate(first, block.length).class;
            if !self.is_unwrapped(first, block.length) {
                self.survey.note(class, holders, prefix);
                self.blocks.entry((class, set)).or_insert(prefix);
            }
        }
        (set, holders)
    }

    /// Holds the scopes of every block against what the blocks around it hold.
    fn visit(&mut self, block: Block) {
        self.survey.prefixes += 1;
        if self.survey.cut_short || (self.survey.prefixes.is_multiple_of(4096) && (self.stop)()) {
            self.survey.cut_short = true;
            return;
        }
        if block.from == block.to {
            return self.visit_piece(block);
        }
        self.around.truncate(usize::from(block.length));
        self.around.push(self.inside[self.next]);
        self.next += 1;
        if block.length > 0 {
            let first = self.address(block.first);
            let located = self.subject.plan.table().locate(first, block.length);
            self.hold_scopes(&located, block);
        }
        self.halves(block).into_iter().for_each(|half| {
            self.around.truncate(usize::from(half.length));
            self.visit(half);
        });
    }

    fn visit_piece(&mut self, block: Block) {
        let piece = self.pieces[block.from];
        let span = Span::around(u128::from(block.first) << 64, block.length);
        let first = address(self.family, span.first);
        if self.is_unwrapped(first, self.family.width()) {
            return;
        }
        let prefix = self.prefix(block);
        self.survey.note(piece.class, piece.holders, prefix);
        for edge in [first, address(self.family, span.last)] {
            let located = self.subject.plan.table().locate(edge, self.family.width());
            self.survey.ledger.count(Invariant::ScopeSound, 1);
            if located.class == piece.class {
                self.hold_scopes(&located, block);
            } else if !self.is_unwrapped(edge, self.family.width()) {
                self.fail(
                    block,
                    format!("{edge} is looked up as another class than its range"),
                    "its range's class",
                );
            }
        }
    }

    /// Asks for every scope that the table could give, from the largest number of sets answered alike to none.
    fn hold_scopes(&mut self, located: &Located, block: Block) {
        let table = self.subject.plan.table();
        let everything = table.everything();
        for alike in 0.. {
            let (asked, last) = (Cell::new(0), Cell::new(None));
            let uniform = |set: SetId| {
                let holds = set != everything && asked.get() < alike;
                if holds {
                    last.set(Some(set));
                }
                asked.set(asked.get() + usize::from(set != everything));
                holds
            };
            let scope = (self.subject.scope)(table, located, &uniform);
            self.survey.ledger.count(Invariant::ScopeSound, 1);
            self.hold_scope(scope, last.get(), block);
            if asked.get() <= alike {
                return;
            }
        }
    }

    /// A scope is sound when the set that was found alike for it holds every class inside it.
    fn hold_scope(&mut self, scope: u8, alike: Option<SetId>, block: Block) {
        let Some(claim) = alike else {
            if scope < self.family.quantum() {
                let found = format!("scope /{scope}, although the clients inside are not answered alike");
                self.fail(block, found, "a scope no larger than a quantum");
            }
            return;
        };
        let Some(set) = self.around.get(usize::from(scope)).copied().filter(|_| scope <= block.length) else {
            return;
        };
        if !self.classes.is_within(set, claim, self.claims) {
            let claimed = self.claims.members(claim);
            let other = self.classes.members(set).into_iter().find(|class| !claimed.contains(class));
            let other = other.and_then(|class| self.inside_scope(block, scope, class));
            let found = match other {
                Some(other) => {
                    format!("scope /{scope}, which also holds {other}, and it may be answered otherwise")
                }
                None => format!("scope /{scope}, which also holds clients that may be answered otherwise"),
            };
            self.fail(block, found, "a longer scope");
        }
    }

    /// A client of `class` inside the scope of a block.
    fn inside_scope(&self, block: Block, scope: u8, class: ClassId) -> Option<IpAddr> {
        let span = Span::around(u128::from(block.first) << 64, scope);
        let (first, last) = ((span.first >> 64) as u64, (span.last >> 64) as u64);
        let inside = |piece: &&Piece| piece.class == class && first <= piece.start && piece.start <= last;
        self.pieces.iter().find(inside).map(|piece| self.address(piece.start))
    }

    fn fail(&mut self, block: Block, found: String, allowed: &str) {
        let services = self.subject.catalog.services.first();
        self.survey.ledger.fail(
            Invariant::ScopeSound,
            Counterexample {
                states: Vec::new(),
                service: services.map_or_else(String::new, |service| service.name.to_string()),
                client: self.prefix(block),
                found,
                allowed: allowed.to_owned(),
            },
        );
    }

    /// Both halves of a block, with the pieces that each holds.
    fn halves(&self, block: Block) -> [Block; 2] {
        let middle = block.first | 1 << (63 - block.length);
        let inside = &self.pieces[block.from..=block.to];
        let below = block.from + inside.partition_point(|piece| piece.start < middle);
        let right = below - usize::from(self.pieces.get(below).is_none_or(|piece| piece.start != middle));
        let length = block.length + 1;
        [Block { to: below - 1, length, ..block }, Block { from: right, to: block.to, first: middle, length }]
    }

    fn space(&self) -> HashMap<(ClassId, Holders), u64> {
        let mut space = HashMap::new();
        for (at, piece) in self.pieces.iter().enumerate() {
            let last = self.pieces.get(at + 1).map_or(u64::MAX, |next| next.start - 1);
            let quanta = ((last - piece.start) >> (64 - self.family.quantum())) + 1;
            *space.entry((piece.class, piece.holders)).or_insert(0) += quanta;
        }
        space
    }

    fn finish(self) -> Survey {
        let Self { classes, blocks, mut survey, .. } = self;
        let spelt = |((class, set), prefix)| ((class, classes.members(set)), prefix);
        survey.blocks = blocks.into_iter().map(spelt).collect();
        survey
    }

    fn address(&self, key: u64) -> IpAddr {
        address(self.family, u128::from(key) << 64)
    }

    fn prefix(&self, block: Block) -> Prefix {
        Prefix::around(self.address(block.first), block.length.max(1))
    }

    /// Whether a query of this length reaches an address inside: it is located as that one.
    fn is_unwrapped(&self, address: IpAddr, length: u8) -> bool {
        match address {
            IpAddr::V4(_) => false,
            IpAddr::V6(address) => unwrapped(address).is_some_and(|(_, offset)| length > offset),
        }
    }
}

/// The oracle's runs and the table's ranges, laid over each other.
fn pieces(subject: &Subject<'_>, ground: &Ground) -> Vec<Piece> {
    let key = |address: IpAddr| (super::oracle::space::top(address) >> 64) as u64;
    let mut pieces: Vec<Piece> = Vec::with_capacity(ground.starts.len());
    let mut run = 0;
    for (first, last, class) in subject.plan.table().ranges(ground.family) {
        let (first, last) = (key(first), key(last));
        while ground.starts.get(run + 1).is_some_and(|next| *next <= first) {
            run += 1;
        }
        let mut piece = Piece { start: first, class, holders: ground.holders[run] };
        loop {
            let before = pieces.last();
            if before.is_none_or(|before| (before.class, before.holders) != (piece.class, piece.holders)) {
                pieces.push(piece);
            }
            let Some(next) = ground.starts.get(run + 1).copied().filter(|next| *next <= last) else { break };
            run += 1;
            piece = Piece { start: next, class, holders: ground.holders[run] };
        }
    }
    pieces
}

/// Classes of a plan are numbered below this.
fn class_count(subject: &Subject<'_>) -> usize {
    let ranges = Family::BOTH.into_iter().flat_map(|family| subject.plan.table().ranges(family));
    let classes: HashSet<ClassId> = ranges.map(|(_, _, class)| class).collect();
    let sets = subject.plan.table().sets().iter().filter_map(|shape| match shape {
        crate::geo::SetShape::One(class) => Some(*class),
        crate::geo::SetShape::Union(..) => None,
    });
    sets.chain(classes).chain([subject.plan.unlocated()]).map(ClassId::index).max().unwrap_or(0) + 1
}
