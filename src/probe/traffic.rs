//! From scraped figures to what a region served between two scrapes. Pure.
//!
//! Counters are taken as differences, series by series, so that a gateway that restarts (and counts from 0 again)
//! takes nothing away. Requests that no deployment and no key stands behind are no requests: whoever scans a gateway
//! raises its own counters of failures, and must not raise ours.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::time::Duration;

use super::exposition::Sample;
use crate::health::Traffic;

/// The counters of one source, as they were last read.
#[derive(Clone, Debug, Default)]
pub(super) struct Counters {
    /// By a hash of the series' name and labels.
    last: HashMap<u64, f64>,
}

/// What was counted between two scrapes, and what the gauges say.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Counted {
    pub(super) requests: f64,
    pub(super) provider: f64,
    pub(super) gateway: f64,
    pub(super) rejected: f64,
    pub(super) answers: f64,
    pub(super) within_5s: f64,
    in_flight: Option<f64>,
    lag: Option<f64>,
}

/// What a series adds to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Adds {
    Requests,
    /// A request that failed at a provider.
    Provider,
    /// A request that failed in the gateway.
    Gateway,
    Cooldown,
    Rejected,
    Answers,
    Within,
}

impl Counters {
    /// Takes in a scrape: what was counted since the one before. The first one counts all there is.
    pub(super) fn read(&mut self, text: &str) -> Counted {
        let mut counted = Counted::default();
        let mut now = HashMap::with_capacity(self.last.len());
        for sample in Sample::all(text) {
            counted.look(&sample);
            let Some(adds) = adds(&sample) else { continue };
            let key = key(sample.series);
            let before = self.last.get(&key).copied().unwrap_or(0.0);
            counted.add(adds, if sample.value < before { sample.value } else { sample.value - before });
            now.insert(key, sample.value);
        }
        self.last = now;
        // The scrape is itself a request at work while it is answered.
        counted.in_flight = counted.in_flight.map(|taken| (taken - 1.0).max(0.0));
        counted
    }
}

impl Counted {
    /// This and what another source of the region counted.
    pub(super) fn and(self, other: Self) -> Self {
        let sum = |one: Option<f64>, two: Option<f64>| one.map_or(two, |one| Some(one + two.unwrap_or(0.0)));
        Self {
            requests: self.requests + other.requests,
            provider: self.provider + other.provider,
            gateway: self.gateway + other.gateway,
            rejected: self.rejected + other.rejected,
            answers: self.answers + other.answers,
            within_5s: self.within_5s + other.within_5s,
            in_flight: sum(self.in_flight, other.in_flight),
            lag: self.lag.into_iter().chain(other.lag).reduce(f64::max),
        }
    }

    /// As shares, over the time since the scrape before. `limit` is how many requests the region takes at once.
    pub(super) fn traffic(self, elapsed: Duration, limit: Option<f64>) -> Traffic {
        let share = |part: f64, whole: f64| if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
        let seconds = elapsed.as_secs_f64();
        Traffic {
            requests: if seconds > 0.0 { self.requests / seconds } else { 0.0 },
            gateway_errors: share(self.gateway, self.requests),
            provider_errors: share(self.provider, self.requests),
            rejected: share(self.rejected, self.requests),
            within_5s: (self.answers > 0.0).then(|| share(self.within_5s, self.answers)),
            in_flight: self.in_flight.zip(limit).map(|(taken, limit)| (taken / limit).max(0.0)),
            lag: self.lag.and_then(|seconds| Duration::try_from_secs_f64(seconds.max(0.0)).ok()),
        }
    }

    fn add(&mut self, adds: Adds, value: f64) {
        match adds {
            Adds::Requests => self.requests += value,
            Adds::Provider => (self.requests, self.provider) = (self.requests + value, self.provider + value),
            Adds::Gateway => (self.requests, self.gateway) = (self.requests + value, self.gateway + value),
            Adds::Cooldown => (self.requests, self.provider) = (self.requests + value, self.provider + value),
            Adds::Rejected => (self.requests, self.rejected) = (self.requests + value, self.rejected + value),
            Adds::Answers => self.answers += value,
            Adds::Within => self.within_5s += value,
        }
    }

    /// Takes in a gauge.
    fn look(&mut self, sample: &Sample<'_>) {
        match sample.name {
            "litellm_in_flight_requests" => *self.in_flight.get_or_insert(0.0) += sample.value,
            name if name.starts_with("pg_replication_lag") && !name.ends_with("_bytes") => {
                self.lag = Some(self.lag.unwrap_or(0.0).max(sample.value));
            }
            _ => {}
        }
    }
}

fn adds(sample: &Sample<'_>) -> Option<Adds> {
    match sample.name {
        "litellm_proxy_total_requests_metric_total" if is_served(sample) => {
            let (status, tried) = (sample.label("status_code"), sample.label("model_id") != "None");
            let fails = status.starts_with('5') && status.len() == 3;
            match &*status {
                "None" => None,
                "401" | "408" | "429" if tried => Some(Adds::Provider),
                _ if fails && tried => Some(Adds::Provider),
                _ if fails => Some(Adds::Gateway),
                _ => Some(Adds::Requests),
            }
        }
        "litellm_proxy_failed_requests_metric_total"
            if is_served(sample) && sample.label("exception_class") == "RouterRateLimitError" =>
        {
            Some(Adds::Cooldown)
        }
        "litellm_admission_rejected_requests_total" => Some(Adds::Rejected),
        "litellm_request_total_latency_metric_count" => Some(Adds::Answers),
        "litellm_request_total_latency_metric_bucket" if sample.label("le") == "5.0" => Some(Adds::Within),
        _ => None,
    }
}

/// Whether the route is one that serves models.
fn is_served(sample: &Sample<'_>) -> bool {
    let route = sample.label("route");
    route.starts_with("/v1/") || route.starts_with("/chat/")
}

fn key(series: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    series.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORDED: &str = include_str!("../../tests/data/gateway-metrics.prom");

    #[test]
    fn the_recorded_scrape_reads_as_what_its_client_saw() {
        let counted = Counters::default().read(RECORDED);
        assert_eq!(counted.provider, 18.0, "6 × 500, 4 × all in cooldown, 8 × 408");
        assert_eq!(counted.gateway + counted.rejected, 6.0, "6 × 503 from admission");
        assert_eq!(counted.requests, 59.0, "33 ok, 24 failed, 2 mistakes of the client");
        let traffic = counted.traffic(Duration::from_secs(59), Some(8.0));
        assert_eq!(traffic.requests, 1.0);
        assert_eq!(traffic.rejected, 6.0 / 59.0);
        assert_eq!(traffic.gateway_errors, 0.0);
        assert_eq!(traffic.provider_errors, 18.0 / 59.0);
        assert_eq!(traffic.within_5s, Some(1.0));
        assert_eq!(traffic.lag, None);
    }

    #[test]
    fn the_same_scrape_twice_counts_nothing() {
        let mut counters = Counters::default();
        counters.read(RECORDED);
        let counted = counters.read(RECORDED);
        assert_eq!((counted.requests, counted.answers), (0.0, 0.0));
        assert_eq!(counted.traffic(Duration::from_secs(15), None).within_5s, None);
    }

    fn total(model: &str, status: &str, count: u32) -> String {
        format!(
            "litellm_proxy_total_requests_metric_total{{model_id=\"{model}\",route=\"/v1/chat/completions\",status_code=\"{status}\"}} {count}\n"
        )
    }

    #[test]
    fn a_restarted_gateway_counts_from_zero_again_and_takes_nothing_away() {
        let mut counters = Counters::default();
        counters.read(&(total("a", "200", 1000) + &total("b", "500", 50)));
        let counted = counters.read(&(total("a", "200", 7) + &total("b", "500", 52)));
        assert_eq!((counted.requests, counted.provider), (9.0, 2.0));
    }

    #[test]
    fn strangers_without_a_key_raise_nothing() {
        let mut counters = Counters::default();
        let flood =
            RECORDED.replace("exception_class=\"Exception\"", "exception_class=\"Exception\",n=\"1\"");
        let before = counters.read(&flood);
        let stranger = "litellm_proxy_total_requests_metric_total{model_id=\"None\",route=\"/v1/models\",status_code=\"None\"} 100000\n\
            litellm_proxy_failed_requests_metric_total{exception_class=\"Exception\",model_id=\"None\",route=\"/v1/models\"} 100000\n";
        let counted = counters.read(&(flood + stranger));
        assert_eq!(before.requests, 59.0);
        assert_eq!((counted.requests, counted.gateway, counted.provider), (0.0, 0.0, 0.0));
    }

    #[test]
    fn gauges_of_many_pods_add_up_and_the_worst_lag_counts() {
        let text = "litellm_in_flight_requests{pod=\"a\"} 3\nlitellm_in_flight_requests{pod=\"b\"} 5\n\
            pg_replication_lag_seconds{server=\"x\"} 0.5\npg_replication_lag_seconds{server=\"y\"} 42\npg_replication_lag_bytes 9e9\n";
        let counted = Counters::default().read(text);
        let traffic = counted.and(Counted::default()).traffic(Duration::from_secs(15), Some(16.0));
        assert_eq!(traffic.in_flight, Some(7.0 / 16.0), "the scrape itself is one of the eight");
        assert_eq!(traffic.lag, Some(Duration::from_secs(42)));
    }
}
