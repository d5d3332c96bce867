//! What `/metrics` says at one moment: answers by service and region, and what the completion layer met.

use std::collections::BTreeMap;
use std::net::SocketAddr;

/// Counters since the server's start.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Sample {
    /// By service and region, of every reason.
    pub(super) answers: BTreeMap<(String, String), f64>,
    /// By service: answers from the last resort.
    pub(super) last_resorts: BTreeMap<String, f64>,
    /// By region: completions, their seconds, and those that failed.
    pub(super) completions: BTreeMap<String, Completions>,
}

/// What the completion layer met in one region.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Completions {
    pub(super) count: f64,
    pub(super) seconds: f64,
    pub(super) failures: f64,
}

impl Sample {
    /// Reads the page.
    pub(super) async fn of(web: SocketAddr, http: &reqwest::Client) -> Result<Self, String> {
        let page = http.get(format!("http://{web}/metrics")).send().await;
        let page = page.and_then(reqwest::Response::error_for_status).map_err(|error| error.to_string())?;
        Ok(Self::read(&page.text().await.map_err(|error| error.to_string())?))
    }

    fn read(page: &str) -> Self {
        let mut sample = Self::default();
        for (name, labels, value) in page.lines().filter_map(series) {
            let label = |key: &str| {
                labels
                    .split("\",")
                    .find_map(|pair| pair.trim_end_matches('"').strip_prefix(key)?.strip_prefix("=\""))
            };
            let of = |key| label(key).unwrap_or("").to_owned();
            match name {
                "meridian_answers_total" => {
                    *sample.answers.entry((of("service"), of("region"))).or_insert(0.0) += value;
                    if label("reason") == Some("last_resort") {
                        *sample.last_resorts.entry(of("service")).or_insert(0.0) += value;
                    }
                }
                "meridian_probe_seconds_count" if label("layer") == Some("completion") => {
                    sample.completions.entry(of("region")).or_default().count += value;
                }
                "meridian_probe_seconds_sum" if label("layer") == Some("completion") => {
                    sample.completions.entry(of("region")).or_default().seconds += value;
                }
                "meridian_probe_failures_total" if label("layer") == Some("completion") => {
                    sample.completions.entry(of("region")).or_default().failures += value;
                }
                _ => {}
            }
        }
        sample
    }

    /// The part of a service's answers since `earlier` that named `region`; none: there were none.
    pub(super) fn share_since(&self, earlier: &Self, service: &str, region: &str) -> Option<f64> {
        let of = |sample: &Self, wanted: &dyn Fn(&str) -> bool| -> f64 {
            let own = sample.answers.iter().filter(|((name, at), _)| name == service && wanted(at));
            own.map(|(_, count)| count).sum()
        };
        let since = |wanted: &dyn Fn(&str) -> bool| of(self, wanted) - of(earlier, wanted);
        let all = since(&|_| true);
        (all > 0.0).then(|| since(&|at| at == region) / all)
    }

    /// Answers of a service from its last resort since `earlier`.
    pub(super) fn last_resorts_since(&self, earlier: &Self, service: &str) -> f64 {
        let of = |sample: &Self| sample.last_resorts.get(service).copied().unwrap_or(0.0);
        of(self) - of(earlier)
    }

    /// What the completion layer met outside `region` since `earlier`.
    pub(super) fn completions_since(&self, earlier: &Self, region: &str) -> Completions {
        let mut met = Completions::default();
        for (_, now) in self.completions.iter().filter(|(name, _)| *name != region) {
            met = Completions {
                count: met.count + now.count,
                seconds: met.seconds + now.seconds,
                failures: met.failures + now.failures,
            };
        }
        for (_, before) in earlier.completions.iter().filter(|(name, _)| *name != region) {
            met = Completions {
                count: met.count - before.count,
                seconds: met.seconds - before.seconds,
                failures: met.failures - before.failures,
            };
        }
        met
    }
}

impl Completions {
    /// Seconds that one took; none: there was none.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.seconds / self.count)
    }
}

/// `name{labels} value`
fn series(line: &str) -> Option<(&str, &str, f64)> {
    let (series, value) = line.rsplit_once(' ')?;
    let (name, labels) = series.split_once('{').unwrap_or((series, "}"));
    Some((name, labels.strip_suffix('}')?, value.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# HELP meridian_answers_total x\n\
        meridian_answers_total{service=\"api\",region=\"us\",reason=\"preferred\"} 30\n\
        meridian_answers_total{service=\"api\",region=\"eu\",reason=\"last_resort\"} 10\n\
        meridian_probe_seconds_sum{region=\"eu\",layer=\"completion\"} 0.5\n\
        meridian_probe_seconds_count{region=\"eu\",layer=\"completion\"} 5\n\
        meridian_probe_failures_total{region=\"eu\",layer=\"completion\",class=\"timeout\"} 1\n";

    #[test]
    fn shares_and_completions_are_differences_of_two_pages() {
        let (none, page) = (Sample::default(), Sample::read(PAGE));
        assert_eq!(page.share_since(&none, "api", "us"), Some(0.75));
        assert_eq!(page.share_since(&page, "api", "us"), None);
        assert_eq!(page.last_resorts_since(&none, "api"), 10.0);
        let met = page.completions_since(&none, "us");
        assert_eq!((met.mean(), met.failures), (Some(0.1), 1.0));
        assert_eq!(
            page.completions_since(&none, "eu"),
            Completions::default(),
            "the drilled region itself is not asked"
        );
    }
}
