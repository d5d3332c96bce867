//! The service level of each region since the start: kept across reloads, shown in the status and in metrics.

use std::collections::BTreeMap;
use std::time::Duration;

use super::start::Director;
use crate::health::{Observation, Reading, ServiceLevel, Traffic};
use crate::metrics::{Counter, SLA_ANSWERS, SLA_REQUESTS, SLA_SECONDS};
use crate::now::Now;
use crate::world::{Status, World};

/// Sums by region's name.
#[derive(Debug, Default)]
pub(super) struct Levels {
    regions: BTreeMap<Box<str>, Shown>,
    last: Option<Duration>,
}

/// A region's sums, and how much of them the metrics show: whole units only.
#[derive(Debug, Default)]
struct Shown {
    level: ServiceLevel,
    /// What its metrics said last, and when.
    traffic: Option<(Traffic, Duration)>,
    seconds: [u64; 2],
    requests: [u64; 2],
    answers: [u64; 2],
}

impl Levels {
    /// Lets time pass, and shows what it brought.
    fn pass(&mut self, world: &World, now: Duration) {
        let elapsed = self.last.map_or(Duration::ZERO, |last| now.saturating_sub(last));
        self.last = Some(now);
        for (at, region) in (0..).map(crate::region::RegionId).zip(&world.catalog().regions) {
            let Some(health) = world.health(at).filter(|_| region.plan.is_some()) else { continue };
            let shown = self.regions.entry(region.name.clone()).or_default();
            shown.level.pass(elapsed, health.verdict());
            shown.show(&region.name);
        }
    }
}

impl Shown {
    fn show(&mut self, region: &str) {
        let ((up, down), sums) = (self.level.time(), *self.level.sums());
        let rest = |all: f64, part: f64| (part, (all - part).max(0.0));
        let (failed, served) = rest(sums.requests, sums.failed);
        let (within, late) = rest(sums.answers, sums.within_5s);
        raise(
            &SLA_SECONDS,
            region,
            ["up", "down"],
            [up.as_secs_f64(), down.as_secs_f64()],
            &mut self.seconds,
        );
        raise(&SLA_REQUESTS, region, ["served", "failed"], [served, failed], &mut self.requests);
        raise(&SLA_ANSWERS, region, ["within_5s", "late"], [within, late], &mut self.answers);
    }
}

/// Raises two cells of a counter by the whole units that they lack.
fn raise(counter: &Counter<2>, region: &str, words: [&str; 2], sums: [f64; 2], shown: &mut [u64; 2]) {
    for ((word, sum), shown) in words.into_iter().zip(sums).zip(shown) {
        let whole = sum as u64;
        counter.add([region, word], whole.saturating_sub(*shown));
        *shown = whole.max(*shown);
    }
}

impl Director {
    /// Takes observations into the service levels and expiries, and loads into the world, for services that spill.
    pub(super) fn level(&mut self, seen: &[Observation], now: Now) {
        let catalog = std::sync::Arc::clone(self.world.catalog());
        for seen in seen {
            let Some(region) = catalog.regions.get(seen.region.index()) else { continue };
            let shown = self.levels.regions.entry(region.name.clone()).or_default();
            shown.level.observe(seen, now.monotonic);
            self.expiries.observe(seen, &catalog, now);
            let Reading::Traffic(traffic) = seen.reading else { continue };
            shown.traffic = Some((traffic, now.monotonic));
            if let Some(load) = traffic.in_flight {
                self.world.load(seen.region, load, now);
            }
        }
    }

    /// Once a second.
    pub(super) fn pass_levels(&mut self, now: Now) {
        self.levels.pass(&self.world, now.monotonic);
    }

    /// The world's status with the service levels and all alarms in it.
    pub(super) fn status(&self) -> Status {
        let now = self.clock.now();
        let mut status = self.world.status(now);
        for region in &mut status.regions {
            let Some(shown) = self.levels.regions.get(&region.name) else { continue };
            region.level = shown.level;
            let fresh = |at: Duration| now.monotonic.saturating_sub(at) < FRESH;
            region.traffic = shown.traffic.filter(|(_, at)| fresh(*at)).map(|(traffic, _)| traffic);
        }
        status.alarms = self.alarms(now);
        status.proof.clone_from(&self.proof);
        status
    }
}

/// Figures that are older say nothing of now.
const FRESH: Duration = Duration::from_secs(120);
