//! One endpoint: what every vantage saw of it, and their vote.
//!
//! A strict majority of the believed vantages takes it down, and a strict majority puts it back. A drain needs two
//! witnesses, or one that sees it twice. Where several vantages are declared, a fault also has to outlast the plan's
//! patience, so that a restart is ridden out; a single vantage has no such evidence and does not wait.

use std::time::Duration;

use super::evidence::{Layer, Observation, VantageId, Verdict};
use super::fault::FaultClass;
use super::jury::Jury;
use super::machine::{Machine, Round};
use super::plan::ProbePlan;
use super::reading::Reading;

/// What is held about one endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointHealth {
    verdict: Verdict,
    /// One a declared vantage.
    seats: Box<[Seat]>,
}

/// What one vantage holds about an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Seat {
    pub(super) machine: Machine,
    layers: [Option<Held>; Layer::ALL.len()],
    /// Completions whose connection failed since the last hard round: the next one tells whose fault that was.
    torn: u32,
}

/// The last observation of a layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Held {
    /// Who made it.
    pub vantage: VantageId,
    /// Passed, or the fault met.
    pub result: Result<(), FaultClass>,
    /// How long the attempt took.
    pub took: Duration,
    /// What it read beside that.
    pub reading: Reading,
    /// Monotonic moment at which it was taken in.
    pub at: Duration,
}

impl EndpointHealth {
    pub(super) fn new(verdict: Verdict, vantages: usize) -> Self {
        let seat = Seat { machine: Machine::new(verdict), layers: [None; Layer::ALL.len()], torn: 0 };
        Self { verdict, seats: vec![seat; vantages.max(1)].into() }
    }

    /// What the vote holds.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What each vantage holds.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// The last observation of each layer that has one, lowest first; of equally old ones a failed one.
    pub fn layers(&self) -> impl Iterator<Item = (Layer, Held)> + '_ {
        Layer::ALL.into_iter().filter_map(|layer| {
            let held = self.seats.iter().filter_map(|seat| seat.held(layer));
            held.max_by_key(|held| (held.at, held.result.is_err())).map(|held| (layer, held))
        })
    }

    /// The last observation of a layer by each believed vantage.
    pub(super) fn held<'a>(&'a self, layer: Layer, jury: &'a Jury) -> impl Iterator<Item = Held> + 'a {
        self.seats
            .iter()
            .enumerate()
            .filter(|(at, _)| jury.believes(*at))
            .filter_map(move |(_, seat)| seat.held(layer))
    }

    /// Whether no vantage has met a hard fault, other than a stall, since the moment `began`, or is meeting one now.
    pub(super) fn is_reachable(&self, began: Duration) -> bool {
        self.verdict != Verdict::Down && self.seats.iter().all(|seat| seat.machine.is_reached(began))
    }

    /// Takes in one observation. How many completions are now known to have failed for the gateway's own breaking of
    /// their connection: the hard layers pass.
    ///
    /// A fault at a hard layer is a failed round; a pass of the topmost one is a passed round; a pass below it says
    /// nothing yet. A misconfigured probe is no evidence about the region. A higher layer that passes shows life.
    pub(super) fn note(&mut self, seen: &Observation, plan: &ProbePlan, now: Duration) -> u32 {
        let Some(seat) = self.seats.get_mut(seen.vantage.index()) else { return 0 };
        let Observation { vantage, result, took, reading, layer, .. } = *seen;
        seat.layers[layer as usize] = Some(Held { vantage, result, took, reading, at: now });
        if !layer.is_hard() {
            if result.is_ok() && layer != Layer::Metrics {
                seat.machine.lives();
            }
            let is_torn = layer == Layer::Completion && result.is_err_and(FaultClass::is_transport);
            let torn = is_torn && seat.machine.is_reached(now);
            seat.torn = seat.torn.saturating_add(u32::from(torn));
            return 0;
        }
        let round = match result {
            Err(FaultClass::Misconfigured) => return 0,
            Err(FaultClass::Drain) => Round::Draining,
            Err(FaultClass::Timeout) if layer != Layer::Tcp && took * 2 >= plan.timeout => Round::Stalled,
            Err(_) => Round::Failed,
            Ok(()) if layer == plan.top() => Round::Passed,
            Ok(()) => return 0,
        };
        seat.machine.round(round, plan, now);
        let torn = std::mem::take(&mut seat.torn);
        if round == Round::Passed { torn } else { 0 }
    }

    /// Lets the believed vantages vote. What was held before, if that has changed.
    pub(super) fn vote(&mut self, plan: &ProbePlan, jury: &Jury, now: Duration) -> Option<Verdict> {
        let verdict = self.tally(plan, jury, now)?;
        let was = std::mem::replace(&mut self.verdict, verdict);
        if verdict == Verdict::Down {
            let sayers = self.seats.iter_mut().filter(|seat| seat.machine.is_failing());
            sayers.for_each(|seat| seat.machine.latch(Verdict::Down));
        }
        Some(was)
    }

    fn tally(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> Option<Verdict> {
        let majority = jury.majority()?;
        let sworn = || self.sworn(plan, jury, now);
        let count = |says: &dyn Fn(&Machine) -> bool| sworn().filter(|machine| says(machine)).count();
        if self.verdict == Verdict::Down {
            let up = count(&|machine| machine.says_up(plan));
            return (up >= majority).then_some(Verdict::Up);
        }
        let stalled = count(&|machine| machine.stalls() >= plan.stalls());
        let down = count(&|machine| machine.says_down(plan));
        if self.drains(plan, jury, now)
            || stalled >= majority
            || down >= majority && self.outlasts(plan, jury, now)
        {
            return Some(Verdict::Down);
        }
        let passed = || count(&|machine| machine.verdict() == Verdict::Up) > 0;
        (self.verdict == Verdict::Unknown && passed()).then_some(Verdict::Up)
    }

    /// Whether all of it says that it shuts down: every vantage that has looked since the first drain saw one, and together
    /// they saw so many that it is not one pod of several behind a load balancer.
    fn drains(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> bool {
        let draining = || self.sworn(plan, jury, now).filter(|machine| machine.drains() > 0);
        let Some(first) = draining().filter_map(Machine::failing_since).min() else { return false };
        let looked = self.sworn(plan, jury, now).filter(|machine| machine.last() >= Some(first)).count();
        let seen: u32 = draining().map(Machine::drains).sum();
        let enough = plan.fall.saturating_add(if jury.is_alone() { 0 } else { 2 });
        draining().count() == looked
            && jury.majority().is_some_and(|majority| looked >= majority)
            && seen >= enough
    }

    /// Machines of believed vantages that looked lately.
    fn sworn<'a>(
        &'a self,
        plan: &ProbePlan,
        jury: &'a Jury,
        now: Duration,
    ) -> impl Iterator<Item = &'a Machine> + 'a {
        let decay = plan.decay();
        let machines =
            self.seats.iter().enumerate().filter(|(at, _)| jury.believes(*at)).map(|(_, seat)| &seat.machine);
        machines.filter(move |machine| machine.last().is_some_and(|last| now.saturating_sub(last) <= decay))
    }

    /// Whether faults have been seen for longer than a restart takes. Of five vantages the first is not trusted alone.
    fn outlasts(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> bool {
        if jury.is_alone() {
            return true;
        }
        let failing = || self.sworn(plan, jury, now).filter(|machine| machine.is_failing());
        let mut since: Vec<Duration> = failing().filter_map(Machine::failing_since).collect();
        since.sort_unstable();
        let first = since.get(jury.trim()).copied();
        let last = failing().filter_map(Machine::last).max();
        first.zip(last).is_some_and(|(first, last)| last.saturating_sub(first) > plan.patience())
    }

    /// The monotonic moment before which the vote cannot turn, while some vantage is in doubt.
    pub(super) fn turns_at(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> Option<Duration> {
        let majority = jury.majority()?;
        self.sworn(plan, jury, now).any(Machine::in_doubt).then_some(())?;
        let mut turns: Vec<Duration> =
            self.sworn(plan, jury, now).filter_map(|machine| machine.turns_at(plan)).collect();
        turns.sort_unstable();
        let turn = turns.get(majority - 1).copied()?;
        let first = self.sworn(plan, jury, now).filter_map(Machine::failing_since).min();
        let patient = first.filter(|_| !jury.is_alone() && self.verdict != Verdict::Down);
        Some(patient.map_or(turn, |first| turn.max(first.saturating_add(plan.patience()))))
    }

    /// The rounds that stall in a row, as a majority of the believed vantages sees them; three of a majority together are
    /// two in a row.
    pub(super) fn stalls(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> u32 {
        let mut stalls: Vec<u32> = self.sworn(plan, jury, now).map(Machine::stalls).collect();
        stalls.sort_unstable_by(|a, b| b.cmp(a));
        let Some(agreed) = jury.majority().and_then(|majority| stalls.get(majority - 1).copied()) else {
            return 0;
        };
        let together = agreed > 0 && !jury.is_alone() && stalls.iter().sum::<u32>() >= 3;
        if together { agreed.max(2) } else { agreed }
    }

    /// Whether every believed vantage's evidence is too old to say anything.
    #[must_use]
    pub fn is_stale(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> bool {
        self.sworn(plan, jury, now).next().is_none()
    }
}

impl Seat {
    /// The last observation of a layer.
    #[must_use]
    pub const fn held(&self, layer: Layer) -> Option<Held> {
        self.layers[layer as usize]
    }

    /// The hard machine.
    #[must_use]
    pub const fn machine(&self) -> &Machine {
        &self.machine
    }
}
