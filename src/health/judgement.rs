//! The judgement of all regions together: who is believed, what most regions share, and what each is worth.
//!
//! Observations that come together are judged together, in an order of their own: how they arrive changes nothing.

use std::time::Duration;

use super::cause::Turn;
use super::company::{Commons, Panic, usual};
use super::evidence::{Layer, Observation, VantageId};
use super::fault::FaultClass;
use super::jury::Jury;
use super::plan::ProbePlan;
use super::region::{Company, RegionHealth};
use super::symptom::Symptoms;
use super::vantage::{Doubt, Vantage, Witness};
use crate::now::Now;
use crate::region::{Region, RegionId};

/// The declarations that evidence is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Ground<'a> {
    /// Every region.
    pub regions: &'a [Region],
    /// Every plan.
    pub plans: &'a [ProbePlan],
    /// Every vantage.
    pub vantages: &'a [Vantage],
}

impl<'a> Ground<'a> {
    /// The plan of a region that is probed.
    #[must_use]
    pub fn plan(&self, region: RegionId) -> Option<&'a ProbePlan> {
        self.plans.get(self.regions.get(region.index())?.plan?)
    }

    /// A vantage that has been silent for longer has nothing to say.
    fn silence(&self) -> Duration {
        let used = self.regions.iter().filter_map(|region| self.plans.get(region.plan?));
        used.map(ProbePlan::decay).min().unwrap_or(Duration::MAX)
    }
}

/// What is held about every region and every vantage.
#[derive(Clone, Debug)]
pub struct Judgement {
    regions: Vec<RegionHealth>,
    /// Provider errors that the other regions have, one a region.
    usual: Vec<Option<f64>>,
    witnesses: Vec<Witness>,
    commons: Commons,
    panic: Panic,
    /// How many regions are out for soft evidence.
    ejected: usize,
}

/// What observations, or time, changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judged {
    /// Whether a verdict, a weight or a doubt changed, and with it what is answered or for how long.
    pub moved: bool,
    /// What turned.
    pub turns: Vec<Turn>,
    /// How many observations named something that is probed.
    pub taken: usize,
}

impl Judgement {
    /// Starts from what is held about each region.
    #[must_use]
    pub fn new(regions: Vec<RegionHealth>, ground: &Ground<'_>) -> Self {
        let count = regions.len();
        let witnesses = vec![Witness::new(count); ground.vantages.len().max(1)];
        let (commons, panic) = (Commons::default(), Panic::default());
        Self { usual: vec![None; count], regions, witnesses, commons, panic, ejected: 0 }
    }

    /// What is held about each region.
    #[must_use]
    pub fn regions(&self) -> &[RegionHealth] {
        &self.regions
    }

    /// What is held about a region.
    #[must_use]
    pub fn region(&self, region: RegionId) -> Option<&RegionHealth> {
        self.regions.get(region.index())
    }

    /// How much of its normal share a region gets for its soft evidence, 0 to 100: all of it while in panic.
    #[must_use]
    pub fn weight(&self, region: RegionId) -> u8 {
        let weight = self.region(region).map_or(100, RegionHealth::weight);
        if self.panic.holds() { 100 } else { weight }
    }

    /// The symptoms that most regions share now, and that are therefore held against none.
    #[must_use]
    pub const fn common(&self) -> Symptoms {
        self.commons.now()
    }

    /// Whether so little healthy capacity is left that soft evidence is ignored.
    #[must_use]
    pub const fn is_panic(&self) -> bool {
        self.panic.holds()
    }

    /// Why a vantage is not believed now; none: it is.
    #[must_use]
    pub fn doubt(&self, vantage: VantageId, ground: &Ground<'_>, now: Duration) -> Option<Doubt> {
        let witness = self.witnesses.get(vantage.index())?;
        let several = self.witnesses.len() > 1;
        let others = || {
            self.witnesses.iter().enumerate().any(|(at, other)| at != vantage.index() && other.reaches_some())
        };
        witness.doubt(several.then(others), ground.silence(), now)
    }

    /// The vantages that are believed now.
    #[must_use]
    pub fn jury(&self, ground: &Ground<'_>, now: Duration) -> Jury {
        let all = (0..self.witnesses.len() as u8).map(VantageId);
        Jury::new(all.map(|vantage| self.doubt(vantage, ground, now).is_none()))
    }

    /// Takes in what a vantage's control targets said: that some one of them was reached, or the fault of the last.
    pub fn control(&mut self, vantage: VantageId, result: Result<(), FaultClass>, now: Duration) {
        if let Some(witness) = self.witnesses.get_mut(vantage.index()) {
            witness.control(result, now);
        }
    }

    /// Takes in observations that came together, and judges what they are about.
    pub fn take(&mut self, seen: &[Observation], ground: &Ground<'_>, now: Now) -> Judged {
        let mut seen: Vec<&Observation> = seen.iter().collect();
        seen.sort_by(|a, b| order(a).partial_cmp(&order(b)).unwrap_or(std::cmp::Ordering::Equal));
        let mut judged = Judged::default();
        for seen in &seen {
            judged.taken += usize::from(self.note(seen, ground, now.monotonic).is_some());
        }
        let jury = self.jury(ground, now.monotonic);
        let mut places: Vec<(RegionId, u16)> = seen.iter().map(|seen| (seen.region, seen.endpoint)).collect();
        places.dedup();
        for of_region in places.chunk_by(|a, b| a.0 == b.0) {
            self.judge(of_region, ground, &jury, now, &mut judged);
        }
        judged
    }

    /// The first round before anything is answered: what one vantage sees at once is taken as it is.
    pub fn take_first(&mut self, seen: &[Observation], ground: &Ground<'_>, now: Now) {
        for seen in seen {
            let Some(plan) = ground.plan(seen.region) else { continue };
            let at_once = ProbePlan { rise: 1, fall: 1, ..plan.clone() };
            let jury = Jury::of_one(seen.vantage.index());
            let Some(region) = self.regions.get_mut(seen.region.index()) else { continue };
            if region.note(seen, &at_once, now.monotonic).is_some() {
                region.vote((seen.region, seen.endpoint), &at_once, &jury, now.monotonic);
                region.judge(seen.region, &at_once, &jury, &Company::default(), now);
            }
        }
    }

    /// Once a second: lets weights follow the time, finds what most regions share, and what capacity is left.
    pub fn tick(&mut self, ground: &Ground<'_>, now: Now) -> Judged {
        let jury = self.jury(ground, now.monotonic);
        let mut judged = Judged::default();
        judged.moved |= self.commons.find(&self.regions, &jury, now.monotonic);
        self.usual = usual(&self.regions);
        for region in (0..self.regions.len() as u16).map(RegionId) {
            let endpoints: Vec<(RegionId, u16)> =
                (0..self.regions[region.index()].endpoints().len() as u16).map(|at| (region, at)).collect();
            self.judge(&endpoints, ground, &jury, now, &mut judged);
        }
        judged.moved |= self.panic.find(&self.regions, ground.regions);
        judged
    }

    fn note(&mut self, seen: &Observation, ground: &Ground<'_>, now: Duration) -> Option<()> {
        let plan = ground.plan(seen.region)?;
        let witness = self.witnesses.get_mut(seen.vantage.index())?;
        let region = self.regions.get_mut(seen.region.index())?;
        region.note(seen, plan, now)?;
        witness.hear(now);
        if seen.layer.is_hard() {
            witness.reach(seen.region.index(), region.reached_by(seen.vantage));
        }
        Some(())
    }

    /// Judges some endpoints of one region, and the region with them.
    fn judge(
        &mut self,
        places: &[(RegionId, u16)],
        ground: &Ground<'_>,
        jury: &Jury,
        now: Now,
        judged: &mut Judged,
    ) {
        let Some(&(id, _)) = places.first() else { return };
        let is_another = |at: usize| at != id.index();
        let mut others = self.regions.iter().enumerate().filter(|(at, _)| is_another(*at));
        let another_answers = others.any(|(_, region)| region.answers());
        let (Some(plan), Some(region)) = (ground.plan(id), self.regions.get_mut(id.index())) else { return };
        let before = region.pending();
        for place in places {
            judged.turns.extend(region.vote(*place, plan, jury, now.monotonic));
        }
        let company = Company {
            common: self.commons.now(),
            usual: self.usual.get(id.index()).copied().flatten(),
            may_eject: another_answers && self.ejected < ground.regions.len() / 2,
        };
        let was = region.is_ejected();
        let turns = region.judge(id, plan, jury, &company, now);
        self.ejected = self.ejected + usize::from(region.is_ejected()) - usize::from(was);
        let ahead = region.look_ahead(plan, jury, now.monotonic);
        judged.moved |= !turns.is_empty() || ahead != before;
        judged.turns.extend(turns);
    }
}

/// The order in which observations that came together are taken in: theirs, whichever way they came.
fn order(seen: &Observation) -> (RegionId, u16, VantageId, Layer, Result<(), FaultClass>, Duration, f64) {
    use super::reading::Reading;
    let read = match seen.reading {
        Reading::FirstToken(after) => after.as_secs_f64(),
        Reading::Traffic(traffic) => traffic.gateway_errors + traffic.requests,
        Reading::Database(state) => f64::from(state as u8),
        Reading::Nothing | Reading::Certificate { .. } => 0.0,
    };
    (seen.region, seen.endpoint, seen.vantage, seen.layer, seen.result, seen.took, read)
}
