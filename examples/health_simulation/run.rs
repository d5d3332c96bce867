//! One run: three regions, their vantages and scrapes, the whole judgement, and a clock that jumps from event to event.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use meridian::health::{
    Completion, FaultClass, Ground, Judged, Judgement, Layer, Liveliness, Metrics, Observation, Pace,
    ProbePlan, Readiness, Reading, RegionHealth, Turn, Vantage, VantageId, Verdict,
};
use meridian::now::Now;
use meridian::region::{Endpoints, Jurisdiction, Region, RegionId};

use crate::chance::Chance;
use crate::gateway::{self, Attempt, Fault};

/// What happens in a run, and who watches.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) fault: Option<Fault>,
    /// Whether all regions have the fault, or the first one.
    pub(crate) everywhere: bool,
    /// Whether the first vantage reaches nothing while it lasts.
    pub(crate) cut_off: bool,
    /// How long it lasts, in seconds.
    pub(crate) lasts: u64,
    pub(crate) vantages: u8,
    pub(crate) metrics: bool,
}

/// What became of the region at fault; of all of them, where all are.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// Seconds from the fault until a quarter of the weight was gone; and half; and all.
    pub(crate) quarter: Option<f64>,
    pub(crate) half: Option<f64>,
    pub(crate) out: Option<f64>,
    /// The least weight.
    pub(crate) least: u8,
    /// Changes of a verdict, in all regions together.
    pub(crate) changes: u32,
    /// Seconds from the fault's end until 95 % of the weight was back for good.
    pub(crate) back: Option<f64>,
    /// The longest fall in one step.
    pub(crate) step: u8,
}

pub(crate) const BEGINS: u64 = 600;
pub(crate) const ENDS: u64 = 4_200;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Work {
    Look { vantage: u8, region: u16, layer: u8 },
    Tell(u32),
    Tick,
}

pub(crate) struct Run {
    scene: Scene,
    chance: Chance,
    queue: BinaryHeap<Reverse<(u64, u64, Work)>>,
    number: u64,
    told: Vec<Observation>,
    paces: Vec<Pace>,
    plans: Vec<ProbePlan>,
    regions: Vec<Region>,
    vantages: Vec<Vantage>,
    judgement: Judgement,
    outcome: Outcome,
    weight: u8,
}

const REGIONS: u16 = 3;
const LAYERS: [Layer; 4] = [Layer::Liveliness, Layer::Readiness, Layer::Completion, Layer::Metrics];

pub(crate) fn plan(metrics: bool) -> ProbePlan {
    let seconds = Duration::from_secs;
    ProbePlan {
        liveliness: Some(Liveliness { path: "/health/liveliness".into() }),
        readiness: Some(Readiness {
            path: "/health/readiness".into(),
            database_down: meridian::health::DatabaseDown::Degrade,
            interval: seconds(10),
            timeout: seconds(6),
        }),
        completion: Some(Completion {
            path: "/v1/chat/completions".into(),
            model: "probe".into(),
            key_file: None,
            interval: seconds(30),
            timeout: seconds(15),
        }),
        metrics: metrics.then(|| Metrics {
            url: "http://127.0.0.1/metrics".into(),
            key_file: None,
            limit: None,
            interval: seconds(15),
            timeout: seconds(10),
        }),
        ..ProbePlan::default()
    }
}

pub(crate) fn region(at: u16) -> Region {
    let address = std::net::IpAddr::from([192, 0, 2, at as u8 + 1]);
    Region {
        name: format!("region-{at}").into(),
        jurisdiction: Jurisdiction("EU".into()),
        coordinates: None,
        endpoints: Endpoints::Addresses(vec![address]),
        probe_endpoints: vec![address],
        capacity: 100,
        bias: 1.0,
        min_endpoints: 1,
        plan: Some(0),
    }
}

impl Run {
    pub(crate) fn new(scene: Scene, seed: u64) -> Self {
        let plans = vec![plan(scene.metrics)];
        let regions: Vec<Region> = (0..REGIONS).map(region).collect();
        let vantage = |at: u8| Vantage { name: format!("vantage-{at}").into(), controls: Box::default() };
        let vantages: Vec<Vantage> = (0..scene.vantages).map(vantage).collect();
        let ground = Ground { regions: &regions, plans: &plans, vantages: &vantages };
        let health = || RegionHealth::new(&[Verdict::Up], 100, 1, usize::from(scene.vantages), 0);
        let judgement = Judgement::new((0..REGIONS).map(|_| health()).collect(), &ground);
        let slots = usize::from(REGIONS) * usize::from(scene.vantages) * LAYERS.len();
        let mut run = Self {
            scene,
            chance: Chance::new(seed),
            queue: BinaryHeap::new(),
            number: 0,
            told: Vec::new(),
            paces: vec![Pace::default(); slots],
            plans,
            regions,
            vantages,
            judgement,
            outcome: Outcome { least: 100, ..Outcome::default() },
            weight: 100,
        };
        run.begin();
        run
    }

    fn begin(&mut self) {
        for vantage in 0..self.scene.vantages {
            for region in 0..REGIONS {
                for (layer, one) in (0..).zip(LAYERS) {
                    if one == Layer::Metrics && (vantage > 0 || !self.scene.metrics) {
                        continue;
                    }
                    let first = self.interval(one).mul_f64(self.chance.unit());
                    self.push(first, Work::Look { vantage, region, layer });
                }
            }
        }
        self.push(Duration::from_secs(1), Work::Tick);
    }

    fn interval(&self, layer: Layer) -> Duration {
        let plan = &self.plans[0];
        match layer {
            Layer::Readiness => plan.readiness.as_ref().map_or(plan.interval, |one| one.interval),
            Layer::Completion => plan.completion.as_ref().map_or(plan.interval, |one| one.interval),
            Layer::Metrics => plan.metrics.as_ref().map_or(plan.interval, |one| one.interval),
            _ => plan.interval,
        }
    }

    fn push(&mut self, at: Duration, work: Work) {
        self.number += 1;
        self.queue.push(Reverse((at.as_micros() as u64, self.number, work)));
    }

    pub(crate) fn play(mut self) -> Outcome {
        while let Some(Reverse((micros, _, work))) = self.queue.pop() {
            let at = Duration::from_micros(micros);
            if at.as_secs() >= ENDS {
                break;
            }
            match work {
                Work::Look { vantage, region, layer } => self.look(at, vantage, region, layer),
                Work::Tell(number) => self.tell(at, number as usize),
                Work::Tick => self.tick(at),
            }
        }
        self.outcome
    }

    /// The fault that a look at `at` meets.
    fn fault(&self, region: u16, at: Duration) -> Option<Fault> {
        let lasts = at.as_secs() >= BEGINS && at.as_secs() < BEGINS + self.scene.lasts;
        self.scene.fault.filter(|_| lasts && (region == 0 || self.scene.everywhere))
    }

    fn look(&mut self, at: Duration, vantage: u8, region: u16, layer: u8) {
        let cut_off =
            self.scene.cut_off && vantage == 0 && (BEGINS..BEGINS + self.scene.lasts).contains(&at.as_secs());
        let fault = if cut_off { Some(Fault::Blackhole) } else { self.fault(region, at) };
        let plan = self.plans[0].clone();
        let attempt = match LAYERS[usize::from(layer)] {
            Layer::Readiness => Some(gateway::readiness(fault, 6.0)),
            Layer::Completion => Some(gateway::completion(fault, 15.0, &mut self.chance)),
            Layer::Metrics if cut_off => None,
            Layer::Metrics => self.scraped(region, at),
            _ => Some(gateway::hard(fault, plan.timeout.as_secs_f64(), &mut self.chance)),
        };
        let interval = self.interval(LAYERS[usize::from(layer)]);
        let slot = (usize::from(vantage) * usize::from(REGIONS) + usize::from(region)) * LAYERS.len()
            + usize::from(layer);
        let mut next = interval;
        if let Some(attempt) = attempt {
            next = match attempt.layer {
                Layer::Completion => {
                    self.paces[slot].soft((attempt.result, attempt.reading), interval, &plan)
                }
                layer if layer.is_hard() => self.paces[slot].hard(attempt.result, &plan),
                _ => interval,
            };
            next = next.max(attempt.took);
            let Attempt { layer, result, took, reading } = attempt;
            let (vantage, region) = (VantageId(vantage), RegionId(region));
            self.told.push(Observation { vantage, region, endpoint: 0, layer, result, took, reading });
            self.push(at + took, Work::Tell(self.told.len() as u32 - 1));
        }
        let jitter = 0.9 + 0.2 * self.chance.unit();
        self.push(at + next.mul_f64(jitter), Work::Look { vantage, region, layer });
    }

    /// A scrape tells of the quarter minute that ended a quarter minute ago: news is 15 to 30 s old.
    fn scraped(&mut self, region: u16, at: Duration) -> Option<Attempt> {
        let fault = self.fault(region, at.saturating_sub(Duration::from_secs(15)));
        let traffic = gateway::traffic(fault, 15.0, &mut self.chance)?;
        let took = Duration::from_millis(50);
        Some(Attempt { layer: Layer::Metrics, result: Ok(()), took, reading: Reading::Traffic(traffic) })
    }

    fn tell(&mut self, at: Duration, number: usize) {
        let seen = self.told[number];
        let ground = Ground { regions: &self.regions, plans: &self.plans, vantages: &self.vantages };
        let judged = self.judgement.take(&[seen], &ground, now(at));
        self.note(at, &judged);
    }

    fn tick(&mut self, at: Duration) {
        let ground = Ground { regions: &self.regions, plans: &self.plans, vantages: &self.vantages };
        let judged = self.judgement.tick(&ground, now(at));
        self.note(at, &judged);
        self.push(at + Duration::from_secs(1), Work::Tick);
    }

    fn note(&mut self, at: Duration, judged: &Judged) {
        for turn in &judged.turns {
            if let Turn::Region { from, .. } = turn
                && *from != Verdict::Unknown
            {
                self.outcome.changes += 1;
            }
        }
        let least = (0..REGIONS).map(|at| self.weight_of(RegionId(at))).min().unwrap_or(0);
        let (was, since) = (self.weight, at.as_secs_f64() - BEGINS as f64);
        self.weight = least;
        let outcome = &mut self.outcome;
        outcome.least = outcome.least.min(least);
        outcome.step = outcome.step.max(was.saturating_sub(least));
        if since < 0.0 {
            return;
        }
        let first = |reached: bool, held: &mut Option<f64>| {
            if reached && held.is_none() {
                *held = Some(since);
            }
        };
        first(least <= 75, &mut outcome.quarter);
        first(least <= 50, &mut outcome.half);
        first(least == 0, &mut outcome.out);
        let after = since - self.scene.lasts as f64;
        if least < 95 {
            outcome.back = None;
        } else if after >= 0.0 && outcome.back.is_none() {
            outcome.back = Some(after);
        }
    }

    /// What steering sees.
    fn weight_of(&self, region: RegionId) -> u8 {
        let down = self.judgement.regions()[region.index()].verdict() == Verdict::Down;
        if down { 0 } else { self.judgement.weight(region) }
    }
}

fn now(monotonic: Duration) -> Now {
    Now { monotonic, unix: 1_790_000_000 + monotonic.as_secs() }
}

/// Half of the rounds of one vantage fail at random for ten minutes; how often the verdict changes within the hour.
pub(crate) fn restless(share: f64, seed: u64) -> u32 {
    let plans = vec![plan(false)];
    let regions = vec![region(0)];
    let vantages = vec![Vantage::default()];
    let ground = Ground { regions: &regions, plans: &plans, vantages: &vantages };
    let mut judgement = Judgement::new(vec![RegionHealth::new(&[Verdict::Up], 100, 1, 1, 0)], &ground);
    let (mut chance, mut pace, mut at, mut changes) = (Chance::new(seed), Pace::default(), Duration::ZERO, 0);
    while at < Duration::from_secs(3_600) {
        let failed = at < Duration::from_secs(600) && chance.happens(share);
        let result = if failed { Err(FaultClass::Refused) } else { Ok(()) };
        let seen = Observation {
            vantage: VantageId(0),
            region: RegionId(0),
            endpoint: 0,
            layer: Layer::Liveliness,
            result,
            took: Duration::from_millis(5),
            reading: Reading::Nothing,
        };
        let judged = judgement.take(&[seen], &ground, now(at));
        changes += judged.turns.iter().filter(|turn| matches!(turn, Turn::Region { .. })).count() as u32;
        at += pace.hard(result, &plans[0]).mul_f64(0.9 + 0.2 * chance.unit());
    }
    changes
}
