//! How often each decision was given lately, from the counters of the answer path.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::start::Director;
use crate::metrics::{ANSWERS, Total};
use crate::now::Now;
use crate::steer::ServiceId;
use crate::world::Demand;

/// How often each service was answered with each region, lately.
#[derive(Debug, Default)]
pub(super) struct Rates {
    /// When the counters were last read.
    read: Option<Duration>,
    services: HashMap<String, HashMap<String, Lately>>,
}

/// Answers of a service with a region, for any reason.
#[derive(Debug, Default)]
struct Lately {
    /// What the counters had reached together, and reach now.
    reached: f64,
    reaches: f64,
    /// Between the last two readings.
    per_second: f64,
    /// Each counting less by 1/e for every [`MEMORY`] since.
    recent: f64,
}

impl Lately {
    fn over(&mut self, passed: f64) {
        let added = (self.reaches - self.reached).max(0.0);
        self.per_second = added / passed;
        self.recent = self.recent * (-passed / MEMORY.as_secs_f64()).exp() + added;
    }
}

impl Rates {
    /// Takes in what the counters have reached; whether there is a rate.
    fn take(&mut self, totals: Vec<Total<3>>, now: Duration) -> bool {
        for Total { labels: [service, region, _], value } in totals {
            self.services.entry(service).or_default().entry(region).or_default().reaches += value;
        }
        let passed = self.read.map(|then| now.saturating_sub(then).as_secs_f64().max(f64::MIN_POSITIVE));
        for lately in self.services.values_mut().flat_map(HashMap::values_mut) {
            passed.into_iter().for_each(|passed| lately.over(passed));
            lately.reached = std::mem::take(&mut lately.reaches);
        }
        self.read.replace(now).is_some()
    }

    /// Answers a second for a service.
    pub(super) fn of_service(&self, name: &str) -> f64 {
        let regions = self.services.get(name).into_iter().flat_map(HashMap::values);
        regions.map(|lately| lately.per_second).sum()
    }

    /// Answers a second with a region.
    pub(super) fn of_region(&self, name: &str) -> f64 {
        let services = self.services.values().filter_map(|regions| regions.get(name));
        services.map(|lately| lately.per_second).sum()
    }

    /// Queries of about the last minute.
    pub(super) fn demand(&self) -> Demand {
        let mut demand = Demand::default();
        for (service, regions) in &self.services {
            regions.iter().for_each(|(region, lately)| demand.add(service, region, lately.recent));
        }
        demand
    }
}

impl Director {
    /// Once a second: now and then reads how often decisions were given. Whether a TTL moved for it.
    pub(super) fn watch_rates(&mut self, now: Now) -> bool {
        let rates = &mut self.figures.rates;
        let due = rates.read.is_none_or(|then| now.monotonic >= then + EVERY);
        if !due || !rates.take(self.exposition.totals(&ANSWERS), now.monotonic) {
            return false;
        }
        let (rates, world) = (&self.figures.rates, &mut self.world);
        let catalog = Arc::clone(world.catalog());
        let services = (0..).map(ServiceId).zip(&catalog.services);
        let budgets = services.filter(|(_, service)| service.budget.is_some());
        budgets
            .fold(false, |moved, (id, service)| world.ask(id, rates.of_service(&service.name), now) || moved)
    }
}

/// Between two readings of the counters.
const EVERY: Duration = Duration::from_secs(5);
/// How long an answer counts as recent.
const MEMORY: Duration = Duration::from_secs(60);

#[cfg(test)]
mod tests {
    use super::*;

    fn total(service: &str, region: &str, value: f64) -> Total<3> {
        Total { labels: [service, region, "preferred"].map(str::to_owned), value }
    }

    #[test]
    fn a_rate_is_what_was_added_between_two_readings() {
        let mut rates = Rates::default();
        rates.take(vec![total("a", "x", 100.0)], Duration::from_secs(1));
        assert_eq!(rates.of_service("a"), 0.0, "one reading says nothing of a rate");
        rates.take(vec![total("a", "x", 150.0), total("a", "y", 5.0)], Duration::from_secs(6));
        assert_eq!((rates.of_service("a"), rates.of_region("x"), rates.of_region("y")), (11.0, 10.0, 1.0));
    }

    #[test]
    fn what_was_asked_long_ago_counts_for_little() {
        let mut rates = Rates::default();
        rates.take(vec![total("a", "x", 7.0)], Duration::from_secs(1));
        rates.take(vec![total("a", "x", 1007.0)], Duration::from_secs(6));
        assert_eq!(rates.demand().of("a", "x"), 1000.0);
        rates.take(vec![total("a", "x", 1007.0), total("a", "y", 10.0)], Duration::from_secs(306));
        let (then, now) = (rates.demand().of("a", "x"), rates.demand().of("a", "y"));
        assert!(then < 10.0 && now == 10.0, "{then} {now}");
    }
}
