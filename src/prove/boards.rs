//! Every state of the regions, for all clients of one policy at once: which classes the served board holds to be
//! answered alike. With the survey of all scopes (`survey.rs`) this makes each scope sound in each state.

use std::collections::HashSet;
use std::time::Duration;

use super::cases::Case;
use super::ledger::{Counterexample, Invariant, Ledger};
use super::states::{Shape, States};
use super::subject::{Level, Subject};
use super::survey::Survey;
use crate::client::Prefix;
use crate::geo::{ClassId, SetShape};
use crate::region::RegionId;
use crate::steer::{Board, Conditions, FenceId, Policy, Route, ServiceId, Tables};

/// What all clients of a class are answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Answer {
    Region(RegionId),
    Sink(Option<FenceId>),
    /// Each its own, by its slot.
    Mixed,
    /// As its resolver, not as its subnet: unlike all others.
    Apart(ClassId),
}

/// Blocks larger than a quantum, as one policy sees them: the class of the block, those inside, one such block.
#[derive(Debug)]
struct Blocks(Vec<(ClassId, Vec<ClassId>, Prefix)>);

/// One policy, and the states of its regions.
#[derive(Debug)]
pub struct Boards<'a> {
    subject: &'a Subject<'a>,
    policy: usize,
    service: ServiceId,
    regions: Vec<RegionId>,
    states: Vec<Vec<Level>>,
    blocks: Blocks,
}

impl<'a> Boards<'a> {
    /// The boards of a policy of the plan.
    #[must_use]
    pub fn new(subject: &'a Subject<'a>, policy: usize, surveys: &[Survey]) -> Self {
        let of = &subject.plan.policies()[policy];
        let regions: Vec<RegionId> = of.regions().iter().collect();
        let service = subject.plan.policy_of().iter().position(|of| *of as usize == policy).unwrap_or(0);
        let states = States::of(Shape::Spread, regions.len()).each;
        let blocks = Blocks::new(subject, of, surveys);
        Self { subject, policy, service: ServiceId(service as u32), regions, states, blocks }
    }

    /// How many states there are to examine.
    #[must_use]
    pub fn count(&self) -> usize {
        self.states.len()
    }

    /// Examines the board of one state.
    #[must_use]
    pub fn examine(&self, state: usize, tables: &mut Tables) -> Ledger {
        let mut ledger = Ledger::default();
        let levels = &self.states[state];
        let board = self.board(levels, None, tables);
        let policy = self.policy();
        let answers = |class: ClassId| self.answer(&board, class);
        self.sets_are_alike(levels, &board, &answers, &mut ledger);
        for (class, inside, block) in &self.blocks.0 {
            ledger.count(Invariant::ScopeSound, 1);
            let first = answers(inside[0]);
            let alike = first != Answer::Mixed && inside.iter().all(|class| answers(*class) == first);
            if alike && answers(*class) != first {
                let found = format!("{block} is answered otherwise than everyone inside it");
                ledger.fail(Invariant::ScopeSound, self.failure(levels, *block, found));
            }
        }
        let states = self.subject.states(|region| self.level(levels, region));
        for (at, view) in policy.views().iter().enumerate() {
            if (self.subject.decide)(view, policy.spread(), &states, tables) != *board.route(at) {
                let found = "the board serves another route than the decision".to_owned();
                ledger.fail(Invariant::ScopeSound, self.failure(levels, anywhere(), found));
            }
        }
        ledger
    }

    /// The board says "alike" of no set whose classes are answered differently.
    fn sets_are_alike(
        &self,
        levels: &[Level],
        board: &Board,
        answers: &dyn Fn(ClassId) -> Answer,
        ledger: &mut Ledger,
    ) {
        let table = self.subject.plan.table();
        let usual: HashSet<Answer> = self.subject.plan.usual_classes().map(answers).collect();
        let everyone = usual.len() == 1 && !usual.contains(&Answer::Mixed);
        let mut alike: Vec<Answer> = Vec::with_capacity(table.sets().len());
        for shape in table.sets() {
            alike.push(match *shape {
                SetShape::One(class) if everyone || self.subject.plan.is_usual(class) => answers(class),
                SetShape::One(class) => Answer::Apart(class),
                SetShape::Union(left, right) if alike[left.index()] == alike[right.index()] => {
                    alike[left.index()]
                }
                SetShape::Union(..) => Answer::Mixed,
            });
        }
        ledger.count(Invariant::ScopeSound, alike.len() as u64);
        if table.set_ids().any(|set| board.is_uniform(set) && alike[set.index()] == Answer::Mixed) {
            let found = "clients that are answered differently are held to be alike".to_owned();
            ledger.fail(Invariant::ScopeSound, self.failure(levels, anywhere(), found));
        }
    }

    /// A state that could change soon shortens the TTL of those it could move, and of nobody else.
    #[must_use]
    pub fn pending(&self, cases: &[Case], tables: &mut Tables) -> Ledger {
        let mut ledger = Ledger::default();
        let up = vec![Level::Full; self.regions.len()];
        for doubted in &self.regions {
            let board = self.board(&up, Some(*doubted), tables);
            for case in cases.iter().filter(|case| case.policy == self.policy) {
                for (bound, service, client) in &case.bounds {
                    ledger.count(Invariant::Independence, 1);
                    if board.pending(case.view).is_some() && !bound.allowed.contains(*doubted) {
                        let name = self.subject.region(*doubted);
                        let failure = Counterexample {
                            states: vec![(name.to_owned(), "in doubt")],
                            service: self.subject.service(*service).to_owned(),
                            client: *client,
                            found: format!("a TTL that {name}, outside its fences, shortens"),
                            allowed: "the TTL without that region".to_owned(),
                        };
                        ledger.fail(Invariant::Independence, failure);
                    }
                }
            }
        }
        ledger
    }

    fn board(&self, levels: &[Level], doubted: Option<RegionId>, tables: &mut Tables) -> Board {
        let states = self.subject.states(|region| self.level(levels, region));
        let pending =
            (0..states.len() as u16).map(|at| (doubted == Some(RegionId(at))).then_some(SOON)).collect();
        Board::sharing(self.subject.plan, self.policy(), Conditions { states, pending, canary: None }, tables)
    }

    fn policy(&self) -> &'a Policy {
        &self.subject.plan.policies()[self.policy]
    }

    fn level(&self, levels: &[Level], region: RegionId) -> Level {
        self.regions.iter().position(|own| *own == region).map_or(Level::Full, |at| levels[at])
    }

    fn answer(&self, board: &Board, class: ClassId) -> Answer {
        match board.route(self.policy().view_of(class)) {
            Route::One(region, _) => Answer::Region(*region),
            Route::Slots(_) => Answer::Mixed,
            Route::Sink(fence) => Answer::Sink(*fence),
        }
    }

    fn failure(&self, levels: &[Level], client: Prefix, found: String) -> Counterexample {
        let states = self.regions.iter().zip(levels).filter(|(_, level)| **level != Level::Full);
        Counterexample {
            states: states
                .map(|(region, level)| (self.subject.region(*region).to_owned(), level.word()))
                .collect(),
            service: self.subject.service(self.service).to_owned(),
            client,
            found,
            allowed: "one answer in one scope".to_owned(),
        }
    }
}

impl Blocks {
    /// Blocks that this policy can tell apart: by the view of the block and the views inside. A block with space in it
    /// that is located otherwise has no one answer anyway.
    fn new(subject: &Subject<'_>, policy: &Policy, surveys: &[Survey]) -> Self {
        let mut seen = HashSet::new();
        let mut blocks = Vec::new();
        for ((class, inside), prefix) in surveys.iter().flat_map(|survey| &survey.blocks) {
            let mut views: Vec<usize> = inside.iter().map(|class| policy.view_of(*class)).collect();
            views.sort_unstable();
            views.dedup();
            let usual = inside.iter().all(|class| subject.plan.is_usual(*class));
            if usual && seen.insert((policy.view_of(*class), views)) {
                blocks.push((*class, inside.clone(), *prefix));
            }
        }
        Self(blocks)
    }
}

/// Where no client in particular is meant.
fn anywhere() -> Prefix {
    "0.0.0.0/8".parse().expect("0.0.0.0/8 is a prefix")
}

const SOON: Duration = Duration::from_secs(1);
