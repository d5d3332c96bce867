//! The evidence held about one region, and the verdict it gives.

use std::time::Duration;

use super::cause::{Cause, Turn};
use super::endpoint::EndpointHealth;
use super::evidence::{Layer, Observation, VantageId, Verdict};
use super::fault::FaultClass;
use super::jury::Jury;
use super::penalty::{self, Grounds, Measured};
use super::plan::{DatabaseDown, ProbePlan};
use super::reading::Reading;
use super::soft::{Outlook, Soft};
use super::symptom::{Symptom, Symptoms};
use crate::now::Now;
use crate::region::RegionId;

/// All that is held about a region.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionHealth {
    endpoints: Vec<EndpointHealth>,
    min_endpoints: usize,
    pub(super) soft: Soft,
    verdict: Verdict,
    since: u64,
    /// When it came back from down.
    returned: Option<Duration>,
    /// Since when a majority reads that its database does not answer it, and that it is not ready.
    database: Option<Duration>,
    unready: Option<Duration>,
    /// Down for soft evidence, though its endpoints are up.
    ejected: Option<Measured>,
    pending: Option<Duration>,
}

/// What is known from the other regions.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Company {
    /// Symptoms that most regions share.
    pub(super) common: Symptoms,
    /// The provider errors that the others have.
    pub(super) usual: Option<f64>,
    /// Whether soft evidence may take this region out: another passes, and few enough are out.
    pub(super) may_eject: bool,
}

impl RegionHealth {
    /// Starts from kept verdicts, one an endpoint, `Unknown` where nothing is kept, and from a kept weight.
    #[must_use]
    pub fn new(kept: &[Verdict], weight: u8, min_endpoints: u16, vantages: usize, since: u64) -> Self {
        let endpoints = kept.iter().map(|verdict| EndpointHealth::new(*verdict, vantages)).collect();
        let mut region = Self {
            endpoints,
            min_endpoints: usize::from(min_endpoints),
            soft: Soft::new(weight),
            verdict: Verdict::Unknown,
            since,
            returned: None,
            database: None,
            unready: None,
            ejected: None,
            pending: None,
        };
        region.verdict = region.verdict_of();
        region
    }

    /// The region's verdict.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// What soft evidence leaves it of its normal share, 0 to 100, as announced; a down region keeps what it had.
    #[must_use]
    pub const fn weight(&self) -> u8 {
        self.soft.announced()
    }

    /// The monotonic moment before which neither its verdict nor its weight can change, while a change is in sight.
    #[must_use]
    pub const fn pending(&self) -> Option<Duration> {
        self.pending
    }

    /// What is held against it now by the soft layers.
    #[must_use]
    pub const fn grounds(&self) -> &Grounds {
        self.soft.grounds()
    }

    /// Unix seconds since which the verdict holds.
    #[must_use]
    pub const fn since(&self) -> u64 {
        self.since
    }

    /// Keeps the time of an earlier verdict that still holds, across a restart or a reload.
    pub fn keep_since(&mut self, since: u64) {
        self.since = since.min(self.since);
    }

    /// Every endpoint, in the region's order.
    #[must_use]
    pub fn endpoints(&self) -> &[EndpointHealth] {
        &self.endpoints
    }

    /// Whether a majority reads that the gateway's database does not answer it.
    #[must_use]
    pub const fn database_is_down(&self) -> bool {
        self.database.is_some()
    }

    /// Whether a vantage's last rounds got through to some endpoint; none: it has not looked.
    pub(super) fn reached_by(&self, vantage: VantageId) -> Option<bool> {
        let machines = self
            .endpoints
            .iter()
            .filter_map(|endpoint| Some(endpoint.seats().get(vantage.index())?.machine()));
        let mut looked = machines.filter(|machine| machine.last().is_some()).peekable();
        looked.peek()?;
        Some(looked.any(|machine| !machine.is_unreached()))
    }

    /// Finds it anew.
    pub(super) fn look_ahead(&mut self, plan: &ProbePlan, jury: &Jury, now: Duration) -> Option<Duration> {
        self.pending = self.turns_at(plan, jury, now);
        self.pending
    }

    /// Whether soft evidence alone holds it down.
    #[must_use]
    pub(super) const fn is_ejected(&self) -> bool {
        self.ejected.is_some()
    }

    /// Whether its endpoints serve, and no more than soft evidence can be against it.
    pub(super) fn answers(&self) -> bool {
        self.verdict != Verdict::Down && self.soft.answered > 0
    }

    /// Takes in one observation; none when the endpoint does not exist.
    pub(super) fn note(&mut self, seen: &Observation, plan: &ProbePlan, now: Duration) -> Option<()> {
        let endpoint = self.endpoints.get_mut(usize::from(seen.endpoint))?;
        let torn = endpoint.note(seen, plan, now);
        (0..torn).for_each(|_| self.soft.completion(Some(Symptom::Gateway), None, now));
        let reachable = endpoint.is_reachable(now.saturating_sub(seen.took));
        match (seen.layer, seen.reading) {
            (Layer::Completion, reading) => {
                let symptom = Symptom::of(seen.result, seen.reading, reachable);
                let first_token = match reading {
                    Reading::FirstToken(after) if seen.result.is_ok() => Some(after),
                    _ => None,
                };
                if seen.result.is_ok() || symptom.is_some() {
                    self.soft.completion(symptom, first_token, now);
                }
            }
            (Layer::Metrics, Reading::Traffic(traffic)) => {
                let span = plan.metrics.as_ref().map_or(plan.interval, |metrics| metrics.interval);
                self.soft.scrape(&traffic, span, now);
            }
            _ => {}
        }
        Some(())
    }

    /// Judges one endpoint after its hard layers were observed.
    pub(super) fn vote(
        &mut self,
        (id, at): (RegionId, u16),
        plan: &ProbePlan,
        jury: &Jury,
        now: Duration,
    ) -> Option<Turn> {
        let endpoint = self.endpoints.get_mut(usize::from(at))?;
        let from = endpoint.vote(plan, jury, now)?;
        let cause = Cause::of_vote(endpoint, plan, jury);
        Some(Turn::Endpoint { region: id, endpoint: at, from, to: endpoint.verdict(), cause })
    }

    /// Judges the soft layers, and all of it together.
    pub(super) fn judge(
        &mut self,
        id: RegionId,
        plan: &ProbePlan,
        jury: &Jury,
        company: &Company,
        now: Now,
    ) -> Vec<Turn> {
        self.read_states(jury, now.monotonic);
        let mut turns = Vec::new();
        let was = (self.verdict, self.weight());
        let was_ejected = self.is_ejected();
        let outlook = Outlook {
            grounds: self.states(plan, jury, company, now.monotonic),
            common: company.common,
            usual: company.usual,
            is_cold: self.returned.is_some_and(|returned| now.monotonic.saturating_sub(returned) < COLD),
            is_down: self.is_hard_down(),
        };
        self.soft.judge(&outlook, now.monotonic);
        self.ejected = self.ejection(plan, company, now.monotonic);
        self.verdict = self.verdict_of();
        if self.weight() != was.1 {
            let (from, to) = (was.1, self.weight());
            let cause = if to > from { Cause::Clean } else { self.soft_cause() };
            turns.push(Turn::Weight { region: id, from, to, cause });
        }
        if self.verdict != was.0 {
            self.since = now.unix;
            if was.0 == Verdict::Down && !was_ejected {
                self.returned = Some(now.monotonic);
            }
            let cause = self.cause_of(was.0, plan, jury);
            turns.push(Turn::Region { region: id, from: was.0, to: self.verdict, cause });
        }
        turns
    }

    fn verdict_of(&self) -> Verdict {
        let count = |verdict| self.endpoints.iter().filter(|endpoint| endpoint.verdict() == verdict).count();
        let serving = self.endpoints.len() - count(Verdict::Down);
        match serving {
            _ if serving < self.min_endpoints || self.ejected.is_some() => Verdict::Down,
            _ if count(Verdict::Unknown) == serving => Verdict::Unknown,
            _ if self.soft.is_degraded() => Verdict::Degraded,
            _ => Verdict::Up,
        }
    }

    /// Whether the endpoints alone hold it down.
    fn is_hard_down(&self) -> bool {
        let down = self.endpoints.iter().filter(|endpoint| endpoint.verdict() == Verdict::Down).count();
        self.endpoints.len() - down < self.min_endpoints
    }

    /// Reads what the last readiness answers of a majority say.
    fn read_states(&mut self, jury: &Jury, now: Duration) {
        let (mut database, mut unready, mut all) = (0_usize, 0_usize, 0_usize);
        for held in self.endpoints.iter().flat_map(|endpoint| endpoint.held(Layer::Readiness, jury)) {
            let down = matches!(held.reading, Reading::Database(state) if state.is_down());
            let lost = down || held.result == Err(FaultClass::Database);
            database += usize::from(lost);
            unready +=
                usize::from(!lost && matches!(held.result, Err(FaultClass::Gateway | FaultClass::Timeout)));
            all += 1;
        }
        let keep = |holds: bool, since: Option<Duration>| holds.then(|| since.unwrap_or(now));
        self.database = keep(database * 2 > all, self.database);
        let reached = self.endpoints.iter().all(|endpoint| endpoint.is_reachable(now));
        self.unready = keep(unready * 2 > all && reached, self.unready);
    }

    /// What stands against it beside its window.
    fn states(&self, plan: &ProbePlan, jury: &Jury, company: &Company, now: Duration) -> Grounds {
        let stalls =
            self.endpoints.iter().map(|endpoint| endpoint.stalls(plan, jury, now)).min().unwrap_or(0);
        let mut grounds = penalty::stalls(stalls, plan.stalls());
        let Some(readiness) = &plan.readiness else { return grounds };
        let lasts = |since: Option<Duration>, rounds: u32| {
            since.is_some_and(|since| now.saturating_sub(since) >= readiness.interval.saturating_mul(rounds))
        };
        let all = self.endpoints.len() as f64;
        let ignored =
            readiness.database_down == DatabaseDown::Ignore || company.common.contains(Symptom::Database);
        if lasts(self.database, 1) && !ignored {
            grounds = grounds.or(Grounds::new(NO_DATABASE, Layer::Readiness, Symptom::Database, 1.0, all));
        }
        if lasts(self.unready, 2) && !company.common.contains(Symptom::Gateway) {
            grounds = grounds.or(Grounds::new(UNREADY, Layer::Readiness, Symptom::Gateway, 1.0, all));
        }
        grounds
    }

    /// What soft evidence holds it down for.
    fn ejection(&self, plan: &ProbePlan, company: &Company, now: Duration) -> Option<Measured> {
        if let Some(held) = self.ejected {
            let back = match held.layer {
                Layer::Readiness => self.database.is_none(),
                _ => self.soft.answered >= plan.rise,
            };
            return (!back).then_some(held);
        }
        if !company.may_eject || self.is_hard_down() {
            return None;
        }
        let readiness = plan.readiness.as_ref().filter(|plan| plan.database_down == DatabaseDown::Hard);
        let lost = readiness.is_some_and(|readiness| {
            let lasts = |since| now.saturating_sub(since) >= readiness.interval.saturating_mul(2);
            self.database.is_some_and(lasts) && !company.common.contains(Symptom::Database)
        });
        let all = self.endpoints.len() as u32;
        let database = Measured { layer: Layer::Readiness, symptom: Symptom::Database, share: 1.0, of: all };
        let unanswered = self.soft.unanswered >= plan.rise;
        let all_fail = || penalty::all_fail(&self.soft.window, company.common).filter(|_| unanswered);
        lost.then_some(database).or_else(all_fail)
    }

    fn turns_at(&self, plan: &ProbePlan, jury: &Jury, now: Duration) -> Option<Duration> {
        let endpoints = self.endpoints.iter().filter_map(|endpoint| endpoint.turns_at(plan, jury, now));
        endpoints.chain(self.soft.moves_at()).min()
    }

    /// The symptoms that its last evidence shows, by a majority of the believed vantages.
    pub(super) fn shows(&self, jury: &Jury) -> Symptoms {
        let mut counts = [0_usize; Symptom::ALL.len()];
        let mut all = 0;
        for endpoint in &self.endpoints {
            for held in endpoint.held(Layer::Completion, jury) {
                all += 1;
                if let Some(symptom) = Symptom::of(
                    held.result,
                    held.reading,
                    endpoint.is_reachable(held.at.saturating_sub(held.took)),
                ) {
                    counts[symptom as usize] += 1;
                }
            }
        }
        let mut shown = self.soft.window.shows();
        Symptom::ALL
            .into_iter()
            .filter(|symptom| counts[*symptom as usize] * 2 > all)
            .for_each(|symptom| shown.insert(symptom));
        if self.database.is_some() {
            shown.insert(Symptom::Database);
        }
        if let Some(measured) = self.grounds().evidence.filter(|measured| measured.layer == Layer::Metrics) {
            shown.insert(measured.symptom);
        }
        shown
    }

    fn soft_cause(&self) -> Cause {
        self.grounds().evidence.map_or(Cause::Clean, Cause::Soft)
    }

    fn cause_of(&self, was: Verdict, plan: &ProbePlan, jury: &Jury) -> Cause {
        let turned = |endpoint: &&EndpointHealth| {
            (endpoint.verdict() == Verdict::Down) == (self.verdict == Verdict::Down)
        };
        match (was, self.verdict, self.ejected) {
            (_, Verdict::Down, Some(measured)) => Cause::Soft(measured),
            (Verdict::Down, _, _) | (_, Verdict::Down | Verdict::Unknown, _) | (Verdict::Unknown, ..) => self
                .endpoints
                .iter()
                .filter(turned)
                .map(|endpoint| Cause::of_vote(endpoint, plan, jury))
                .max_by_key(Cause::rounds)
                .unwrap_or(Cause::Clean),
            _ => self.soft_cause(),
        }
    }
}

/// Soon after a return a first answer is slow for reasons that pass.
const COLD: Duration = Duration::from_secs(60);
/// Penalty of a gateway whose database does not answer it: it may lower a weight, and does not empty it.
const NO_DATABASE: f64 = 0.5;
/// Penalty of a gateway that says it is not ready while its traffic may still pass.
const UNREADY: f64 = 0.3;
